// Which sequence and acknowledgment numbers are acceptable, and how often the others are answered. RFC 9293 §3.4 and
// §3.10.7.4, RFC 5961 §5 and §7; B25, B27, B28, B44.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

struct Edge {
  std::string segment;
  bool acceptable;
};

class SegmentOnTheEdge : public ::testing::TestWithParam<Edge> {};

// The four cases of §3.10.7.4's table with RCV.WND = 65535: the window is 1 to 65535.
TEST_P(SegmentOnTheEdge, IsJudgedByTheTable) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject(GetParam().segment);
  if (GetParam().acceptable) {
    EXPECT_EQ(story.stack().counters().dropped(Why::DropUnacceptable), 0U) << story.so_far();
    while (!story.take_packet().empty()) {
    }
  } else {
    story.expect_drop(Why::DropUnacceptable);
    story.expect(". 1:1(0) ack 1", Why::AckUnacceptable);
  }
  story.expect_state(TcpState::Established);
}

INSTANTIATE_TEST_SUITE_P(Of, SegmentOnTheEdge,
                         ::testing::Values(Edge{". 0:0(0) ack 1 win 65535", false},          // before the window
                                           Edge{". 1:1(0) ack 1 win 65535", true},           // its first number
                                           Edge{". 65535:65535(0) ack 1 win 65535", true},   // its last
                                           Edge{". 65537:65537(0) ack 1 win 65535", false},  // beyond
                                           Edge{". 2147483649:2147483649(0) ack 1 win 65535", false},
                                           Edge{"P. 0:1(1) ack 1 win 65535", false},  // all of it was received
                                           Edge{"P. 0:2(2) ack 1 win 65535", true},   // its last octet is new
                                           Edge{"P. 65535:65536(1) ack 1 win 65535", true},
                                           Edge{"P. 65535:65635(100) ack 1 win 65535", true},  // its first octet fits
                                           Edge{"P. 65536:65537(1) ack 1 win 65535", false},
                                           Edge{"F. 0:0(0) ack 1 win 65535", false}));

class OurClosedWindow : public ::testing::Test {
 protected:
  void SetUp() override {
    socket = established(story);
    for (std::uint32_t seq = 1; seq < 4097; seq += 1024) {
      story.inject(fmt::format("P. {}:{}(1024) ack 1 win 65535", seq, seq + 1024));
      story.expect(fmt::format(". 1:1(0) ack {}", seq + 1024));
    }
    ASSERT_EQ(story.connection()->rcv_wnd, 0U);
  }
  static Config small() {
    Config config = testing::plain_config();
    config.tcp.receive_buffer = 4096;
    return config;
  }
  Story story{small()};
  test::StorySocket socket;
};

// "special allowance should be made to accept valid ACKs".
TEST_F(OurClosedWindow, TakesAcknowledgments) {
  socket.write(100);
  story.expect("P. 1:101(100) ack 4097 win 0");
  story.inject(". 4097:4097(0) ack 101 win 65535");
  story.expect_nothing();
  EXPECT_EQ(story.connection()->unacked, 0U);
}
TEST_F(OurClosedWindow, TakesTheAcknowledgmentOfAProbe) {
  socket.write(100);
  story.expect("P. 1:101(100) ack 4097 win 0");
  story.inject("P. 4097:4098(1) ack 101 win 65535");
  story.expect(". 101:101(0) ack 4097 win 0", Why::AckUnacceptable);
  EXPECT_EQ(story.connection()->unacked, 0U);
}
TEST_F(OurClosedWindow, AnswersWhatLiesBeyond) {
  story.inject(". 4098:4098(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 4097 win 0", Why::AckUnacceptable);
}

// What happens on one connection does not show on another.
// Shows: B28, RFC 5961 §7
TEST(AnswerLimit, IsEachConnectionsOwn) {
  Config config = testing::plain_config();
  config.tcp.challenge_acks_per_second = 3;
  Story story(config);
  story.listen(80);
  for (const int port : {40001, 40002}) {
    story.inject(fmt::format("{} > 80 S 0:0(0) win 65535", port));
    story.expect("S. 0:0(0) ack 1");
    story.inject(". 1:1(0) ack 1 win 65535");
  }
  for (int i = 0; i < 500; ++i) {
    story.inject("40001 > 80 R 2:2(0) win 0");
    if (i < 3) story.expect("80 > 40001 . 1:1(0) ack 1", Why::ChallengeAckRst);
  }
  story.expect_nothing();
  for (int i = 0; i < 3; ++i) {
    story.inject("40002 > 80 R 2:2(0) win 0");
    story.expect("80 > 40002 . 1:1(0) ack 1", Why::ChallengeAckRst);
  }
  story.inject("40002 > 80 R 2:2(0) win 0");
  story.expect_nothing();
}

// All that a forger can provoke counts together.
// Shows: RFC 5961 §7 (against)
TEST(AnswerLimit, HoldsForEveryKindOfAnswer) {
  Config config = testing::plain_config();
  config.tcp.challenge_acks_per_second = 4;
  Story story(config);
  auto reached = reach(story, TcpState::Established);
  story.inject("R 2:2(0) win 0");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckRst);
  story.inject("S 90000:90000(0) win 0");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOfUnsentData);
  story.inject(". 70000:70000(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckUnacceptable);
  for (const auto* segment : {"R 2:2(0) win 0", "S 90000:90000(0) win 0", ". 1:1(0) ack 2 win 65535",
                              ". 1:1(0) ack 2147483650 win 65535", ". 70000:70000(0) ack 1 win 65535"}) {
    story.inject(segment);
    story.expect_nothing();
  }
  story.advance(1s);
  story.inject("R 2:2(0) win 0");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckRst);
}

// RFC 9293 §3.10.7.4: the segment's text is not taken with a bad acknowledgment (RFC 5961 §5, MAY-12).
// Shows: RFC 5961 §5 (against), MAY-12 (against)
TEST(BadAcknowledgment, TakesItsDataAlong) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("FP. 1:11(10) ack 2 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOfUnsentData);
  reached.socket.expect_nothing_to_read();
  story.expect_state(TcpState::Established);
}

// RFC 5961 §5.2, B27: SND.UNA - MAX.SND.WND =< SEG.ACK.
// Shows: RFC 5961 §5, B27, MAY-12
TEST(BadAcknowledgment, OlderThanAnyWindowIsChallenged) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 150 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 1 win 150");
  auto socket = story.accept();
  socket.write(150);
  story.expect("P. 1:151(150) ack 1");
  story.inject(". 1:1(0) ack 151 win 150");
  socket.write(150);
  story.expect("P. 151:301(150) ack 1");
  story.inject(". 1:1(0) ack 301 win 150");
  story.inject("P. 1:11(10) ack 150 win 150");
  story.expect_drop(Why::DropAckTooOld);
  story.expect(". 301:301(0) ack 1", Why::ChallengeAckData);
  story.inject("P. 1:11(10) ack 151 win 150");
  story.expect(". 301:301(0) ack 11", Why::QuickAck);
}

// Nobody acknowledges what lies before our first octet, however large the window: a "ghost" of it is forged.
// Shows: RFC 5961 §5, MAY-12, B27
TEST(BadAcknowledgment, OfWhatCameBeforeOurFirstOctetIsChallenged) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("P. 1:11(10) ack 0 win 65535");
  story.expect_drop(Why::DropAckTooOld);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckData);
  reached.socket.expect_nothing_to_read();
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 11", Why::QuickAck);
}

// RSTs for no connection and for no record are counted together, all peers'.
TEST(ResetLimit, IsTheHosts) {
  Config config = testing::plain_config();
  config.resets_per_second = 3;
  Story story(config);
  story.listen(80);
  story.inject("40001 > 80 S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  const std::array<std::string_view, 3> segments{"40000 > 81 S 0:0(0) win 0", "40000 > 80 . 1:1(0) ack 7 win 0",
                                                 "40001 > 80 . 1:1(0) ack 7 win 0"};
  story.inject(segments[0]);
  story.expect("R. 0:0(0) ack 1", Why::ResetNoConnection);
  story.inject(segments[1]);
  story.expect("R 7:7(0)", Why::ResetBadAckInListen);
  story.inject(segments[2]);
  story.expect("R 7:7(0)", Why::ResetBadAckInHandshake);
  for (const auto segment : segments) {
    story.inject(segment);
    story.expect_hold(Why::HoldResetLimit);
    story.expect_nothing();
  }
  story.advance(999ms);
  story.inject(segments[0]);
  story.expect_hold(Why::HoldResetLimit);
  story.advance(1ms);
  story.expect("80 > 40001 S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject(segments[0]);
  story.expect("R. 0:0(0) ack 1", Why::ResetNoConnection);
}

// An ACK that answers an ACK must not be answered for ever, in any state.
// Shows: B44
TEST(AckLoop, Ends) {
  for (const TcpState state : {TcpState::FinWait1, TcpState::FinWait2, TcpState::CloseWait, TcpState::Closing,
                               TcpState::LastAck, TcpState::TimeWait}) {
    Story story;
    auto reached = reach(story, state);
    int answers = 0;
    for (int i = 0; i < 100; ++i) {
      story.inject(fmt::format(". 100000:100000(0) ack {} win 65535", reached.stack_next));
      while (!story.take_packet().empty()) ++answers;
    }
    EXPECT_GE(answers, 1);
    EXPECT_LE(answers, 10) << to_string(state);
    story.expect_state(state);
  }
}

}  // namespace
}  // namespace tunic
