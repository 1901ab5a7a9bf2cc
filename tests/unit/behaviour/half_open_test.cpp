// Half-open connections and old duplicates: the exchanges of RFC 9293 §3.5 and §3.5.1, figures 8 to 11, from either side.
// B37. Numbers are relative: where the figure's A has 100, our SYN has 0.
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

constexpr std::string_view kSyn = "S 0:0(0) win 65535 <mss 1000>";

// Figure 8, peer A: the answer is to an old SYN of ours (90, ten before 100).
// Shows: B37
TEST(OldDuplicateSyn, IsDisownedByItsSender) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject("S. 0:0(0) ack 4294967287 win 65535 <mss 1000>");  // line 4
  story.expect("R 4294967287:4294967287(0)", Why::ResetBadAckInHandshake);
  story.expect_state(TcpState::SynSent);
  story.inject("S. 100:100(0) ack 1 win 65535 <mss 1000>");  // line 7
  story.expect(". 1:1(0) ack 101", Why::HandshakeAck);
  story.expect_state(TcpState::Established);
}

// Figure 8, peer B.
// Shows: B37
TEST(OldDuplicateSyn, IsTakenBackByAReset) {
  Story story;
  story.listen(80);
  story.inject("S 4294967286:4294967286(0) win 65535 <mss 1000>");  // line 3
  story.expect("S. 0:0(0) ack 4294967287", Why::PassiveOpenReply);
  story.inject("R 4294967287:4294967287(0) win 0");  // line 5
  story.expect_nothing();
  EXPECT_TRUE(story.stack().info().connections.empty());
  story.inject(kSyn);  // line 6
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
}

// "A more complex exchange": the true SYN overtakes the RST. The old one's answer is repeated as a challenge until it comes.
// Shows: B37
TEST(OldDuplicateSyn, MayStillBeHalfOpenWhenTheTrueOneArrives) {
  Story story;
  story.listen(80);
  story.inject("S 4294967286:4294967286(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 4294967287", Why::PassiveOpenReply);
  story.inject(kSyn);
  story.expect(". 1:1(0) ack 4294967287", Why::ChallengeAckSyn);
  story.inject("R 4294967287:4294967287(0) win 0");
  story.inject(kSyn);
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
}

// Figure 9, peer A: it has forgotten everything and opens anew.
// Shows: B37
TEST(HalfOpen, IsFoundOutByWhoHasRebooted) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject(". 300:300(0) ack 4294966996 win 65535");  // line 4
  story.expect("R 4294966996:4294966996(0)", Why::ResetBadAckInHandshake);
  story.expect_state(TcpState::SynSent);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);  // line 7
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  story.expect_state(TcpState::Established);
}

// Figure 9, peer B.
// Shows: B37
TEST(HalfOpen, IsFoundOutByWhoWasNotToldOfTheReboot) {
  Story story;
  auto socket = established(story);
  story.inject("S 3000000000:3000000000(0) win 65535 <mss 1000>");  // line 3
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);             // line 4
  story.inject("R 1:1(0) win 0");                                   // line 5
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::ConnectionReset);
  story.inject("S 3000000000:3000000000(0) win 65535 <mss 1000>");  // line 7
  story.expect("S. 0:0(0) ack 3000000001", Why::PassiveOpenReply);
}

// Figure 10, peer A: nobody is there any more.
// Shows: B37
TEST(HalfOpen, IsResetWhenDataComes) {
  Story story;
  story.inject(". 300:310(10) ack 100 win 65535");
  story.expect("R 100:100(0)", Why::ResetNoConnection);
}

// Figure 10, peer B.
// Shows: B37
TEST(HalfOpen, EndsWhereDataWasSent) {
  Story story;
  auto socket = established(story);
  socket.write(10);
  story.expect("P. 1:11(10) ack 1");
  story.inject("R 1:1(0) win 0");
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::ConnectionReset);
}

// Figure 11, peer A: a listener has sent no SYN that could be acknowledged, and goes on listening.
// Shows: B37
TEST(TwoListeners, RefuseTheAnswerToAnOldDuplicate) {
  Story story;
  story.listen(80);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect("R 1:1(0)", Why::ResetBadAckInListen);
  story.inject(kSyn);
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
}

// Figure 11, peer B.
// Shows: B37
TEST(TwoListeners, ReturnToListening) {
  Story story;
  story.listen(80);
  story.inject(kSyn);
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("R 1:1(0) win 0");
  story.expect_nothing();
  EXPECT_TRUE(story.stack().info().connections.empty());
  EXPECT_EQ(story.listener().info()->syn_queue, 0U);
}

// A listener neither disturbs connections of its port nor is disturbed by one that is being opened.
// Shows: MUST-41 (against), MUST-42
TEST(PassiveOpen, LeavesConnectionsOfItsPortAlone) {
  Story story;
  auto first = established(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1000>");  // in SYN-RECEIVED meanwhile
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("40002 > 80 S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  first.write(10);
  story.expect("80 > 40000 P. 1:11(10) ack 1");
}

// Also while the same port has an active open under way.
// Shows: MUST-42
TEST(PassiveOpen, ListensBesideAnActiveOpenOfItsPort) {
  Story story;
  auto active = story.connect(80);  // from 40000
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.listen(40000);
  story.inject("50000 > 40000 S 0:0(0) win 65535 <mss 1000>");
  story.expect("40000 > 50000 S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("80 > 40000 S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect("40000 > 80 . 1:1(0) ack 1", Why::HandshakeAck);
  story.inject("50000 > 40000 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
}

}  // namespace
}  // namespace tunic
