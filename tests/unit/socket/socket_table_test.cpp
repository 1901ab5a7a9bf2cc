// Descriptors and the contract with drivers: what never waits, and how a driver learns when to call again.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "loopback.hpp"

namespace tunic::testing {
namespace {

using namespace posix;
using std::chrono::seconds;

TEST(SocketTable, GivesTheLowestFreeDescriptor) {
  Loopback net;
  EXPECT_EQ(net.socket(), 3);
  EXPECT_EQ(net.socket(), 4);
  EXPECT_EQ(net.table().epoll_create1(0), 5);
  net.table().close(4).value();
  EXPECT_EQ(net.table().dup(5), 4);
  EXPECT_EQ(net.socket(), 6);
  EXPECT_EQ(net.table().close(7), fail(Errno::BadDescriptor));
}

TEST(SocketTable, HasALimitOfDescriptors) {
  Config config = Loopback::seeded(Config::linux_profile());
  config.sockets.max_descriptors = 2;
  Loopback net(config);
  net.socket();
  net.socket();
  EXPECT_EQ(net.table().socket(kAfInet, kSockStream, 0), fail(Errno::TooManyFiles));
  net.table().close(3).value();
  EXPECT_EQ(net.socket(), 3);
}

TEST(SocketTable, AConnectionWaitsUntilThereIsADescriptorForIt) {
  Config config = Loopback::seeded(Config::linux_profile());
  config.sockets.max_descriptors = 3;
  Loopback net(config);
  const int listener = net.listener(80);
  net.connect(net.socket(), 80);
  net.settle();
  const int other = net.socket();
  EXPECT_EQ(net.accept(listener), fail(Errno::TooManyFiles));
  net.table().close(other).value();
  EXPECT_EQ(net.accept(listener), other);
}

TEST(SocketTable, NamesItsErrors) {
  EXPECT_EQ(name(Errno::Again), "EAGAIN");
  EXPECT_EQ(name(Errno::InProgress), "EINPROGRESS");
  EXPECT_EQ(name(static_cast<Errno>(9999)), "?");
}

TEST(SocketTable, ABlockingConnectIsBegunAwaitedAndAskedForOnce) {
  Loopback net;
  net.listener(80);
  const int fd = net.socket(0);
  EXPECT_TRUE(net.table().is_blocking(fd));
  EXPECT_EQ(net.connect(fd, 80), fail(Errno::InProgress));
  EXPECT_TRUE(net.table().connecting(fd));
  EXPECT_EQ(net.connect(fd, 80), fail(Errno::Already));
  net.settle();
  EXPECT_FALSE(net.table().connecting(fd));
  EXPECT_EQ(net.connect(fd, 80), 0);
  EXPECT_EQ(net.connect(fd, 80), fail(Errno::IsConnected));
}

TEST(SocketTable, ARefusedSocketCanBeUsedAgain) {
  Loopback net;
  const int fd = net.socket();
  net.set(fd, kSolSocket, kSoKeepAlive, 1).value();
  net.connect(fd, 81);
  net.settle();
  EXPECT_EQ(net.table().ready_events(fd) & kPollErr, kPollErr);
  EXPECT_EQ(net.connect(fd, 81), fail(Errno::ConnectionRefused));
  net.listener(81);
  EXPECT_EQ(net.connect(fd, 81), fail(Errno::InProgress));
  net.settle();
  EXPECT_EQ(net.connect(fd, 81), 0);
  EXPECT_EQ(net.get(fd, kSolSocket, kSoKeepAlive), 1) << "options outlive the attempt";
}

TEST(SocketTable, SendsAPartOfWhatDoesNotFit) {
  Loopback net;
  const auto pair = net.connected();
  net.set(pair.client, kSolSocket, kSoSndBuf, 4000).value();
  const std::string text(10'000, 'x');
  EXPECT_EQ(net.send(pair.client, text), 4000);
  EXPECT_EQ(net.send(pair.client, text), fail(Errno::Again));
  EXPECT_EQ(net.table().ready_events(pair.client) & kPollOut, 0);
  net.settle();
  EXPECT_EQ(net.table().ready_events(pair.client) & kPollOut, kPollOut);
}

TEST(SocketTable, PeekLeavesTheOctetsOfAllParts) {
  Loopback net;
  const auto pair = net.connected();
  net.send(pair.client, "abcdef").value();
  net.settle();
  std::string first(2, ' ');
  std::string second(3, ' ');
  std::vector<IoVec> parts{{first.data(), 2}, {second.data(), 3}};
  MsgHdr msg{.iov = parts.data(), .iov_count = parts.size()};
  EXPECT_EQ(net.table().recvmsg(pair.server, &msg, kMsgPeek), 5);
  EXPECT_EQ(first + second, "abcde");
  EXPECT_EQ(net.table().recv(pair.server, nullptr, 4, kMsgTrunc), 4) << "discarded";
  EXPECT_EQ(net.table().recv(pair.server, first.data(), 2, 0), 2);
  EXPECT_EQ(first, "ef");
}

// What Linux does (tests/tun/program_urgent.cpp asks it): the later one takes the mark, and neither is in the stream.
TEST(SocketTable, AnUrgentOctetThatWasTakenIsNoneOfTheStream) {
  Loopback with;
  const auto pair = with.connected();
  std::array<char, 8> room{};
  const auto receive = [&](int flags) {
    with.settle();
    const Answer count = with.table().recv(pair.server, room.data(), room.size(), flags);
    return std::string(room.data(), static_cast<std::size_t>(count.value_or(0)));
  };
  for (const char* urgent : {"i", "j", "k"}) {
    with.send(pair.client, urgent, kMsgOob);
    EXPECT_EQ(receive(kMsgOob), urgent);
  }
  with.send(pair.client, "l");
  EXPECT_EQ(receive(0), "l");
  EXPECT_EQ(receive(0), "");
}

TEST(SocketTable, TellsAWatcherWhatHappened) {
  Loopback net;
  const auto pair = net.connected();
  net.settle();
  int calls = 0;
  net.table().watch(pair.server, [&] {
    ++calls;
    EXPECT_EQ(net.table().ready_events(pair.server) & kPollIn, kPollIn);
  });
  net.send(pair.client, "x").value();
  EXPECT_EQ(calls, 0) << "things happen when the stack runs";
  net.settle();
  EXPECT_EQ(calls, 1);
  net.table().watch(pair.server, {});
  net.send(pair.client, "y").value();
  net.settle();
  EXPECT_EQ(calls, 1);
}

TEST(SocketTable, AWatcherMayCloseItsDescriptor) {
  Loopback net;
  const auto pair = net.connected();
  net.settle();
  net.table().watch(pair.server, [&] { net.table().close(pair.server).value(); });
  net.send(pair.client, "x").value();
  net.settle();
  EXPECT_FALSE(net.table().is_open(pair.server));
  EXPECT_EQ(net.get(pair.client, kSolSocket, kSoError), static_cast<int>(Errno::ConnectionReset)) << "data was unread";
}

TEST(SocketTable, ADuplicateKeepsTheConnection) {
  Loopback net;
  const auto pair = net.connected();
  const int twin = static_cast<int>(net.table().dup(pair.client).value());
  net.table().close(pair.client).value();
  net.settle();
  EXPECT_EQ(net.table().ready_events(pair.server) & kPollRdHup, 0);
  net.table().close(twin).value();
  net.settle();
  EXPECT_EQ(net.table().ready_events(pair.server) & kPollRdHup, kPollRdHup);
}

TEST(SocketTable, CloseWithLingerNamesWhatToWaitFor) {
  Loopback net;
  const auto pair = net.connected();
  EXPECT_FALSE(net.table().closing_wait(pair.client));
  const Linger linger{1, 5};
  net.table().setsockopt(pair.client, kSolSocket, kSoLinger, &linger, sizeof linger).value();
  net.send(pair.client, "last words").value();
  const auto closing = net.table().closing_wait(pair.client);
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->limit, seconds(5));
  net.table().close(pair.client).value();
  EXPECT_TRUE(net.table().still_closing(*closing));
  net.settle();
  net.pass(seconds(1));
  EXPECT_FALSE(net.table().still_closing(*closing)) << "everything is acknowledged";
}

TEST(SocketTable, CloseWithLingerOfNothingResets) {
  Loopback net;
  const auto pair = net.connected();
  const Linger linger{1, 0};
  net.table().setsockopt(pair.client, kSolSocket, kSoLinger, &linger, sizeof linger).value();
  EXPECT_FALSE(net.table().closing_wait(pair.client));
  net.table().close(pair.client).value();
  net.settle();
  char octet = 0;
  EXPECT_EQ(net.table().recv(pair.server, &octet, 1, 0), fail(Errno::ConnectionReset));
  EXPECT_EQ(net.table().recv(pair.server, &octet, 1, 0), 0) << "an error is told once";
}

TEST(SocketTable, AcceptHandsOnNonblockingOnBsdOnly) {
  for (const bool bsd : {false, true}) {
    Loopback net(Loopback::seeded(bsd ? Config::freebsd_profile() : Config::linux_profile()));
    const auto pair = net.connected();
    EXPECT_EQ(net.table().is_blocking(pair.server), !bsd);
  }
}

TEST(SocketTable, SendToAConnectedPeerWithAnAddressIsRefusedOnBsdOnly) {
  for (const bool bsd : {false, true}) {
    Loopback net(Loopback::seeded(bsd ? Config::freebsd_profile() : Config::linux_profile()));
    const auto pair = net.connected();
    const SockAddrIn to = Loopback::at(9);
    const Answer sent = net.table().sendto(pair.client, "x", 1, 0, &to, sizeof to);
    EXPECT_EQ(sent, bsd ? fail(Errno::IsConnected) : Answer(1));
  }
}

TEST(SocketTable, ABacklogOfOneLetsTwoWait) {  // as on Linux
  Loopback net;
  const int listener = net.listener(80, 1);
  for (int i = 0; i < 3; ++i) net.connect(net.socket(), 80);
  net.settle();
  EXPECT_TRUE(net.accept(listener));
  EXPECT_TRUE(net.accept(listener));
  EXPECT_EQ(net.accept(listener), fail(Errno::Again));
}

TEST(SocketTable, AListenerThatStopsCanListenAgainAtItsPort) {
  Loopback net;
  const int fd = net.listener(80);
  net.table().shutdown(fd, kShutRdWr).value();
  EXPECT_EQ(net.accept(fd), fail(Errno::Invalid));
  net.table().listen(fd, 1).value();
  const int client = net.socket();
  net.connect(client, 80);
  net.settle();
  EXPECT_TRUE(net.accept(fd));
}

}  // namespace
}  // namespace tunic::testing
