// Where operating systems disagree about a segment: what RFCs leave free, and what some do all the same, is data of the
// profile. Each knob is shown both ways; the RFC's way, where nobody turns it, has its own story elsewhere too.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

template <typename Change>
Config with(Change change) {
  Config config = testing::plain_config();
  change(config.tcp);
  return config;
}

// ---- Ends ----

// FreeBSD: as long as our FIN is not acknowledged, every ACK repeats it, but for those to what may be forged.
TEST(AckInClosing, RepeatsTheFinWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.ack_repeats_fin = true; }));
  auto reached = reach(story, TcpState::FinWait1);
  story.inject("R 100:100(0) win 0");
  story.expect(". 2:2(0) ack 1", Why::ChallengeAckRst);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect("F. 1:1(0) ack 2", Why::AckRepeatsFin);
  story.expect_state(TcpState::Closing);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_state(TcpState::TimeWait);
}
TEST(AckInClosing, IsAnAckAlone) {
  Story story;
  auto reached = reach(story, TcpState::FinWait1);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 2:2(0) ack 2", Why::AckFin);
}
// The peer may acknowledge either sending: there is no RTT sample in it (RFC 6298 §3).
TEST(AckInClosing, WithTheFinIsNoRttSample) {
  Story story(with([](TcpConfig& c) { c.ack_repeats_fin = true; }));
  auto reached = reach(story, TcpState::FinWait1);
  const auto before = story.connection()->srtt;
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect("F. 1:1(0) ack 11", Why::AckRepeatsFin);
  story.advance(100ms);
  story.inject(". 11:11(0) ack 2 win 65535");
  story.expect_state(TcpState::FinWait2);
  EXPECT_EQ(story.connection()->srtt, before);
}

// Linux: EPIPE.
TEST(ResetInCloseWait, IsABrokenPipeWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.close_wait_reset_is_broken_pipe = true; }));
  auto reached = reach(story, TcpState::CloseWait);
  story.inject("R 2:2(0) win 0");
  reached.socket.expect_error(Error::BrokenPipe);
}
TEST(ResetInCloseWait, IsAReset) {
  Story story;
  auto reached = reach(story, TcpState::CloseWait);
  story.inject("R 2:2(0) win 0");
  reached.socket.expect_error(Error::ConnectionReset);
}

// RFC 1337 §3 is not what every host wants. Elsewhere than at RCV.NXT a RST ends nothing all the same.
// Shows: RFC 1337
TEST(ResetInTimeWait, EndsItWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.reset_ends_time_wait = true; }));
  auto reached = reach(story, TcpState::TimeWait);
  story.inject("R 3:3(0) win 0");
  story.expect_drop(Why::DropTimeWaitRst);
  story.expect_state(TcpState::TimeWait);
  story.inject("R 2:2(0) win 0");
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
}

// Shows: MAY-2, RFC 5961 §4
TEST(SynInTimeWait, ReopensNothingWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.reopen_time_wait = false; }));
  auto reached = reach(story, TcpState::TimeWait);
  story.inject("S 5000:5000(0) win 65535 <mss 1000>");
  story.expect(". 2:2(0) ack 2", Why::ChallengeAckSyn);
  story.expect_state(TcpState::TimeWait);
}
TEST(SynInTimeWait, MayGoUnanswered) {
  Story story(with([](TcpConfig& c) { c.time_wait_challenges_syn = false; }));
  auto reached = reach(story, TcpState::TimeWait);
  story.inject("S 2:2(0) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_nothing();
  story.inject("S 3:3(0) win 65535");
  story.expect("S. 0:0(0) ack 4", Why::PassiveOpenReply);
}
// Nobody listens: a SYN can't open anything, but it may end the wait.
TEST(SynInTimeWait, EndsItWithoutAListenerWhereSoSet) {
  for (const bool ends : {true, false}) {
    Story story(with([&](TcpConfig& c) { c.new_syn_always_ends_time_wait = ends; }));
    auto reached = reach(story, TcpState::TimeWait);
    story.listener().close();
    story.inject("S 5000:5000(0) win 65535 <mss 1000>");
    EXPECT_EQ(story.take_packet().empty(), !ends);  // the RST's numbers are nobody's: it has the SYN's alone
    story.expect_state(ends ? TcpState::Closed : TcpState::TimeWait);
  }
}
// RFC 6191 turned off: the number decides, whatever the timestamps say.
// Shows: RFC 6191
TEST(SynInTimeWait, IsNewByItsNumberAlone) {
  Story story(with([](TcpConfig& c) {
    c.timestamps = true;
    c.reopen_by_timestamp = false;
  }));
  auto socket = established(story, "S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 70 ecr 0>");
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 70 ecr 1>");
  socket.close();
  story.expect("F. 1:1(0) ack 1");
  story.inject("F. 1:1(0) ack 2 win 65535 <nop,nop,TS val 70 ecr 1>");
  story.expect(". 2:2(0) ack 2");
  story.inject("S 2:2(0) win 65535 <mss 1000,nop,nop,TS val 99 ecr 0>");
  story.expect(". 2:2(0) ack 2", Why::ChallengeAckSyn);
  story.inject("S 3:3(0) win 65535 <mss 1000,nop,nop,TS val 60 ecr 0>");
  story.expect("S. 0:0(0) ack 4", Why::PassiveOpenReply);
}

// ---- Old segments ----

// BSD trims a segment left of the window to nothing, and what is left of it is its acknowledgment.
TEST(OldSegment, HasAnAcknowledgmentThatCountsWhereSoSet) {
  for (const bool counts : {true, false}) {
    Story story(with([&](TcpConfig& c) { c.accept_old_acks = counts; }));
    auto reached = reach(story, TcpState::LastAck);
    story.inject(". 1:1(0) ack 2 win 65535");
    if (!counts) story.expect(". 2:2(0) ack 2", Why::AckUnacceptable);
    story.expect_nothing();
    story.expect_state(counts ? TcpState::Closed : TcpState::LastAck);
    if (!counts) story.inject(". 2:2(0) ack 2 win 65535");
  }
}

// Shows: MAY-12
TEST(OldAck, IsBelievedWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.insecure_ack = true; }));
  auto reached = reach(story, TcpState::Established);
  story.inject("P. 1:11(10) ack 2147483660 win 65535");
  story.expect(". 1:1(0) ack 11", Why::QuickAck);
  reached.socket.read(10);
}

TEST(MissingTimestamp, IsToleratedWhereSoSet) {
  for (const bool tolerated : {true, false}) {
    Story story(with([&](TcpConfig& c) {
      c.timestamps = true;
      c.tolerate_missing_timestamps = tolerated;
    }));
    auto socket = established(story, "S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 70 ecr 0>");
    story.inject("P. 1:11(10) ack 1 win 65535");
    if (tolerated) {
      story.expect(". 1:1(0) ack 11", Why::QuickAck);
      socket.read(10);
    } else {
      story.expect_drop(Why::DropNoTimestamp);
      story.expect_nothing();
    }
  }
}

// ---- SYN and FIN together ----

// Shows: B33
TEST(SynFin, OpensWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.syn_fin_opens = true; }));
  story.listen(80);
  story.inject("SF 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
}
// Shows: B33
TEST(SynFin, IsDroppedInEveryStateWhereSoSet) {
  const Config config = with([](TcpConfig& c) { c.drop_syn_fin = c.syn_fin_opens = true; });
  for (const TcpState state : {TcpState::Listen, TcpState::SynSent, TcpState::SynReceived, TcpState::Established,
                               TcpState::CloseWait, TcpState::LastAck, TcpState::TimeWait}) {
    Story story(config);
    auto reached = reach(story, state);
    story.inject("SF 5:5(0) win 65535 <mss 1000>");
    story.expect_drop(Why::DropSynFin);
    story.expect_nothing();
    if (state != TcpState::Listen) story.expect_state(state);
  }
}
TEST(SynFin, MeetingOurSynIsASyn) {
  Story story;
  auto reached = reach(story, TcpState::SynSent);
  story.inject("SF 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::SimultaneousOpenReply);
}

// ---- Listeners ----

TEST(SynAckInListen, IsIgnoredWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.listener_ignores_syn_ack = true; }));
  story.listen(80);
  story.inject("S. 0:0(0) ack 7 win 65535");
  story.expect_drop(Why::DropNotSyn);
  story.expect_nothing();
  story.inject(". 1:1(0) ack 7 win 65535");
  story.expect("R 7:7(0)", Why::ResetBadAckInListen);
}

// A SYN cache looks for a handshake's end before it looks at the window.
TEST(SynCache, LooksAtFlagsAndAckFirst) {
  Story story(with([](TcpConfig& c) { c.handshake_ack_first = true; }));
  auto reached = reach(story, TcpState::SynReceived);
  story.inject(". 70000:70000(0) ack 2 win 65535");
  story.expect("R 2:2(0)", Why::ResetBadAckInHandshake);
  story.inject("F 70000:70000(0) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_nothing();
  story.inject("S. 0:0(0) ack 1 win 65535");
  story.expect_nothing();
  story.inject("S 70000:70000(0) win 65535");
  story.expect("S. 0:0(0) ack 1", Why::SynAckRetransmit);
  story.inject(". 70000:70000(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckUnacceptable);
  story.inject("R 1:1(0) win 0");
  story.expect_state(TcpState::Closed);
}

// The same where the SYNs have crossed; and a SYN-ACK is acknowledged, though the handshake is complete without.
TEST(CrossedSyns, LookAtTheAcknowledgmentFirstWhereSoSet) {
  Story story(with([](TcpConfig& c) { c.handshake_ack_first = true; }));
  auto reached = reach_crossed(story);
  for (const std::string_view bad : {"S. 5:5(0) ack 2 win 65535", "F. 70000:70000(0) ack 2 win 65535"}) {
    story.inject(bad);
    story.expect_drop(Why::DropAckUnsent);
    story.expect("R 2:2(0)", Why::ResetBadAckInHandshake);
  }
  story.expect_state(TcpState::SynReceived);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  story.expect_state(TcpState::Established);
}

// ---- Closed ports ----

TEST(ClosedPort, MayBeSilent) {
  struct Case {
    Blackhole blackhole;
    bool syn_answered, ack_answered, listener_answers;
  };
  for (const Case c : {Case{Blackhole::Off, true, true, true}, Case{Blackhole::Syns, false, true, true},
                       Case{Blackhole::All, false, false, true}, Case{Blackhole::Listeners, false, false, false}}) {
    Story story(with([&](TcpConfig& config) { config.blackhole = c.blackhole; }));
    story.listen(80);
    story.inject("40000 > 81 S 0:0(0) win 65535");
    if (c.syn_answered) story.expect("R. 0:0(0) ack 1", Why::ResetNoConnection);
    if (!c.syn_answered) story.expect_drop(Why::DropBlackhole);
    story.inject("40000 > 81 . 1:1(0) ack 7 win 65535");
    if (c.ack_answered) story.expect("R 7:7(0)", Why::ResetNoConnection);
    if (!c.ack_answered) story.expect_drop(Why::DropBlackhole);
    story.inject("40000 > 80 . 1:1(0) ack 7 win 65535");
    if (c.listener_answers) story.expect("R 7:7(0)", Why::ResetBadAckInListen);
    story.expect_nothing();
  }
}

// ---- Opening ----

// Linux: the first four timeouts do not back off and do not count.
// Shows: MUST-23
TEST(SynTimeouts, AreLinearAtFirstWhereSoSet) {
  Story story(with([](TcpConfig& c) {
    c.syn_linear_timeouts = 4;
    c.syn_retransmits = 2;
  }));
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  for (const auto gap : {1s, 1s, 1s, 1s, 1s, 2s}) story.expect_after(gap, "S 0:0(0)", Why::SynRetransmit);
  story.advance(4s);
  story.expect_nothing();
  socket.expect_error(Error::TimedOut);
}

// An open with a limit of its own gives up there, between two SYNs.
TEST(Open, GivesUpAtItsLimit) {
  Story story(with([](TcpConfig& c) { c.open_limit = 5s; }));
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.expect_after(2s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(2s - 1ns);
  story.expect_state(TcpState::SynSent);
  story.advance(1ns);
  story.expect_nothing();
  socket.expect_error(Error::TimedOut);
}

// Options that a middle box does not let through must not keep us from connecting; what no SYN of ours offers is not
// agreed on either.
TEST(LaterSyns, HaveNoOptionsButTheMssWhereSoSet) {
  Config config = testing::full_config();
  config.tcp.syns_with_options = 2;
  Story story(config);
  auto socket = story.connect(80);
  const auto syn = [](int tick) {
    return fmt::format("S 0:0(0) <mss 1460,sackOK,TS val {} ecr 0,nop,wscale 3>", tick);
  };
  story.expect(syn(1), Why::ActiveOpen);
  story.expect_after(1s, syn(1001), Why::SynRetransmit);
  story.expect_after(2s, syn(3001), Why::SynRetransmit);
  story.expect_after(4s, "S 0:0(0) <mss 1460>", Why::SynRetransmit);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK,TS val 7 ecr 1,nop,wscale 2>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  story.inject(". 10:20(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
}

// ---- Inside one host ----

TEST(ConnectionWithOneself, WaitsAfterItsEndUnlessSetNotTo) {
  for (const bool waits : {true, false}) {
    Story story(with([&](TcpConfig& c) { c.time_wait_to_self = waits; }));
    auto listener = TcpListener::listen(story.stack(), {Ipv4Address(127, 0, 0, 1), 80}).value();
    auto client = TcpSocket::connect(story.stack(), {Ipv4Address(127, 0, 0, 1), 80}).value();
    story.settle();
    auto server = listener.accept().value();
    client.close();
    story.settle();
    server.close();
    story.settle();
    EXPECT_EQ(story.stack().info().time_wait, waits ? 1U : 0U);
    EXPECT_EQ(story.stack().info().connections.size(), waits ? 1U : 0U);
  }
}

// ---- An operator's hand ----

// tcpdrop, ss -K: the peer is reset, the owner learns of it.
TEST(Evicted, ConnectionResetsItsPeer) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  EXPECT_TRUE(story.stack().evict(story.connection()->number));
  story.settle();
  story.expect("R. 1:1(0) ack 1", Why::ResetOnAbort);
  reached.socket.expect_error(Error::ConnectionAborted);
  EXPECT_FALSE(story.stack().evict(12345));
}
TEST(Evicted, RecordsAreGone) {
  for (const TcpState state : {TcpState::SynReceived, TcpState::TimeWait, TcpState::SynSent}) {
    Story story;
    auto reached = reach(story, state);
    EXPECT_TRUE(story.stack().evict(story.connection()->number));
    story.settle();
    story.expect_nothing();
    story.expect_state(TcpState::Closed);
  }
}

}  // namespace
}  // namespace tunic
