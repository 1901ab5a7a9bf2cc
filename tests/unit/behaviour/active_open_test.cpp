// Opening a connection ourselves. RFC 9293 §3.5, §3.9.1.1, §3.10.1, §3.10.7.3; RFC 6298 §5.7; RFC 5681 §3.1.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using test::StorySocket;

TEST(OurSyn, OffersAllOptions) {
  Story story(testing::full_config());
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>", Why::ActiveOpen);
}

TEST(OurSyn, OffersWhatIsConfigured) {
  Config config = testing::full_config();
  config.tcp.timestamps = false;
  config.tcp.syn_option_layout = SynOptionLayout::MssWscaleSackTs;
  Story story(config);
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460,nop,wscale 3,sackOK,eol,eol>", Why::ActiveOpen);
}

// RFC 7323 §2.2 and §3.2: what the SYN-ACK does not have is not used.
// Shows: RFC 7323 §2
TEST(SynAck, WithoutOptionsTurnsThemOff) {
  Story story(testing::full_config());
  auto socket = story.connect(80);
  story.expect("S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>");
  story.inject("S. 0:0(0) ack 1 win 5000 <mss 1000>");
  story.expect(". 1:1(0) ack 1 win 65535 <>", Why::HandshakeAck);
  EXPECT_EQ(story.connection()->snd_wnd, 5000U);
  EXPECT_EQ(story.connection()->snd_wind_shift, 0U);
  EXPECT_EQ(story.connection()->rcv_wind_shift, 0U);
  socket.write(1500);
  story.expect(". 1:1001(1000) ack 1 <>", Why::NewData);
  story.expect("P. 1001:1501(500) ack 1 <>", Why::LastBufferedData);
}

TEST(SynAck, WithOptionsTurnsThemOn) {
  Story story(testing::full_config());
  auto socket = story.connect(80);
  story.expect("S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>");
  story.inject("S. 0:0(0) ack 1 win 5000 <mss 1000,sackOK,TS val 70 ecr 1,nop,wscale 7>");
  story.expect(". 1:1(0) ack 1 win 32768 <nop,nop,TS val 1 ecr 70>", Why::HandshakeAck);
  EXPECT_EQ(story.connection()->snd_wnd, 5000U);  // the window in a SYN is never scaled
  story.inject(". 1:1(0) ack 1 win 50 <nop,nop,TS val 71 ecr 1>");
  EXPECT_EQ(story.connection()->snd_wnd, 50U << 7);
  socket.write(1000);
  story.expect(". 1:989(988) ack 1 <nop,nop,TS val 1 ecr 71>", Why::NewData);  // MUST-16: less the options
  story.expect("P. 989:1001(12) ack 1 <nop,nop,TS val 1 ecr 71>", Why::LastBufferedData);
}

// RFC 9293 §3.10.7.3: "If there are other controls or text in the segment, then continue processing".
TEST(SynAck, MayCarryDataAndFin) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  story.inject("SF. 0:100(100) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 102");
  story.expect_state(TcpState::CloseWait);
  socket.read(100);
  socket.expect_end();
}

// RFC 9293 §3.5.1, figure 9, from the other side: this host has lost its memory and opens again.
// Shows: B37
TEST(HalfOpenPeer, IsResetAndTheOpenSucceeds) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject(". 300:300(0) ack 100 win 65535");
  story.expect_drop(Why::DropAckUnsent);
  story.expect("R 100:100(0) win 0", Why::ResetBadAckInHandshake);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  story.expect_state(TcpState::Established);
}

// RFC 9293 §3.10.7.3, first: SEG.ACK =< ISS is as wrong as SEG.ACK > SND.NXT.
TEST(AckOfTheSyn, MustBeExact) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  for (const std::uint32_t ack : {0U, 2U, 0x80000001U}) {
    story.inject(fmt::format("S. 0:0(0) ack {} win 65535", ack));
    story.expect(fmt::format("R {0}:{0}(0) win 0", ack), Why::ResetBadAckInHandshake);
    story.inject(fmt::format("R. 0:0(0) ack {} win 0", ack));
    story.expect_drop(Why::DropRstInSynSent);
  }
  story.expect_state(TcpState::SynSent);
}

// Two answers at most wait: what a flood of forged ACKs makes us say is bounded.
TEST(AckOfTheSyn, ForgedManyTimesIsAnsweredTwice) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  story.inject_batch({". 0:0(0) ack 5 win 0", ". 0:0(0) ack 6 win 0", ". 0:0(0) ack 7 win 0"});
  story.expect("R 5:5(0)");
  story.expect("R 6:6(0)");
  story.expect_nothing();
}

// RFC 9293 §3.10.4, CLOSE in SYN-SENT: "Delete the TCB". What the peer then says is nobody's.
TEST(CloseWhileOpening, SaysNothing) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  socket.close();
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
  story.inject("S. 0:0(0) ack 1 win 65535");
  story.expect("R 1:1(0)", Why::ResetNoConnection);
}

TEST(CallsWhileOpening, WouldBlockOrFail) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  EXPECT_EQ(socket.write_some(100), 0U);
  socket.expect_nothing_to_read();
  EXPECT_EQ(socket.socket().shutdown_send().error(), Error::NotConnected);
  EXPECT_EQ(socket.socket().readiness(), Readiness());
}

// Shows: MUST-46, MUST-46 (against), RFC 1122 §3.3.6 (against)
TEST(Connect, RefusesWhatCannotBe) {
  Story story;
  const auto error = [&story](Endpoint remote, const ConnectOptions& options = {}) {
    return TcpSocket::connect(story.stack(), remote, options).error();
  };
  constexpr Ipv4Address kPeer(10, 9, 0, 1);
  EXPECT_EQ(error({kPeer, 0}), Error::InvalidArgument);
  // MUST-46: "A TCP implementation MUST reject as an error a local OPEN call for an invalid remote IP address".
  EXPECT_EQ(error({Ipv4Address(10, 9, 0, 255), 80}), Error::InvalidArgument);
  EXPECT_EQ(error({Ipv4Address(255, 255, 255, 255), 80}), Error::InvalidArgument);
  EXPECT_EQ(error({Ipv4Address(224, 0, 0, 1), 80}), Error::InvalidArgument);
  EXPECT_EQ(error({Ipv4Address(240, 0, 0, 1), 80}), Error::InvalidArgument);
  EXPECT_EQ(error({Ipv4Address(), 80}), Error::InvalidArgument);
  EXPECT_EQ(error({kPeer, 80}, {.local_address = Ipv4Address(10, 9, 0, 3)}), Error::AddressNotAvailable);
  EXPECT_EQ(error({kPeer, 80}, {.local_address = Ipv4Address(127, 0, 0, 1)}), Error::InvalidArgument);
  auto first = story.connect(80);
  story.expect("S 0:0(0)");
  EXPECT_EQ(error({kPeer, 80}, {.local_port = 40000}), Error::AddressInUse);
  EXPECT_TRUE(TcpSocket::connect(story.stack(), {kPeer, 81}, {.local_port = 40000}).has_value());  // closed at once
}

// "R2 for a SYN segment MUST be set large enough to provide retransmission of the segment for at least 3 minutes".
// Shows: MUST-23
TEST(UnansweredSyn, IsRepeatedForThreeMinutesAtLeast) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  const Instant begin = story.now();
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s}) story.expect_after(wait, "S 0:0(0)", Why::SynRetransmit);
  story.advance(120s - 1ns);  // the cap of the timeout
  story.expect_state(TcpState::SynSent);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  EXPECT_GE(story.now() - begin, 180s);
  socket.expect_error(Error::TimedOut);
  EXPECT_TRUE(socket.socket().readiness().error);
}

TEST(HandshakeSample, SetsTheTimeout) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  story.advance(100ms);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1");
  EXPECT_EQ(story.connection()->srtt, 100ms);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.expect_after(300ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
}

// RFC 6298 §5.7: "it MUST be re-initialized to 3 seconds when data transmission begins"; §3: no sample. RFC 5681 §3.1: IW 1.
// Shows: RFC 6298 §5, RFC 5681 §3.1
TEST(LostSyn, MakesDataBeginCarefully) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)");
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(100ms);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1");
  EXPECT_EQ(story.connection()->srtt, 0s);
  EXPECT_EQ(story.connection()->cwnd, 1000U);
  socket.write(2000);
  story.expect(". 1:1001(1000) ack 1");
  story.expect_after(3s, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
}

}  // namespace
}  // namespace tunic
