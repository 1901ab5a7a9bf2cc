// What a listener makes of a SYN: options, numbers, and what may come with the handshake. RFC 9293 §3.5, §3.7.1, §3.10.7.2;
// RFC 7323 §2; RFC 2018 §2.
#include <fmt/format.h>

#include "testing/packets.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

struct Offer {
  std::string name;
  std::string syn;
  std::string syn_ack;
};

class SynOptions : public ::testing::TestWithParam<Offer> {};

// RFC 7323 §2.2 and §3.2, RFC 2018 §2: an option goes into the SYN-ACK only if it was in the SYN. MUST-6, MUST-7, B3.
// Shows: RFC 7323 §2, MUST-6, MUST-7, B3, MUST-64
TEST_P(SynOptions, AreAnsweredWithWhatThePeerOffers) {
  Story story(testing::full_config());
  story.listen(80);
  story.inject("S 0:0(0) win 65535 " + GetParam().syn);
  story.expect("S. 0:0(0) ack 1 win 65535 " + GetParam().syn_ack, Why::PassiveOpenReply);
}

INSTANTIATE_TEST_SUITE_P(
    Of, SynOptions,
    ::testing::Values(Offer{"None", "<>", "<mss 1460>"}, Offer{"Sack", "<nop,nop,sackOK>", "<mss 1460,nop,nop,sackOK>"},
                      Offer{"Timestamps", "<nop,nop,TS val 7 ecr 0>", "<mss 1460,nop,nop,TS val 1 ecr 7>"},
                      Offer{"WindowScale", "<nop,wscale 7>", "<mss 1460,nop,wscale 3>"},
                      Offer{"All", "<mss 1000,sackOK,TS val 7 ecr 0,nop,wscale 7>",
                            "<mss 1460,sackOK,TS val 1 ecr 7,nop,wscale 3>"},
                      Offer{"Unaligned", "<nop,mss 1000,wscale 7,TS val 7 ecr 0,sackOK>",
                            "<mss 1460,sackOK,TS val 1 ecr 7,nop,wscale 3>"},
                      Offer{"UnknownSkipped", "<kind 77 0x01020304,sackOK>", "<mss 1460,nop,nop,sackOK>"},
                      Offer{"LengthZero", "<sackOK,0x0300>", "<mss 1460,nop,nop,sackOK>"},
                      Offer{"LengthOverrun", "<nop,wscale 7,0x080a0000>", "<mss 1460,nop,wscale 3>"},
                      Offer{"AfterEnd", "<sackOK,nop,eol,wscale 7,nop>", "<mss 1460,nop,nop,sackOK>"}),
    [](const auto& each) { return each.param.name; });

// The other order and padding that the RFCs leave free.
TEST(SynOptionLayouts, AreAProfilesChoice) {
  Config config = testing::full_config();
  config.tcp.syn_option_layout = SynOptionLayout::MssWscaleSackTs;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,nop,wscale 7,sackOK,TS val 7 ecr 0>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 3,sackOK,TS val 1 ecr 7>");
}

/// The largest segment of 3000 octets written to a peer whose SYN was this.
std::uint32_t first_segment_after(const std::string& syn) {
  Story story;
  auto socket = established(story, syn);
  socket.write(3000);
  const auto packet = story.take_packet();
  while (!story.take_packet().empty()) {
  }
  return static_cast<std::uint32_t>(packet.size()) - 40;
}

// None means 536; 0 means none; a tiny one is raised; none is larger than our MTU allows.
// Shows: MUST-15, MUST-16, B4
TEST(PeersMss, BoundsOurSegments) {
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535"), 536U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 0>"), 536U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 1>"), 48U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 47>"), 48U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 48>"), 48U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 1460>"), 1460U);
  EXPECT_EQ(first_segment_after("S 0:0(0) win 65535 <mss 65535>"), 1460U);
}

// What the MTU leaves without headers of 40 octets.
// Shows: MUST-67, SHLD-5, MUST-65, MUST-67 (against), SHLD-6, MAY-3
TEST(OurMss, FollowsFromTheMtu) {
  Config config = testing::plain_config();
  config.mtu = 576;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 536>");
}

// RFC 7323 §2.3, B7: a shift above 14 is taken for 14. The window in a SYN is never scaled.
// Shows: RFC 7323 §2, B7
TEST(WindowScale, IsFourteenAtMost) {
  Config config = testing::plain_config();
  config.tcp.window_scaling = true;
  for (const auto& [sent, used] : {std::pair{0, 0}, {14, 14}, {15, 14}, {255, 14}}) {
    Story story(config);
    story.listen(80);
    story.inject(fmt::format("S 0:0(0) win 1000 <mss 1000,nop,wscale {}>", sent));
    story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 3>");
    story.inject(". 1:1(0) ack 1 win 10");
    EXPECT_EQ(story.connection()->snd_wind_shift, used);
    EXPECT_EQ(story.connection()->snd_wnd, 10U << used);
  }
}

// RFC 7323 §2.2: agreed on in SYNs or not at all. MUST-5, B8.
// Shows: RFC 7323 §2, MUST-5, B8, RFC 7323 §2 (against)
TEST(LateOptions, ChangeNothing) {
  Story story(testing::full_config());
  auto socket = established(story, "S 0:0(0) win 65535 <mss 1000>");
  story.inject("P. 1:11(10) ack 1 win 500 <mss 48,wscale 7,sackOK,TS val 9 ecr 0,nop>");
  story.expect(". 1:1(0) ack 11 <>", Why::QuickAck);
  EXPECT_EQ(story.connection()->snd_wnd, 500U);
  EXPECT_EQ(story.connection()->snd_mss, 1000U);
  story.inject("P. 21:31(10) ack 1 win 500");
  story.expect(". 1:1(0) ack 11 <>", Why::AckOutOfOrder);  // and no SACK
}

// Not delivered before the handshake is complete, and not acknowledged: the peer sends it again.
// Shows: B35
TEST(DataInASyn, IsLeftForLater) {
  Story story;
  story.listen(80);
  story.inject("S 0:100(100) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101");
  auto socket = story.accept();
  socket.read(100);
}

// B35, RFC 9293 §3.10.7.4: after the fifth step the ACK is a segment like any other.
// Shows: B35
TEST(ThirdAck, MayCarryDataAndFin) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject("FP. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 102");
  story.expect_state(TcpState::CloseWait);
  auto socket = story.accept();
  socket.read(100);
  socket.expect_end();
}

TEST(ThirdAck, MayBeLostWhenDataFollows) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject("P. 11:21(10) ack 1 win 65535");  // even with the first data segment
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.expect_state(TcpState::Established);
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 21", Why::AckFillsGap);
  auto socket = story.accept();
  socket.read(20);
}

// RFC 9293 §3.5, figure 8: an old duplicate SYN arrives first.
// Shows: B37
TEST(OldDuplicateSyn, IsTakenBackByThePeer) {
  Story story;
  story.listen(80);
  story.inject("S 90:90(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 91", Why::PassiveOpenReply);
  story.inject("R 91:91(0) win 0");
  story.expect_nothing();
  story.inject("S 100:100(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 101", Why::PassiveOpenReply);
  story.inject(". 101:101(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
}

// The same where the RST was lost: the true SYN finds a record. Whether in its window or not, the answer makes the peer
// send a RST that fits.
// Shows: B37
TEST(OldDuplicateSyn, DoesNotBlockTheTrueOne) {
  for (const std::uint32_t seq : {100U, 4000000U}) {
    Story story;
    story.listen(80);
    story.inject("S 90:90(0) win 65535 <mss 1000>");
    story.expect("S. 0:0(0) ack 91", Why::PassiveOpenReply);
    story.inject(fmt::format("S {0}:{0}(0) win 65535 <mss 1000>", seq));
    story.expect(". 1:1(0) ack 91");
    story.inject("R 91:91(0) win 0");
    story.inject(fmt::format("S {0}:{0}(0) win 65535 <mss 1000>", seq));
    story.expect(fmt::format("S. 0:0(0) ack {}", seq + 1), Why::PassiveOpenReply);
  }
}

// Repeated SYNs and what is out of place are answered ten times a second, all together.
// Shows: RFC 5961 §7, B28, B44
TEST(SynRecord, AnswersTenTimesASecond) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 70000:70000(0) ack 1 win 65535");
  story.expect_drop(Why::DropUnacceptable);
  story.expect(". 1:1(0) ack 1", Why::AckUnacceptable);
  story.inject("S 10:10(0) win 65535");
  story.expect_drop(Why::DropSynInConnection);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  for (int i = 0; i < 8; ++i) {
    story.inject("S 0:0(0) win 65535 <mss 1000>");
    story.expect("S. 0:0(0) ack 1", Why::SynAckRetransmit);
  }
  for (const std::string_view more : {"S 0:0(0) win 65535 <mss 1000>", "S 10:10(0) win 65535"}) {
    story.inject(more);
    story.expect_hold(Why::HoldChallengeLimit);
    story.expect_nothing();
  }
  story.advance(999ms);
  story.inject("S 10:10(0) win 65535");
  story.expect_nothing();
  story.expect_after(1ms, "S. 0:0(0) ack 1", Why::SynAckRetransmit);  // by its own timer
  story.inject("S 10:10(0) win 65535");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
}

// Shows: SHLD-2, RFC 5961 §3
TEST(SynRecord, TakesAResetByItsPlaceAlone) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject("R 0:10(10) win 0");  // its text reaches into the window
  story.expect_drop(Why::DropRstOutOfWindow);
  story.expect_nothing();
  story.inject("R 1:11(10) win 0");
  story.expect_state(TcpState::Closed);
}

TEST(SynRecord, HasNoUseForASegmentWithoutAck) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject("P 1:11(10) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_nothing();
  story.expect_state(TcpState::SynReceived);
}

// RFC 6298 §3 (MUST-18): an answer to one of two SYN-ACKs is no measurement.
// Shows: MUST-18
TEST(RoundTripTime, IsTakenFromTheHandshake) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.advance(300ms);
  story.inject(". 1:1(0) ack 1 win 65535");
  EXPECT_EQ(story.connection()->srtt, 300ms);
  EXPECT_EQ(story.connection()->rto, 300ms + 4 * 150ms);
}

// Shows: MUST-18 (against)
TEST(RoundTripTime, IsNotTakenFromARepeatedSynAck) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.advance(300ms);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject(". 1:1(0) ack 1 win 65535");
  EXPECT_EQ(story.connection()->srtt, 0ms);
}

// RFC 6298 §5.7, RFC 5681 §3.1: the timer had expired, so data begins with 3 s and one segment.
// Shows: RFC 6298 §5, RFC 5681 §3.1
TEST(LostSynAck, MakesDataBeginCarefully) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.expect_after(1s, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject(". 1:1(0) ack 1 win 65535");
  auto socket = story.accept();
  socket.write(3000);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect_hold(Why::HoldCongestionWindow);
  story.expect_nothing();
  story.expect_after(3s, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
}

// MUST-49.
// Shows: MUST-49, RFC 1122 §3.2.1.7
TEST(TimeToLive, IsConfigurable) {
  Config config = testing::plain_config();
  config.ttl = 9;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535");
  story.expect("[ttl 9] S. 0:0(0) ack 1");
}

// A listener leaves connections of its port alone; one for an address comes before one for all.
// Shows: MUST-41, MUST-41 (against), MUST-43
TEST(SecondListener, ForOneAddressComesFirst) {
  Story story;
  story.listen(80);
  auto everywhere = TcpListener::listen(story.stack(), {Ipv4Address(), 80}).value();
  EXPECT_EQ(TcpListener::listen(story.stack(), {Ipv4Address(), 80}).error(), Error::AddressInUse);
  story.inject("S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 1 win 65535");
  EXPECT_FALSE(everywhere.readiness().readable);
  auto first = story.accept();
  story.listener().close();
  story.inject("40001 > 80 S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 1 win 65535");
  auto second = everywhere.accept();
  ASSERT_TRUE(second);
  first.write(1);
  story.expect("80 > 40000 P. 1:2(1) ack 1");
  second->abort();
  story.settle();
  story.expect("80 > 40001 R. 1:1(0) ack 1", Why::ResetOnAbort);
}

}  // namespace
}  // namespace tunic
