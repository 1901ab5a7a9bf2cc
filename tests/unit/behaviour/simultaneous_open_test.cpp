// SYNs that cross. RFC 9293 §3.5 (figure 7), §3.10.7.3, §3.10.7.4; MUST-10, MUST-11, B36.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// Figure 7. Our SYN-ACK has the ISN of our SYN (MUST-10).
// Shows: MUST-10, B36
TEST(CrossedSyns, AgreeOnOptions) {
  Story story(testing::full_config());
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>");
  story.inject("S 0:0(0) win 5000 <mss 1000,sackOK,TS val 70 ecr 0,nop,wscale 7>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1 ecr 70,nop,wscale 3>", Why::SimultaneousOpenReply);
  story.inject("S. 0:0(0) ack 1 win 5000 <mss 1000,sackOK,TS val 71 ecr 1,nop,wscale 7>");
  story.expect_nothing();
  story.expect_state(TcpState::Established);
  EXPECT_EQ(story.connection()->snd_wind_shift, 7U);
}

TEST(CrossedSyns, DropOptionsThatThePeerDoesNotOffer) {
  Story story(testing::full_config());
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>");
  story.inject("S 0:0(0) win 5000");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::SimultaneousOpenReply);
}

TEST(CrossedSyns, NeedOnlyAnAckToBeDone) {
  Story story;
  auto reached = reach_crossed(story);
  story.inject(". 1:1(0) ack 1 win 4000");
  story.expect_state(TcpState::Established);
  EXPECT_EQ(story.connection()->snd_wnd, 4000U);
  EXPECT_TRUE(reached.socket.socket().readiness().writable);
}

// Our SYN-ACK was lost.
// Shows: B36
TEST(CrossedSyns, RepeatTheAnswer) {
  Story story;
  auto reached = reach_crossed(story);
  story.expect_after(1s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.expect_state(TcpState::SynReceived);
  story.expect_after(2s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect_state(TcpState::Established);
}

// RFC 9293 §3.10.7.3: text in the crossing SYN is left to be sent again; with the SYN-ACK it is taken.
TEST(CrossedSyns, TakeDataWithTheSynAck) {
  Story story;
  auto reached = reach_crossed(story, "S 0:10(10) win 65535 <mss 1000>");
  story.inject("SF. 0:10(10) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 12");
  story.expect_state(TcpState::CloseWait);
  reached.socket.read(10);
}

// An active open is refused by a RST, and the application hears of it.
// Shows: MUST-11
TEST(CrossedSyns, AreRefusedByARst) {
  Story story;
  auto reached = reach_crossed(story);
  story.inject("R 2:2(0) win 0");
  story.expect_drop(Why::DropRstNotExact);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckRst);
  story.inject("R 1:1(0) win 0");
  story.expect_state(TcpState::Closed);
  reached.socket.expect_error(Error::ConnectionRefused);
}

// RFC 9293 §3.10.7.4, fifth: "form a reset segment <SEQ=SEG.ACK><CTL=RST> and send it".
TEST(CrossedSyns, ResetAWrongAcknowledgment) {
  Story story;
  auto reached = reach_crossed(story);
  for (const std::uint32_t ack : {0U, 2U}) {
    story.inject(fmt::format(". 1:1(0) ack {} win 65535", ack));
    story.expect_drop(Why::DropAckUnsent);
    story.expect(fmt::format("R {0}:{0}(0) win 0", ack), Why::ResetBadAckInHandshake);
  }
  story.expect_state(TcpState::SynReceived);
}

// RFC 9293 §3.10.7.4, fourth: with an active open as on a synchronized connection.
TEST(CrossedSyns, ChallengeAnotherSyn) {
  Story story;
  auto reached = reach_crossed(story);
  story.inject("S 5:5(0) win 65535");
  story.expect_drop(Why::DropSynInConnection);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
}

// RFC 9293 §3.10.4, CLOSE in SYN-RECEIVED: the FIN waits for ESTABLISHED.
TEST(CrossedSyns, AreFollowedByAFinAfterClose) {
  Story story;
  auto reached = reach_crossed(story);
  reached.socket.close();
  story.expect_nothing();
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
  story.expect_state(TcpState::FinWait1);
}

// RFC 9293 §3.10.5, ABORT in SYN-RECEIVED: "<SEQ=SND.NXT><CTL=RST>".
TEST(CrossedSyns, AreResetByAnAbort) {
  Story story;
  auto reached = reach_crossed(story);
  reached.socket.abort();
  story.expect("R. 1:1(0) ack 1", Why::ResetOnAbort);
  story.expect_state(TcpState::Closed);
}

TEST(CrossedSyns, GiveUpInTheEnd) {
  Config config = testing::plain_config();
  config.tcp.syn_retransmits = 2;
  Story story(config);
  auto reached = reach_crossed(story);
  story.expect_after(1s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.expect_after(2s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.advance(4s);
  story.expect_state(TcpState::Closed);
  reached.socket.expect_error(Error::TimedOut);
}

}  // namespace
}  // namespace tunic
