// How connections end when nothing goes wrong, and what TIME-WAIT answers. RFC 9293 §3.6 (figures 12 and 13), §3.10.4,
// §3.10.7.4; RFC 1337. ending_test.cpp has what goes wrong.
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// Figure 12, this side first. MUST-13: TIME-WAIT lasts 2 MSL.
// Shows: MUST-13
TEST(Close, ByUsFirst) {
  Story story;
  auto socket = established(story);
  socket.shutdown_send();
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
  story.expect_state(TcpState::FinWait1);
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect_state(TcpState::FinWait2);
  story.inject("P. 1:101(100) ack 2 win 65535");  // "half closed": the other direction is still open
  story.expect(". 2:2(0) ack 101", Why::QuickAck);
  socket.read(100);
  story.inject("F. 101:101(0) ack 2 win 65535");
  story.expect(". 2:2(0) ack 102", Why::AckFin);
  story.expect_state(TcpState::TimeWait);
  socket.expect_end();
  story.advance(60s - 1ns);
  story.expect_state(TcpState::TimeWait);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
}

// Figure 12, the other side.
// Shows: MUST-12, RFC 2525 §2.15
TEST(Close, ByThePeerFirst) {
  Story story;
  auto socket = established(story);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2", Why::AckFin);
  story.expect_state(TcpState::CloseWait);
  socket.expect_end();
  EXPECT_TRUE(socket.socket().readiness().peer_closed);
  socket.write(100);
  story.expect("P. 1:101(100) ack 2", Why::LastBufferedData);
  socket.close();
  story.expect("F. 101:101(0) ack 2", Why::FinSent);
  story.expect_state(TcpState::LastAck);
  story.inject(". 2:2(0) ack 102 win 65535");
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
}

// Figure 13.
TEST(Close, ByBothAtOnce) {
  Story story;
  auto socket = established(story);
  socket.shutdown_send();
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 2:2(0) ack 2", Why::AckFin);
  story.expect_state(TcpState::Closing);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_state(TcpState::TimeWait);
}

// RFC 9293 §3.10.7.4, eighth: "The only thing that can arrive in this state is a retransmission of the remote FIN."
// Shows: B41
TEST(TimeWait, AcknowledgesARepeatedFinAndBeginsAgain) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.advance(59s);
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  story.advance(60s - 1ns);
  story.expect_state(TcpState::TimeWait);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
}

// RFC 1337 §3, B41: none of the three hazards.
// Shows: RFC 1337, B41, RFC 1337 (against)
TEST(TimeWait, IsNotCutShort) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.inject("R. 2:2(0) ack 2 win 0");
  story.expect_drop(Why::DropTimeWaitRst);
  story.inject("P. 1:2(1) ack 2 win 65535");
  story.expect_drop(Why::DropUnacceptable);
  story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  story.inject("R 2:2(0) win 0");  // what a peer without a connection says to that
  story.expect_drop(Why::DropTimeWaitRst);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_drop(Why::DropTimeWaitSegment);
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
}

// The records have a cap; the oldest makes room.
TEST(TimeWait, MakesRoomForAnother) {
  Config config = testing::plain_config();
  config.tcp.max_time_wait = 2;
  Story story(config);
  story.listen(80);
  for (Port port = 40001; port <= 40003; ++port) {
    story.use_flow({Ipv4Address(10, 9, 0, 1), port}, {Ipv4Address(10, 9, 0, 2), 80});
    story.inject("S 0:0(0) win 65535");
    story.expect("S. 0:0(0) ack 1");
    story.inject(". 1:1(0) ack 1 win 65535");
    story.accept().close();
    story.expect("F. 1:1(0) ack 1", Why::FinSent);
    story.inject("F. 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2", Why::AckFin);
    story.expect_state(TcpState::TimeWait);
  }
  EXPECT_EQ(story.stack().info().time_wait, 2U);
  story.use_flow({Ipv4Address(10, 9, 0, 1), 40001}, {Ipv4Address(10, 9, 0, 2), 80});
  story.expect_state(TcpState::Closed);
}

}  // namespace
}  // namespace tunic
