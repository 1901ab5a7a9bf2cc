// TIME-WAIT beyond its plain course (close_test.cpp has that): when a SYN may end it, and what it costs. RFC 9293 §3.6.1,
// RFC 6191 §2, RFC 1337; MUST-13, MAY-2, SHLD-4, B41.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

Config timestamp_config() {
  Config config = testing::plain_config();
  config.tcp.timestamps = true;
  return config;
}

class NewSyn : public ::testing::Test {
 protected:
  void SetUp() override {
    story.listen(80);
    story.inject("S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 1000 ecr 0>");
    story.expect("S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 1 ecr 1000>");
    story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 1000 ecr 1>");
    auto socket = story.accept();
    socket.close();
    story.expect("F. 1:1(0) ack 1");
    story.inject("F. 1:1(0) ack 2 win 65535 <nop,nop,TS val 2000 ecr 1>");
    story.expect(". 2:2(0) ack 2 <nop,nop,TS val 1 ecr 2000>", Why::AckFin);
    story.expect_state(TcpState::TimeWait);
  }
  void expect_reopened(std::uint32_t ack) {
    story.expect(fmt::format("S. 0:0(0) ack {}", ack), Why::PassiveOpenReply);
    story.expect_state(TcpState::SynReceived);
  }
  void expect_challenged() {
    story.expect_drop(Why::DropSynInConnection);
    story.expect(". 2:2(0) ack 2", Why::ChallengeAckSyn);
    story.expect_state(TcpState::TimeWait);
  }
  Story story{timestamp_config()};
};

// RFC 7323 §3.2: who agreed on timestamps has them in every segment.
TEST_F(NewSyn, IsNotTheOnlyOneThatNeedsATimestamp) {
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect_drop(Why::DropNoTimestamp);
  story.expect_nothing();
}

// RFC 6191 §2: a greater timestamp suffices, whatever the sequence number.
// Shows: RFC 6191, MAY-2, B41, SHLD-4
TEST_F(NewSyn, WithAGreaterTimestampReopens) {
  story.inject("S 4000000000:4000000000(0) win 65535 <mss 1000,nop,nop,TS val 2001 ecr 0>");
  expect_reopened(4000000001);
}
TEST_F(NewSyn, WithTheSameTimestampNeedsAGreaterNumber) {
  story.inject("S 1:1(0) win 65535 <mss 1000,nop,nop,TS val 2000 ecr 0>");
  expect_challenged();
  story.inject("S 10:10(0) win 65535 <mss 1000,nop,nop,TS val 2000 ecr 0>");
  expect_reopened(11);
}
// Shows: MAY-2 (against), RFC 6191 (against), B41
TEST_F(NewSyn, WithASmallerTimestampDoesNotReopen) {
  story.inject("S 10:10(0) win 65535 <mss 1000,nop,nop,TS val 1999 ecr 0>");
  expect_challenged();
}
// Shows: MAY-2 (against), B41
TEST_F(NewSyn, WithoutATimestampNeedsAGreaterNumber) {
  story.inject("S 1:1(0) win 65535");
  expect_challenged();
  story.inject("S 10:10(0) win 65535");
  expect_reopened(11);
}

// MAY-2 (1): "assigns its initial sequence number for the new connection to be larger than the largest sequence number it
// used on the previous connection incarnation", though here every ISN is configured to be the same.
// Shows: MAY-2
TEST(ReopenedConnection, HasAGreaterIsn) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  const std::uint32_t used = story.flow().stack_isn + 2;
  story.inject("S 5000:5000(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 5001", Why::PassiveOpenReply);
  EXPECT_LT(0, static_cast<std::int32_t>(story.flow().stack_isn - used));
  story.inject(". 5001:5001(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  EXPECT_EQ(story.stack().info().time_wait, 0U);
}

TEST(ReopenedConnection, NeedsAListener) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.listener().close();
  story.inject("S 5000:5000(0) win 65535 <mss 1000>");
  story.expect_drop(Why::DropTimeWaitSegment);
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
}

// "If an incoming segment is not acceptable, an acknowledgment should be sent in reply", before its ACK bit is looked at; one
// in the window is dropped without it.
TEST(TimeWait, AcknowledgesWhatIsOutsideTheWindowEvenWithoutAck) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  for (const std::string_view segment : {"P 1:2(1) win 65535", "F 1:1(0) win 65535"}) {
    story.inject(segment);
    story.expect_drop(Why::DropUnacceptable);
    story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  }
  story.inject("P 2:3(1) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
}

// An active open does not end TIME-WAIT; with timestamps PAWS tells the old segments (SHLD-4).
// Shows: MUST-13, SHLD-4
TEST(ConnectFromTimeWait, IsRefusedWithoutTimestamps) {
  Story story;
  {
    auto socket = story.connect(80);
    story.expect("S 0:0(0)");
    story.inject("S. 0:0(0) ack 1 win 65535");
    story.expect(". 1:1(0) ack 1");
    socket.close();
    story.expect("F. 1:1(0) ack 1");
    story.inject("F. 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2");
  }
  story.expect_state(TcpState::TimeWait);
  const auto again = TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 80}, {.local_port = 40000});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Error::AddressInUse);
  story.advance(60s);
  auto later = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
}

// Shows: SHLD-4
TEST(ConnectFromTimeWait, WithTimestampsHasAGreaterIsn) {
  Story story(timestamp_config());
  {
    auto socket = story.connect(80);
    story.expect("S 0:0(0) <mss 1460,nop,nop,TS val 1 ecr 0>");
    story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000,nop,nop,TS val 70 ecr 1>");
    story.expect(". 1:1(0) ack 1");
    socket.close();
    story.expect("F. 1:1(0) ack 1");
    story.inject("F. 1:1(0) ack 2 win 65535 <nop,nop,TS val 70 ecr 1>");
    story.expect(". 2:2(0) ack 2");
  }
  const std::uint32_t used = story.flow().stack_isn + 2;
  auto again = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  EXPECT_LT(0, static_cast<std::int32_t>(story.flow().stack_isn - used));
}

// Two ends in TIME-WAIT must not answer each other for ever.
// Shows: B44
TEST(TimeWaitAnswers, ToPureAcksAreTwoASecond) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  for (int i = 0; i < 2; ++i) {
    story.inject(". 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  }
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect_hold(Why::HoldDuplicateAckLimit);
  story.expect_nothing();
  story.advance(1s);
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
}

// Shows: RFC 5961 §7, B28, B44
TEST(TimeWaitAnswers, AreTenASecondAltogether) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  for (int i = 0; i < 5; ++i) {
    story.inject("F. 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
    story.inject("S 1:1(0) win 65535");
    story.expect(". 2:2(0) ack 2", Why::ChallengeAckSyn);
  }
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect_hold(Why::HoldDuplicateAckLimit);
  story.expect_nothing();
}

// What repeats the peer's FIN begins the wait again; a FIN elsewhere is answered, no more: it must not keep the record.
// Shows: B41
TEST(TimeWaitRestart, IsByThePeersFinAlone) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.advance(30s);
  story.inject("F. 100:100(0) ack 2 win 65535");
  story.expect_drop(Why::DropUnacceptable);
  story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  story.advance(30s);
  story.expect_state(TcpState::Closed);
}

// An acknowledgment of what was never sent is answered, as in all other states.
TEST(TimeWaitAnswers, ToAnAckOfWhatWasNeverSent) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.inject(". 2:2(0) ack 3 win 65535");
  story.expect(". 2:2(0) ack 2", Why::TimeWaitAck);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_drop(Why::DropTimeWaitSegment);
  story.expect_nothing();
}

// MAY-2 (2): "returns to TIME-WAIT state if the SYN turns out to be an old duplicate": the peer resets our answer.
// Shows: MAY-2
TEST(ReopenedConnection, ThatIsResetGoesBackToTimeWait) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.advance(20s);
  story.inject("S 5000:5000(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 5001", Why::PassiveOpenReply);
  EXPECT_EQ(story.stack().info().connections.size(), 1U);
  const std::uint32_t isn = story.flow().stack_isn;
  story.inject("R 5001:5001(0) win 0");
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
  // The numbers are the old connection's, and so is the time that is left.
  story.inject("S 6000:6000(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 6001", Why::PassiveOpenReply);
  EXPECT_EQ(story.flow().stack_isn, isn);
  story.inject("R 6001:6001(0) win 0");
  story.expect_state(TcpState::TimeWait);
  story.advance(40s);
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
}

// The wait may end while the new handshake goes on: nothing comes back then.
// Shows: MAY-2
TEST(ReopenedConnection, OutlivesTheOldWait) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.advance(60s - 500ms);
  story.inject("S 5000:5000(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 5001", Why::PassiveOpenReply);
  story.advance(600ms);
  story.expect_state(TcpState::SynReceived);
  story.inject("R 5001:5001(0) win 0");
  story.expect_state(TcpState::Closed);
}

// A full accept queue is no reason to forget TIME-WAIT.
TEST(ReopenedConnection, NeedsRoomInTheListenersQueues) {
  Config config = testing::plain_config();
  config.tcp.syn_queue = 0;
  config.tcp.syn_cookies = SynCookiePolicy::Off;
  Story story(config);
  {
    auto socket = story.connect(80);
    story.expect("S 0:0(0)");
    story.inject("S. 0:0(0) ack 1 win 65535");
    story.expect(". 1:1(0) ack 1");
    socket.close();
    story.expect("F. 1:1(0) ack 1");
    story.inject("F. 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2");
  }
  story.listen(40000);
  story.inject("80 > 40000 S 5000:5000(0) win 65535 <mss 1000>");
  story.expect_drop(Why::DropSynQueueFull);
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
}

TEST(TimeWaitSegments, WithoutAckAreDropped) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  story.inject("P 2:12(10) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_nothing();
}

// The application may still read what came before.
TEST(UnreadData, OutlivesTheConnectionInTimeWait) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  story.inject("FP. 1:101(100) ack 2 win 65535");
  story.expect(". 2:2(0) ack 102");
  story.expect_state(TcpState::TimeWait);
  story.advance(2min);
  story.expect_state(TcpState::Closed);
  reached.socket.read(100);
  reached.socket.expect_end();
  EXPECT_TRUE(reached.socket.socket().readiness().closed);
}

TEST(TimeWaitLength, IsConfigurable) {
  Config config = testing::plain_config();
  config.tcp.time_wait = 4min;
  Story story(config);
  auto reached = reach(story, TcpState::TimeWait);
  story.advance(4min - 1ns);
  story.expect_state(TcpState::TimeWait);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
}

}  // namespace
}  // namespace tunic
