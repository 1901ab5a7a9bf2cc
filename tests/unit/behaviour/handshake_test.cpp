// Opening connections, both ways. RFC 9293 §3.5, §3.10.1, §3.10.7.2, §3.10.7.3.
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// Shows: MUST-65 (against)
TEST(PassiveOpen, AnswersASynAndBecomesEstablished) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
  story.expect_state(TcpState::SynReceived);
  story.inject(". 1:1(0) ack 1 win 65535");
  story.expect_nothing();
  story.expect_state(TcpState::Established);
  auto socket = story.accept();
  socket.write(1000);
  story.expect("P. 1:1001(1000) ack 1 win 65535 <>", Why::LastBufferedData);
  story.inject(". 1:1(0) ack 1001 win 65535");
  story.expect_nothing();
}

TEST(PassiveOpen, OffersWhatThePeerOffers) {
  Story story(testing::full_config());
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 3>", Why::PassiveOpenReply);
  story.advance(10ms);
  story.inject(". 1:1(0) ack 1 win 512 <nop,nop,TS val 110 ecr 1000>");
  auto socket = story.accept();
  socket.write(100);
  story.expect("P. 1:101(100) ack 1 <nop,nop,TS val 1010 ecr 110>", Why::LastBufferedData);
}

TEST(ActiveOpen, SendsASynAndAcknowledgesTheAnswer) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460>", Why::ActiveOpen);
  story.expect_state(TcpState::SynSent);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460>");
  story.expect(". 1:1(0) ack 1 win 65535", Why::HandshakeAck);
  story.expect_state(TcpState::Established);
  EXPECT_TRUE(socket.socket().readiness().writable);
}

TEST(ActiveOpen, RepeatsItsSynWithDoubledWaits) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.expect_after(2s, "S 0:0(0)", Why::SynRetransmit);
  story.expect_after(4s, "S 0:0(0)", Why::SynRetransmit);
}

TEST(ActiveOpen, IsRefusedByAReset) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject("R. 0:0(0) ack 1 win 0");
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::ConnectionRefused);
}

TEST(ClosedPort, IsAnsweredWithAReset) {
  Story story;
  story.inject("40000 > 81 S 0:0(0) win 65535 <mss 1460>");
  story.expect("R. 0:0(0) ack 1 win 0", Why::ResetNoConnection);
}

TEST(PassiveOpen, ServesSeveralPeers) {
  Story story;
  story.listen(80);
  for (const auto* syn : {"40001 > 80 S 0:0(0) win 65535", "40002 > 80 S 0:0(0) win 65535"}) story.inject(syn);
  story.expect("80 > 40001 S. 0:0(0) ack 1 win 65535 <mss 1460>");
  story.expect("80 > 40002 S. 0:0(0) ack 1 win 65535 <mss 1460>");
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  story.use_flow({Ipv4Address(10, 9, 0, 1), 40001}, {Ipv4Address(10, 9, 0, 2), 80});
  story.expect_state(TcpState::SynReceived);
}

TEST(PassiveOpen, RepeatsItsSynAckWithDoubledWaitsAndGivesUp) {
  Config config = testing::plain_config();
  config.tcp.syn_ack_retransmits = 2;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.expect_after(1s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.expect_after(2s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.advance(4s);
  story.expect_state(TcpState::Closed);  // HandshakeTimedOut
}

TEST(PassiveOpen, AnswersARepeatedSyn) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1", Why::SynAckRetransmit);
}

TEST(Listener, DropsOrResetsWhatIsNoSyn) {
  Story story;
  story.listen(80);
  story.inject("R 0:0(0) win 0");
  story.expect_drop(Why::DropRstInListen);
  story.inject("F 0:0(0) win 0");
  story.expect_drop(Why::DropNotSyn);
  story.inject("SF 0:0(0) win 0");
  story.expect_drop(Why::DropSynFin);
  story.inject(". 0:0(0) ack 5000 win 0");
  story.expect("R 5000:5000(0) win 0", Why::ResetBadAckInListen);
  story.inject("S. 0:0(0) ack 5000 win 0");
  story.expect("R 5000:5000(0) win 0", Why::ResetBadAckInListen);
}

TEST(SynReceived, EndsWhenThePeerTakesItsSynBack) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  story.inject("R 1:1(0) win 0");
  story.expect_state(TcpState::Closed);
  story.expect_nothing();
}

TEST(SynReceived, ResetsAWrongAcknowledgment) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect_drop(Why::DropAckUnsent);
  story.expect("R 2:2(0) win 0", Why::ResetBadAckInHandshake);
  story.expect_state(TcpState::SynReceived);
}

TEST(SynSent, BelievesOnlyWhatAcknowledgesItsSyn) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject("R. 0:0(0) ack 2 win 0");
  story.expect_drop(Why::DropRstInSynSent);
  story.inject("R 0:0(0) win 0");
  story.expect_drop(Why::DropRstInSynSent);
  story.inject(". 0:0(0) ack 1 win 65535");
  story.expect_drop(Why::DropNeitherSynNorRst);
  story.inject("S. 0:0(0) ack 9 win 65535");
  story.expect_drop(Why::DropAckUnsent);
  story.expect("R 9:9(0) win 0", Why::ResetBadAckInHandshake);
  story.expect_state(TcpState::SynSent);
}

// Shows: MUST-10, B36
TEST(SimultaneousOpen, EstablishesBothSides) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460>", Why::ActiveOpen);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::SimultaneousOpenReply);
  story.expect_state(TcpState::SynReceived);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460>");
  story.expect_state(TcpState::Established);
  story.expect_nothing();
  socket.write(10);
  story.expect("P. 1:11(10) ack 1", Why::LastBufferedData);
}

TEST(ActiveOpen, GivesUpAfterItsRetransmissions) {
  Config config = testing::plain_config();
  config.tcp.syn_retransmits = 2;
  Story story(config);
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.expect_after(2s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(4s);
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::TimedOut);
}

TEST(Listener, HasACapOnHandshakes) {
  Config config = testing::plain_config();
  config.tcp.syn_cookies = SynCookiePolicy::Off;
  config.tcp.syn_queue = 1;
  Story story(config);
  story.listen(80);
  story.inject("40001 > 80 S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropSynQueueFull);
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect("80 > 40002 S. 0:0(0) ack 1");
}

TEST(Listener, LetsPeersWaitWhenNobodyAccepts) {
  Story story;
  story.listen(80, {.backlog = 1});
  for (const auto* syn : {"40001 > 80 S 0:0(0) win 65535", "40002 > 80 S 0:0(0) win 65535"}) {
    story.inject(syn);
    story.expect("S. 0:0(0) ack 1");
  }
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  auto first = story.accept();
  story.expect_after(1s, "80 > 40002 S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
