// Behaviour that shows only against a real peer: the kernel's TCP as client and as server.
#include "tests/tun/kernel_peer.hpp"

#include <tunic/tun/os.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/support/bytes.hpp"

namespace tunic::tun::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::error_code error_of(const auto& result) {
  return result ? std::error_code() : result.error();
}

/// Polls for what another machine does in its own time; false: it did not within 5 s.
bool eventually(const auto& condition) {
  const Instant limit = os_now() + seconds(5);
  while (!condition()) {
    if (os_now() > limit) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

/// The next octets are these.
bool reads(BlockingTcpSocket& socket, const test::Bytes& expected) {
  test::Bytes got(expected.size());
  return socket.read_all(got).value_or(0) == expected.size() && got == expected;
}

class EitherOpener : public KernelPeerTest, public ::testing::WithParamInterface<Opener> {};

INSTANTIATE_TEST_SUITE_P(KernelPeer, EitherOpener, ::testing::Values(Opener::Kernel, Opener::Stack),
                         [](const auto& opener) {
                           return opener.param == Opener::Kernel ? "KernelOpens" : "StackOpens";
                         });

TEST_F(KernelPeerTest, KernelsPingIsAnswered) {
  if (std::system("ping -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "no ping here";
  start();
  EXPECT_EQ(std::system("ping -c 3 -i 0.01 -W 2 10.9.0.2 >/dev/null"), 0);
  EXPECT_EQ(std::system("ping -c 3 -i 0.01 -W 2 -s 1472 10.9.0.2 >/dev/null"), 0);
  EXPECT_EQ(engine->counters().sent(Why::IcmpEchoReply), 6U);
}

/// `size` octets each way at the same time, to the end of both directions.
void exchange(Connection& connection, std::size_t size) {
  auto& [kernel, stack] = connection;
  const auto data = test::pattern(size);
  std::jthread kernel_sender([&] {
    EXPECT_TRUE(kernel.send_all(data));
    kernel.shutdown_send();
  });
  std::jthread stack_sender([&] {
    EXPECT_TRUE(stack.write_all(data));
    EXPECT_TRUE(stack.shutdown_send());
  });
  std::jthread kernel_receiver([&] { EXPECT_TRUE(kernel.receive_to_end() == data); });
  EXPECT_TRUE(reads(stack, data));
}

TEST_P(EitherOpener, DataArrivesBothWays) {
  start();
  Connection connection = open(GetParam());
  exchange(connection, 3'000'000);
}

// The same without the kernel's offloads.
TEST_P(EitherOpener, DataArrivesBothWaysPacketByPacket) {
  for (const auto offloading : {Offloading::Off, Offloading::Single}) {
    engine.reset();
    make_link(offloading);
    start(default_config(), false);
    Connection connection = open(GetParam());
    exchange(connection, 4'000'000);
  }
}

// With offloads most of it goes in super-segments, both ways.
TEST_P(EitherOpener, DataGoesInSuperSegments) {
  if (device->capabilities().in_software) GTEST_SKIP() << "this kernel has no IFF_VNET_HDR";
  start(default_config(), false);
  Connection connection = open(GetParam());
  exchange(connection, 16'000'000);
  constexpr std::uint64_t kSegments = 16'000'000 / 1448;
  const Counters counters = engine->counters();
  EXPECT_LT(counters.packets_in + counters.packets_out, kSegments);
  EXPECT_EQ(device->statistics().bad_offloads, 0U);
  EXPECT_EQ(device->statistics().write_errors, 0U);
}

TEST_P(EitherOpener, BadLinkSlowsDataDownAndLosesNone) {
  impair({.seed = 7, .drop = 300, .duplicate = 200, .reorder = 500, .corrupt = 100});
  start();
  const Instant began = os_now();
  Connection connection = open(GetParam());
  exchange(connection, 1'000'000);
  connection.stack.close();
  EXPECT_TRUE(engine->drain(seconds(10)));
  EXPECT_LT(os_now() - began, seconds(20));
  EXPECT_EQ(engine->info().bytes_queued, 0U);
  EXPECT_GT(engine->counters().dropped(Why::DropTcpChecksum), 0U);
}

TEST_P(EitherOpener, StackSendsOnAfterTheKernelHasFinished) {
  start();
  auto [kernel, stack] = open(GetParam());
  const auto data = test::pattern(200'000);
  kernel.shutdown_send();
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(stack.read_some(buffer).value_or(99), 0U);
  std::thread sender([&stack, &data] {
    EXPECT_TRUE(stack.write_all(data));
    stack.close();
  });
  EXPECT_TRUE(kernel.receive_to_end() == data);
  sender.join();
  EXPECT_TRUE(engine->drain(seconds(5)));
}

TEST_P(EitherOpener, KernelSendsOnAfterTheStackHasFinished) {
  start();
  auto [kernel, stack] = open(GetParam());
  const auto data = test::pattern(200'000);
  ASSERT_TRUE(stack.shutdown_send());
  EXPECT_TRUE(kernel.receive_to_end().empty());
  std::thread sender([&kernel, &data] {
    EXPECT_TRUE(kernel.send_all(data));
    kernel.close();
  });
  EXPECT_TRUE(reads(stack, data));
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(stack.read_some(buffer).value_or(99), 0U);
  sender.join();
  stack.close();
  EXPECT_TRUE(engine->drain(seconds(5)));
}

// Shows: SHLD-3, B40
TEST_P(EitherOpener, StackThatClosesWithUnreadDataResets) {
  start();
  auto [kernel, stack] = open(GetParam());
  ASSERT_TRUE(kernel.send_all(test::pattern(1000)));
  EXPECT_TRUE(eventually([&stack] { return stack.info() && stack.info()->unread == 1000; }));
  stack.close();
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(kernel.receive(buffer), -ECONNRESET);
  EXPECT_TRUE(engine->info().connections.empty());
}

TEST_P(EitherOpener, KernelThatClosesWithUnreadDataResets) {
  start();
  auto [kernel, stack] = open(GetParam());
  ASSERT_TRUE(stack.write_all(test::pattern(1000)));
  EXPECT_TRUE(eventually([&stack] { return stack.info() && stack.info()->unacked == 0; }));
  kernel.close();
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(error_of(stack.read_some(buffer)), Error::ConnectionReset);
}

TEST_P(EitherOpener, AbortReachesTheOtherSide) {
  start();
  std::array<std::byte, 8> buffer{};
  {
    auto [kernel, stack] = open(GetParam());
    stack.abort();
    EXPECT_EQ(kernel.receive(buffer), -ECONNRESET);
  }
  {
    auto [kernel, stack] = open(GetParam());
    kernel.abort();
    EXPECT_EQ(error_of(stack.read_some(buffer)), Error::ConnectionReset);
  }
  EXPECT_TRUE(engine->info().connections.empty());
}

int kernel_state(const KernelSocket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  getsockopt(socket.fd(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_state;
}

// Shows: MUST-13, B38
TEST_P(EitherOpener, SimultaneousCloseEndsInTimeWaitOnBothSides) {
  start();
  auto [kernel, stack] = open(GetParam());
  link->held = true;  // the kernel's FIN waits on the way while ours goes out
  kernel.shutdown_send();
  ASSERT_TRUE(stack.shutdown_send());
  EXPECT_TRUE(eventually([&kernel] { return kernel_state(kernel) == TCP_CLOSING; }));
  link->held = false;
  EXPECT_TRUE(eventually([this] { return events.saw(TcpState::Closing, TcpState::TimeWait); }));
  EXPECT_TRUE(events.saw(TcpState::FinWait1, TcpState::Closing));
  EXPECT_TRUE(eventually([&kernel] { return kernel_state(kernel) == TCP_CLOSE; })) << "TIME-WAIT is no socket";
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(stack.read_some(buffer).value_or(99), 0U);
  EXPECT_EQ(kernel.receive(buffer), 0);
}

TEST_F(KernelPeerTest, ClosedPortIsRefusedAtOnce) {
  start();
  Instant began = os_now();
  EXPECT_EQ(KernelSocket::connect({kStackSide.address, 81}).error(), ECONNREFUSED);
  EXPECT_LT(os_now() - began, milliseconds(900)) << "sooner than a SYN is repeated";
  began = os_now();
  EXPECT_EQ(error_of(BlockingTcpSocket::connect(*engine, {kKernelSide.address, 81})), Error::ConnectionRefused);
  EXPECT_LT(os_now() - began, milliseconds(900)) << "sooner than a SYN is repeated";
  EXPECT_TRUE(engine->info().connections.empty());
}

/// Sends until the window is shut, stays silent for 10 s, then takes everything.
void expect_survives_zero_window(Connection connection, bool stack_sends, const test::Bytes& data) {
  auto& [kernel, stack] = connection;
  std::thread sender([&] {
    if (stack_sends) {
      EXPECT_TRUE(stack.write_all(data));
      EXPECT_TRUE(stack.shutdown_send());
    } else {
      EXPECT_TRUE(kernel.send_all(data));
      kernel.shutdown_send();
    }
  });
  EXPECT_TRUE(eventually([&] {
    const auto info = stack.info();
    return info && (stack_sends ? info->snd_wnd < info->snd_mss : info->rcv_wnd < info->rcv_mss);
  }));
  std::this_thread::sleep_for(seconds(10));
  const Instant reopened = os_now();
  if (stack_sends) {
    EXPECT_TRUE(kernel.receive_to_end() == data);
  } else {
    EXPECT_TRUE(reads(stack, data));
  }
  EXPECT_LT(os_now() - reopened, seconds(5));
  sender.join();
}

// Shows: MUST-36
TEST_F(KernelPeerTest, WindowThatIsZeroForTenSecondsOpensAgain) {
  start(default_config(), false);
  const auto data = test::pattern(1'500'000);
  std::vector<std::jthread> cases;  // at the same time: the ten seconds are waited for once
  for (const Opener opener : {Opener::Kernel, Opener::Stack}) {
    for (const bool stack_sends : {true, false}) {
      cases.emplace_back([&data, stack_sends, connection = open(opener, 100'000)]() mutable {
        expect_survives_zero_window(std::move(connection), stack_sends, data);
      });
    }
  }
  cases.clear();
  EXPECT_GE(engine->counters().sent(Why::WindowProbe), 4U) << "probes at 0.2, 0.6, 1.4 … s, of two connections";
}

// Shows: MUST-20
TEST_P(EitherOpener, VanishedPeerIsGivenUpAfterR2) {
  Config config = default_config();
  config.tcp.retransmits_r2 = 3;
  start(config);
  auto [kernel, stack] = open(GetParam());
  link->cut = true;
  const Instant began = os_now();
  ASSERT_TRUE(stack.write_all(test::pattern(1000)));
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(error_of(stack.read_some(buffer)), Error::TimedOut);
  EXPECT_GE(os_now() - began, milliseconds(1400)) << "0.2 + 0.4 + 0.8 s at least";
  EXPECT_LT(os_now() - began, seconds(10));
  EXPECT_TRUE(engine->info().connections.empty());
  EXPECT_EQ(engine->info().bytes_queued, 0U);
}

TEST_F(KernelPeerTest, PeerThatNeverAnswersASynIsGivenUp) {
  Config config = default_config();
  config.tcp.rto_initial = milliseconds(200);
  config.tcp.syn_retransmits = 2;
  start(config);
  link->cut = true;
  const Instant began = os_now();
  EXPECT_EQ(error_of(BlockingTcpSocket::connect(*engine, {kKernelSide.address, 80})), Error::TimedOut);
  EXPECT_GE(os_now() - began, milliseconds(1400)) << "0.2 + 0.4 + 0.8 s";
  EXPECT_LT(os_now() - began, seconds(5));
  EXPECT_TRUE(engine->info().connections.empty());
}

/// One short conversation; the one who closes first alternates, so that TIME-WAIT falls to both.
bool converse(KernelSocket& kernel, BlockingTcpSocket& stack, bool stack_closes_first) {
  const auto request = test::pattern(100);
  test::Bytes got(100);
  if (!kernel.send_all(request) || !reads(stack, request) || !stack.write_all(request)) return false;
  for (std::size_t done = 0; done < got.size();) {
    const int more = kernel.receive(std::span(got).subspan(done));
    if (more <= 0) return false;
    done += static_cast<std::size_t>(more);
  }
  if (stack_closes_first) {
    stack.close();
    const bool ended = kernel.receive(got) == 0;
    kernel.close();
    return ended;
  }
  kernel.close();
  const bool ended = stack.read_some(got).value_or(99) == 0;
  stack.close();
  return ended;
}

TEST_P(EitherOpener, TenThousandConnectionsLeaveNothingOpenAndNothingQueued) {
  constexpr int kConnections = 10'000;
  Config config = default_config();
  config.tcp.max_time_wait = 1000;
  start(config, false);
  auto stack_listener = BlockingTcpListener::listen(*engine, {kStackSide.address, 80});
  ASSERT_TRUE(stack_listener);
  const KernelSocket kernel_listener = KernelSocket::listen({kKernelSide.address, 80});
  ASSERT_EQ(kernel_listener.error(), 0);
  for (int i = 0; i < kConnections; ++i) {
    KernelSocket kernel;
    Result<BlockingTcpSocket> stack = fail(Error::NotConnected);
    if (GetParam() == Opener::Kernel) {
      kernel = KernelSocket::connect({kStackSide.address, 80});
      stack = stack_listener->accept(seconds(5));
    } else {
      stack = BlockingTcpSocket::connect(*engine, {kKernelSide.address, 80}, {}, seconds(5));
      kernel = kernel_listener.accept();
    }
    ASSERT_TRUE(stack) << "connection " << i << ": " << stack.error().message();
    ASSERT_EQ(kernel.error(), 0) << "connection " << i;
    ASSERT_TRUE(converse(kernel, *stack, i % 2 == 0)) << "connection " << i;
  }
  EXPECT_TRUE(engine->drain(seconds(5)));
  const StackInfo info = engine->info();
  EXPECT_EQ(info.time_wait, 1000U) << "5000 were closed by the stack, and the table is full";
  EXPECT_EQ(info.connections.size(), info.time_wait) << "nothing else is open";
  EXPECT_EQ(info.bytes_queued, 0U);
  EXPECT_EQ(info.pool_bytes, 0U);
  for (const ListenerInfo& listener : info.listeners) EXPECT_EQ(listener.syn_queue + listener.accept_queue, 0U);
}

}  // namespace
}  // namespace tunic::tun::testing
