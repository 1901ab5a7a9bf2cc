// The listener's two queues at their limits, and what becomes of them when it closes. RFC 4987 §3, RFC 9293 §3.9.1.1,
// §3.10.5; B31, B32.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// A handshake from this port of the peer, without the final ACK.
void half_open(Story& story, int port) {
  story.inject(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1000>", port));
  story.expect("S. 0:0(0) ack 1");
}
void open(Story& story, int port) {
  half_open(story, port);
  story.inject(fmt::format("{} > 80 . 1:1(0) ack 1 win 65535", port));
}

// Neither a SYN nor a last ACK is answered with a RST; both succeed when there is room.
// Shows: B32
TEST(FullAcceptQueue, DropsSyns) {
  Story story;
  story.listen(80, {.backlog = 2});
  open(story, 40001);
  open(story, 40002);
  story.inject("40003 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  story.expect_nothing();
  auto first = story.accept();
  open(story, 40003);
  story.expect_state(TcpState::Established);
}

// Shows: B32
TEST(FullAcceptQueue, LosesNoData) {
  Story story;
  story.listen(80, {.backlog = 1});
  half_open(story, 40001);
  open(story, 40002);
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  story.inject("40001 > 80 P. 1:11(10) ack 1 win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  auto other = story.accept();
  story.inject("40001 > 80 P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 11");
  auto socket = story.accept();
  socket.read(10);
}

TEST(FullAcceptQueue, MayBeMadeLonger) {
  Story story;
  story.listen(80, {.backlog = 1});
  open(story, 40001);
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  EXPECT_EQ(story.listener().set_backlog(0).error(), Error::InvalidArgument);
  EXPECT_TRUE(story.listener().set_backlog(2));
  open(story, 40002);
  story.expect_state(TcpState::Established);
}

// A peer that resets what nobody has accepted yet.
// Shows: B32
TEST(QueuedConnection, MayEndBeforeItIsAccepted) {
  Story story;
  story.listen(80, {.backlog = 1});
  open(story, 40001);
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 11");
  story.inject("R 11:11(0) win 0");
  story.expect_state(TcpState::Closed);
  auto socket = story.accept();
  socket.read(10);
  socket.expect_error(Error::ConnectionReset);
  socket.close();
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
  open(story, 40001);
  story.expect_state(TcpState::Established);
}

TEST(QueuedConnection, KeepsWhatThePeerSends) {
  Story story;
  story.listen(80);
  open(story, 40001);
  story.inject("FP. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 12");
  EXPECT_TRUE(story.listener().readiness().readable);
  auto socket = story.accept();
  socket.read(10);
  socket.expect_end();
}

TEST(ClosedListener, ResetsWhatNobodyHasAccepted) {
  Story story;
  story.listen(80);
  open(story, 40001);
  half_open(story, 40002);
  story.listener().close();
  story.settle();
  story.expect("80 > 40001 R. 1:1(0) ack 1", Why::ResetOnAbort);
  story.expect_nothing();
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect("R 1:1(0)", Why::ResetNoConnection);
  story.advance(1h);  // and no timer of the forgotten record is left
  story.expect_nothing();
}

TEST(ClosedListener, LeavesAcceptedConnections) {
  Story story;
  auto socket = established(story);
  story.listener().close();
  story.settle();
  socket.write(10);
  story.expect("P. 1:11(10) ack 1");
}

// Many SYNs cost a bounded number of records, which go away by themselves.
// Shows: B31, RFC 4987
TEST(SynFlood, IsBoundedAndPasses) {
  Config config = testing::plain_config();
  config.tcp.syn_queue = 100;
  config.tcp.syn_cookies = SynCookiePolicy::Off;
  config.tcp.syn_ack_retransmits = 0;
  Story story(config);
  story.listen(80);
  for (int port = 1; port <= 2000; ++port) {
    story.inject(fmt::format("{} > 80 S 0:0(0) win 65535", port));
    if (port > 100) story.expect_drop(Why::DropSynQueueFull);
    while (!story.take_packet().empty()) {
    }
  }
  EXPECT_EQ(story.stack().info().listeners.at(0).syn_queue, 100U);
  EXPECT_EQ(story.stack().info().connections.size(), 100U);
  story.advance(1s);
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
  open(story, 40000);
  story.expect_state(TcpState::Established);
}

TEST(Listen, RefusesWhatCannotBe) {
  Story story;
  const auto error = [&story](Endpoint local, const ListenOptions& options = {}) {
    return TcpListener::listen(story.stack(), local, options).error();
  };
  constexpr Ipv4Address kStack(10, 9, 0, 2);
  EXPECT_EQ(error({kStack, 80}, {.backlog = 0}), Error::InvalidArgument);
  EXPECT_EQ(error({Ipv4Address(10, 9, 0, 3), 80}), Error::AddressNotAvailable);
  story.listen(80);
  EXPECT_EQ(error({kStack, 80}), Error::AddressInUse);
  EXPECT_EQ(story.listener().accept().error(), Error::WouldBlock);
  const auto any_port = TcpListener::listen(story.stack(), {kStack, 0});
  ASSERT_TRUE(any_port);
  EXPECT_GE(any_port->local().port, story.stack().config().first_ephemeral_port);
}

TEST(Backlog, IsCapped) {
  Config config = testing::plain_config();
  config.tcp.max_backlog = 1;
  Story story(config);
  story.listen(80, {.backlog = 1000});
  open(story, 40001);
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
}

/// A stack that holds one connection.
Config config_for_one() {
  Config config = testing::plain_config();
  config.max_connections = 1;
  return config;
}

// A SYN that is answered is a promise; at the stack's own cap none is given, and the peer's next SYN finds room or not.
TEST(Connections, AreCappedWhereTheyBegin) {
  Story story(config_for_one());
  story.listen(80);
  open(story, 40001);
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropConnectionsFull);
  story.expect_nothing();
  story.accept().abort();
  story.expect("80 > 40001 R. 1:1(0) ack 1");
  open(story, 40002);
  story.expect_state(TcpState::Established);
}

// Handshakes that began when there was room for one of them: who comes second waits, as at a full accept queue.
TEST(Connections, ThatFindNoRoomInTheEndAreNotLost) {
  Story story(config_for_one());
  story.listen(80);
  half_open(story, 40001);
  half_open(story, 40002);
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.inject("40002 > 80 P. 1:11(10) ack 1 win 65535");
  story.expect_drop(Why::DropConnectionsFull);
  story.expect_nothing();
  story.accept().abort();
  story.expect("80 > 40001 R. 1:1(0) ack 1");
  story.inject("40002 > 80 P. 1:11(10) ack 1 win 65535");
  story.expect("80 > 40002 . 1:1(0) ack 11");
  story.accept().read(10);
}

// An active open is told at once, and costs nobody the wait for old segments.
TEST(Connections, AreCappedForActiveOpensToo) {
  Story story(config_for_one());
  story.listen(80);
  open(story, 40001);
  EXPECT_EQ(TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 81}).error(), Error::NoBufferSpace);
}

}  // namespace
}  // namespace tunic
