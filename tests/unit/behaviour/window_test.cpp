// The send and the receive window: scale, updates, shrinking. RFC 9293 §3.8.6, §3.10.7.4; RFC 7323 §2.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// RFC 7323 §2.2 and §2.3: the field of a SYN is what it is, all others are shifted.
// Shows: RFC 7323 §2, REC-1
TEST(WindowScaling, AppliesToAllSegmentsButTheSyn) {
  Story story(testing::full_config());
  story.listen(80);
  story.inject("S 0:0(0) win 1000 <mss 1000,nop,wscale 7>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 3>", Why::PassiveOpenReply);
  story.inject(ack(1, 5));
  auto socket = story.accept();
  EXPECT_EQ(info(story).snd_wnd, 5U << 7);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101 win 32755", Why::QuickAck);  // (256 KiB - 100) / 8
  EXPECT_EQ(info(story).snd_wnd, 65535U << 7);
}

// RFC 7323 §2.2: no scale is used where one side did not offer it.
// Shows: RFC 7323 §2, RFC 7323 §2 (against)
TEST(WindowScaling, NeedsBothSides) {
  Story story(testing::full_config());
  auto socket = established(story);
  EXPECT_EQ(info(story).snd_wind_shift, 0);
  EXPECT_EQ(info(story).rcv_wind_shift, 0);
  story.inject("P. 1:101(100) ack 1 win 1234");
  story.expect(". 1:1(0) ack 101 win 65435", Why::QuickAck);
  EXPECT_EQ(info(story).snd_wnd, 1234U);
}

// RFC 7323 §2.3, B7
// Shows: RFC 7323 §2, B7
TEST(WindowScaling, CountsAShiftAbove14As14) {
  Story story(testing::full_config());
  auto socket = established(story, "S 0:0(0) win 65535 <mss 1000,nop,wscale 15>");
  EXPECT_EQ(info(story).snd_wind_shift, 14);
  EXPECT_EQ(info(story).snd_wnd, 65535U << 14);
}

// RFC 9293 §3.10.7.4, SND.WL1: the peer's later segment came first.
TEST(WindowUpdates, AreNotTakenFromAnOlderSegment) {
  Story story;
  auto socket = established(story);
  story.inject("P. 101:201(100) ack 1 win 3000");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  EXPECT_EQ(info(story).snd_wnd, 3000U);
  story.inject(ack(1, 9000));
  EXPECT_EQ(info(story).snd_wnd, 3000U);
  story.inject("P. 1:101(100) ack 1 win 9000");
  story.expect(". 1:1(0) ack 201", Why::AckFillsGap);
  EXPECT_EQ(info(story).snd_wnd, 3000U);
  story.inject(". 201:201(0) ack 1 win 9000");
  EXPECT_EQ(info(story).snd_wnd, 9000U);
}

// RFC 9293 §3.10.7.4, SND.WL2
TEST(WindowUpdates, AreNotTakenFromAnOlderAcknowledgment) {
  Story story;
  auto socket = established(story);
  socket.write(2000);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(2001, 3000));
  story.inject(ack(1001, 9000));
  EXPECT_EQ(info(story).snd_wnd, 3000U);
  EXPECT_EQ(info(story).snd_una - info(story).iss, 2001U);
  story.inject(ack(2001, 4000));
  EXPECT_EQ(info(story).snd_wnd, 4000U);
}

TEST(WindowUpdates, LetWaitingDataGo) {
  Story story;
  auto socket = established_with_window(story, 2000);
  socket.write(5000);
  expect_flight(story, 1, 2);
  story.expect_hold(Why::HoldPeerWindow);
  story.inject(ack(1, 4000));
  expect_flight(story, 2001, 2);
  story.inject(ack(4001, 4000));
  story.expect("P. 4001:5001(1000) ack 1", Why::LastBufferedData);
}

// Shows: MUST-34, SHLD-15, SHLD-16, B42, SHLD-15 (against)
TEST(ShrunkWindow, StopsNewDataAndResendsTheOld) {
  Story story;
  auto socket = established_with_window(story, 5000);
  socket.write(10'000);
  expect_flight(story, 1, 5);
  story.expect_hold(Why::HoldPeerWindow);
  story.inject(ack(1, 2000));
  story.expect_nothing();
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(1001, 1000));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect_hold(Why::HoldPeerWindow);  // MAY-7 is not chosen: what lies beyond the window waits
  story.inject(ack(5001, 5000));
  expect_flight(story, 5001, 2);  // the congestion window has come to ssthresh, the half of five segments
}

// Data that the peer has no window for any more does not end a connection whose peer answers.
// Shows: MUST-34, SHLD-17, SHLD-17 (against)
TEST(ShrunkWindow, DoesNotEndTheConnection) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 5;
  Story story(config);
  auto socket = established(story);
  socket.write(1000);
  story.expect("P. 1:1001(1000) ack 1", Why::LastBufferedData);
  auto wait = 200ms;
  for (int i = 0; i < 12; ++i) {
    story.inject(ack(1, 0));
    story.expect_after(std::min<Duration>(wait, 120s), "P. 1:1001(1000) ack 1", Why::TimeoutRetransmit);
    wait *= 2;
  }
  story.inject(ack(1001));
  story.expect_state(TcpState::Established);
}

// RCV.NXT + RCV.WND never moves left.
// Shows: SHLD-14, SHLD-14 (against)
TEST(RightEdge, StandsStillWhileNothingIsRead) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = established(story);
  for (const std::uint32_t next : {2U, 701U, 1701U, 3999U, 4001U}) {
    story.inject(data(info(story).rcv_nxt - info(story).irs, next));
    story.expect(fmt::format(". 1:1(0) ack {} win {}", next, 4001 - next), Why::QuickAck);
  }
}

// The unit of a scaled window must not take back what was offered.
// Shows: SHLD-14, SHLD-14 (against)
TEST(RightEdge, IsNotTakenBackByRounding) {
  Config config = testing::full_config();
  config.tcp.receive_buffer = 1'000'000;  // a shift of 4
  config.tcp.quick_acks = 255;
  Story story(config);
  auto socket = established(story, "S 0:0(0) win 65535 <mss 1000,nop,wscale 0>");
  std::uint32_t next = 1;
  std::uint32_t edge = info(story).rcv_nxt + info(story).rcv_wnd;
  for (std::uint32_t size = 1; size < 60; size += 3) {
    story.inject(data(next, next + size));
    next += size;
    story.expect(fmt::format(". 1:1(0) ack {}", next), Why::QuickAck);
    const std::uint32_t new_edge = info(story).rcv_nxt + info(story).rcv_wnd;
    EXPECT_GE(static_cast<std::int32_t>(new_edge - edge), 0);
    edge = new_edge;
  }
}

// Nor by what TIME-WAIT answers.
// Shows: SHLD-14 (against)
TEST(RightEdge, IsNotTakenBackInTimeWait) {
  Config config = testing::full_config();
  config.tcp.receive_buffer = 64240;
  config.tcp.receive_buffer_max = 32U << 20;  // a shift of 10
  Story story(config);
  auto socket = established(story, "S 0:0(0) win 65535 <mss 1000,nop,wscale 0>");
  socket.close();
  story.expect("F. 1:1(0) ack 1 win 63", Why::FinSent);
  story.inject(ack(1, 2));
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect(". 2:2(0) ack 2 win 63", Why::AckFin);  // 62 units would end before the 64240 octets offered
}

// RFC 9293 §3.10.7.4: what lies beyond the right edge is trimmed, and the FIN with it.
TEST(RightEdge, TrimsWhatLiesBeyondIt) {
  Config config = sack_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = established_with_sack(story);
  story.inject("F. 3501:4501(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 3501:4001>", Why::AckOutOfOrder);
  story.inject(data(1, 3501));
  story.expect(". 1:1(0) ack 4001 win 0 <>", Why::AckFillsGap);
  story.expect_state(TcpState::Established);
  socket.read(4000);
  story.expect(". 1:1(0) ack 4001 win 4000", Why::WindowUpdate);
}

}  // namespace
}  // namespace tunic
