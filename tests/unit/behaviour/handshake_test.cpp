// Opening connections, both ways. RFC 9293 §3.5, §3.10.1, §3.10.7.2, §3.10.7.3.
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

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

}  // namespace
}  // namespace tunic
