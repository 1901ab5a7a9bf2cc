// The engine and its blocking sockets over the stack's own loopback: no device, no privilege.
#include <tunic/tun/blocking.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/os.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/bytes.hpp"

namespace tunic::tun::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Ipv4Address kLocal(127, 0, 0, 1);

std::error_code error_of(const auto& result) {
  return result ? std::error_code() : result.error();
}

class EngineTest : public ::testing::Test {
 protected:
  static Config config() {
    Config made;
    made.seed = Seed::numbered(1);
    return made;
  }

  BlockingTcpListener listen(std::uint32_t backlog = 128) {
    auto listener = BlockingTcpListener::listen(*engine, {kLocal, 0}, {.backlog = backlog});
    EXPECT_TRUE(listener) << listener.error().message();
    return std::move(*listener);
  }

  std::pair<BlockingTcpSocket, BlockingTcpSocket> pair() {
    BlockingTcpListener listener = listen();
    auto client = BlockingTcpSocket::connect(*engine, listener.local(), {}, seconds(5));
    EXPECT_TRUE(client) << client.error().message();
    auto server = listener.accept(seconds(5));
    EXPECT_TRUE(server) << server.error().message();
    return {std::move(*client), std::move(*server)};
  }

  std::unique_ptr<Engine> engine = std::make_unique<Engine>(config());
};

/// Runs a call on a thread of its own, for calls that another thread is to end.
template <typename Call>
class Meanwhile {
 public:
  explicit Meanwhile(Call call) : thread_([this, call] { result_ = call(); }) {}
  auto result() {
    thread_.join();
    return std::move(*result_);
  }

 private:
  std::optional<std::invoke_result_t<Call>> result_;
  std::thread thread_;
};

/// Gives threads that were just started the time to get into their calls. Whether they got there changes what is tested,
/// never the outcome.
void let_threads_wait() {
  std::this_thread::sleep_for(milliseconds(20));
}

TEST_F(EngineTest, ConnectsAcceptsReadsAndWrites) {
  auto [client, server] = pair();
  EXPECT_EQ(client.remote(), server.local());
  EXPECT_EQ(client.local(), server.remote());
  const auto sent = test::pattern(1000);
  ASSERT_TRUE(client.write_all(sent));
  std::vector<std::byte> got(1000);
  EXPECT_EQ(server.read_all(got).value_or(0), 1000U);
  EXPECT_EQ(got, sent);
  ASSERT_TRUE(server.shutdown_send());
  EXPECT_EQ(client.read_some(got).value_or(99), 0U) << "the end of the peer's data";
  ASSERT_TRUE(client.write_all(sent)) << "the other direction stays open";
  EXPECT_EQ(server.read_all(got).value_or(0), 1000U);
}

TEST_F(EngineTest, StreamMuchLargerThanTheBuffersArrivesWhole) {
  auto [client, server] = pair();
  const auto sent = test::pattern(4'000'000);
  std::thread writer([&client, &sent] {
    EXPECT_TRUE(client.write_all(sent));
    client.close();
  });
  std::vector<std::byte> got(sent.size() + 1);
  const auto count = server.read_all(got);
  writer.join();
  ASSERT_EQ(count.value_or(0), sent.size());
  got.pop_back();
  EXPECT_TRUE(got == sent);
}

TEST_F(EngineTest, RefusedConnectionIsAnErrorAtOnce) {
  const Instant start = os_now();
  const auto refused = BlockingTcpSocket::connect(*engine, {kLocal, 9});
  EXPECT_EQ(error_of(refused), Error::ConnectionRefused);
  EXPECT_LT(os_now() - start, milliseconds(900)) << "sooner than a SYN is repeated";
  EXPECT_TRUE(engine->info().connections.empty());
}

TEST_F(EngineTest, BadRequestsFailWithoutWaiting) {
  EXPECT_EQ(error_of(BlockingTcpSocket::connect(*engine, {kLocal, 0})), Error::InvalidArgument);
  const BlockingTcpListener first = listen();
  EXPECT_EQ(error_of(BlockingTcpListener::listen(*engine, first.local())), Error::AddressInUse);
  EXPECT_EQ(error_of(BlockingTcpListener::listen(*engine, {Ipv4Address(10, 1, 2, 3), 80})), Error::AddressNotAvailable);
  BlockingTcpSocket empty;
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(error_of(empty.read_some(buffer)), Error::BadHandle);
  EXPECT_EQ(error_of(empty.write_all(buffer)), Error::BadHandle);
}

TEST_F(EngineTest, WaitsEndAtTheirTimeouts) {
  BlockingTcpListener listener = listen();
  Instant start = os_now();
  EXPECT_EQ(error_of(listener.accept(milliseconds(30))), Error::TimedOut);
  EXPECT_GE(os_now() - start, milliseconds(30));

  auto [client, server] = pair();
  std::array<std::byte, 4> buffer{};
  client.set_read_timeout(milliseconds(30));
  start = os_now();
  EXPECT_EQ(error_of(client.read_some(buffer)), Error::TimedOut);
  EXPECT_GE(os_now() - start, milliseconds(30));

  client.set_write_timeout(milliseconds(30));
  EXPECT_EQ(error_of(client.write_all(test::pattern(10'000'000))), Error::TimedOut) << "nobody reads";
  ASSERT_TRUE(server.write_all(buffer)) << "the connection lives on";
  EXPECT_EQ(client.read_all(buffer).value_or(0), 4U);
}

TEST_F(EngineTest, AbortIsAResetForThePeer) {
  auto [client, server] = pair();
  std::array<std::byte, 4> buffer{};
  client.abort();
  EXPECT_EQ(error_of(server.read_some(buffer)), Error::ConnectionReset);
}

TEST_F(EngineTest, CloseWithUnreadDataIsAResetForThePeer) {
  auto [client, server] = pair();
  std::array<std::byte, 4> buffer{};
  ASSERT_TRUE(server.write_all(buffer));
  ASSERT_EQ(client.read_some(std::span(buffer).first(1)).value_or(0), 1U);
  client.close();
  EXPECT_EQ(error_of(server.read_some(buffer)), Error::ConnectionReset);
}

TEST_F(EngineTest, CloseByAnotherThreadEndsTheWait) {
  auto [client, server] = pair();
  Meanwhile reading([&client] {
    std::array<std::byte, 4> buffer{};
    return client.read_some(buffer);
  });
  let_threads_wait();
  client.close();
  const auto error = error_of(reading.result());
  EXPECT_TRUE(error == Error::ConnectionAborted || error == Error::BadHandle) << error.message();

  BlockingTcpListener listener = listen();
  Meanwhile accepting([&] { return listener.accept(); });
  let_threads_wait();
  listener.close();
  const auto accept_error = error_of(accepting.result());
  EXPECT_TRUE(accept_error == Error::ConnectionAborted || accept_error == Error::BadHandle) << accept_error.message();
}

TEST_F(EngineTest, StopEndsAllWaitsAndLaterCalls) {
  auto [client, server] = pair();
  BlockingTcpListener listener = listen();
  Meanwhile reading([&client] {
    std::array<std::byte, 4> buffer{};
    return client.read_some(buffer);
  });
  Meanwhile writing([&server] { return server.write_all(test::pattern(10'000'000)); });
  Meanwhile accepting([&] { return listener.accept(); });
  Meanwhile draining([&] { return engine->drain(seconds(30)); });
  let_threads_wait();
  engine->stop();
  const auto read_error = error_of(reading.result());  // or it read what the writer wrote
  EXPECT_TRUE(!read_error || read_error == Error::ConnectionAborted) << read_error.message();
  EXPECT_EQ(error_of(writing.result()), Error::ConnectionAborted);
  EXPECT_EQ(error_of(accepting.result()), Error::ConnectionAborted);
  EXPECT_FALSE(draining.result());
  EXPECT_EQ(error_of(client.write_all(test::pattern(1))), Error::ConnectionAborted);
  EXPECT_EQ(error_of(BlockingTcpSocket::connect(*engine, {kLocal, 9})), Error::ConnectionAborted);
}

TEST_F(EngineTest, SocketsMayOutliveTheEngine) {
  auto [client, server] = pair();
  BlockingTcpListener listener = listen();
  ASSERT_TRUE(client.write_all(test::pattern(1000)));
  engine.reset();
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(error_of(server.read_some(buffer)), Error::ConnectionAborted);
  EXPECT_EQ(error_of(listener.accept()), Error::ConnectionAborted);
}

TEST_F(EngineTest, DrainWaitsForWhatClosedSocketsLeft) {
  auto [client, server] = pair();
  ASSERT_TRUE(client.write_all(test::pattern(100'000)));
  client.close();
  EXPECT_FALSE(engine->drain(milliseconds(20))) << "the other side is still open";
  std::vector<std::byte> got(100'000);
  EXPECT_EQ(server.read_all(got).value_or(0), got.size());
  server.close();
  EXPECT_TRUE(engine->drain(seconds(5)));
  EXPECT_EQ(engine->info().bytes_queued, 0U);
}

TEST_F(EngineTest, StacksTimeIsCurrentInEveryCall) {
  let_threads_wait();  // the engine's thread sleeps meanwhile
  const Instant before = os_now();
  EXPECT_GE(engine->call([](Stack& stack) { return stack.now(); }), before) << "timers would be set in the past";
}

TEST_F(EngineTest, CallbacksOfTheProgramRunOnTheEnginesThread) {
  BlockingTcpListener listener = listen();
  std::atomic<bool> called = false;
  const Endpoint remote = listener.local();
  TcpSocket socket = engine->call([&](Stack& stack) {
    auto made = TcpSocket::connect(stack, remote);
    made->on_ready([&](Readiness readiness) { called = called || readiness.writable; });
    return std::move(*made);
  });
  EXPECT_TRUE(listener.accept(seconds(5)));
  for (const Instant limit = os_now() + seconds(5); !called && os_now() < limit;) std::this_thread::yield();
  EXPECT_TRUE(called);
  engine->call([&](Stack&) { socket.close(); });
}

TEST_F(EngineTest, ManyThreadsShareOneEngine) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 25;
  BlockingTcpListener listener = listen();
  const Endpoint remote = listener.local();
  std::atomic<int> served = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        auto server = listener.accept(seconds(20));
        ASSERT_TRUE(server) << server.error().message();
        std::array<std::byte, 512> buffer;
        while (const auto got = server->read_some(buffer).value_or(0)) {
          ASSERT_TRUE(server->write_all(std::span(buffer).first(got)));
        }
        ++served;
      }
    });
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        auto client = BlockingTcpSocket::connect(*engine, remote, {}, seconds(20));
        ASSERT_TRUE(client) << client.error().message();
        const auto sent = test::pattern(3000, static_cast<std::uint8_t>(i + round));
        ASSERT_TRUE(client->write_all(sent));
        ASSERT_TRUE(client->shutdown_send());
        std::vector<std::byte> got(sent.size() + 1);
        ASSERT_EQ(client->read_all(got).value_or(0), sent.size());
        got.pop_back();
        ASSERT_EQ(got, sent);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(served, kThreads * kRounds);
  EXPECT_TRUE(engine->drain(seconds(10)));
  EXPECT_EQ(engine->info().bytes_queued, 0U);
}

}  // namespace
}  // namespace tunic::tun::testing
