// Recorded conversations and what the stack makes of them: what passes, where it parts, and what that looks like.
#include "replay/replay.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "written_capture.hpp"

namespace tunic::replay {
namespace {

using testing::HasSubstr;

constexpr Level kAll[] = {Level::Strict, Level::Semantic, Level::Outcome};

/// Up to the request; the server answers 50 ms later.
WrittenCapture opening() {
  WrittenCapture capture;
  capture.add(0.000, "< S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop>");
  capture.add(0.001, "> S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>");
  capture.add(0.020, "< . 1:1(0) ack 1 win 65535");
  capture.add(0.030, "< P. 1:101(100) ack 1 win 65535");
  capture.add(0.031, "> . 1:1(0) ack 101 win 65435");
  return capture;
}

/// The client closes first.
WrittenCapture conversation() {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.100, "< . 101:101(0) ack 301 win 65535");
  capture.add(0.120, "< F. 101:101(0) ack 301 win 65535");
  capture.add(0.121, "> F. 301:301(0) ack 102 win 65434");
  capture.add(0.170, "< . 102:102(0) ack 302 win 65535");
  return capture;
}

TEST(Replay, AConversationPassesAtEachLevel) {
  for (const Level level : kAll) {
    const Verdict verdict = replayed(conversation(), at(level));
    EXPECT_TRUE(verdict.passed) << verdict.ladder;
    EXPECT_EQ(verdict.local, "10.9.0.2");
    EXPECT_EQ(verdict.level, level);
  }
}

TEST(Replay, TheOtherHostTooWhereItIsNamed) {
  ReplayOptions options = at(Level::Outcome);
  options.local = "10.9.0.1";
  const Verdict verdict = replayed(conversation(), options);
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
}

TEST(Replay, InferredCallsAreTold) {
  EXPECT_THAT(replayed(conversation()).notes,
              testing::ElementsAre("calls of 10.9.0.1:40000-10.9.0.2:80, inferred:", "  0.000000 listen()",
                                   "  0.080000 write(300)", "  0.121000 close()"));
}

// Each has its own octets, though its ports are those of the one before.
TEST(Replay, PortsThatAreUsedAgainAreAnotherConnection) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.100, "< R. 101:101(0) ack 301 win 0");
  capture.add(0.200, "< S 100000:100000(0) win 65535 <mss 1000,sackOK,nop,nop>");
  capture.add(0.201, "> S. 200000:200000(0) ack 100001 win 65535 <mss 1460,nop,nop,sackOK>");
  capture.add(0.220, "< . 100001:100001(0) ack 200001 win 65535");
  capture.add(0.221, "> P. 200001:200101(100) ack 100001 win 65535");
  capture.add(0.240, "< R. 100001:100001(0) ack 200101 win 0");
  const Verdict verdict = replayed(capture, at(Level::Outcome));
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
}

// RFC 6675 §5: what the peer says of the stack's octets reaches it in the stack's own numbers, across their wrap.
TEST(Replay, SackBlocksArriveInLiveNumbers) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> . 1:1001(1000) ack 101 win 65435");
  capture.add(0.080, "> . 1001:2001(1000) ack 101 win 65435");
  capture.add(0.080, "> . 2001:3001(1000) ack 101 win 65435");
  capture.add(0.080, "> . 3001:4001(1000) ack 101 win 65435");
  capture.add(0.080, "> P. 4001:5001(1000) ack 101 win 65435");
  capture.add(0.100, "< . 101:101(0) ack 1 win 65535 <nop,nop,sack 1001:2001>");
  capture.add(0.100, "< . 101:101(0) ack 1 win 65535 <nop,nop,sack 1001:3001>");
  capture.add(0.101, "< . 101:101(0) ack 1 win 65535 <nop,nop,sack 1001:4001>");
  capture.add(0.101, "> . 1:1001(1000) ack 101 win 65435");
  capture.add(0.120, "< . 101:101(0) ack 5001 win 65535");
  for (const Level level : kAll) {
    const Verdict verdict = replayed(capture, at(level));
    EXPECT_TRUE(verdict.passed) << verdict.ladder;
  }
}

// RFC 2018 §4, RFC 2883: what is held beyond a hole, and what came twice, is part of what a receiver means.
TEST(Replay, WhatAReceiverReportsIsPartOfTheMeaning) {
  const auto reported = [](const char* held, const char* twice) {
    WrittenCapture capture = opening();
    capture.add(0.100, "< . 201:301(100) ack 1 win 65535");
    capture.add(0.100, fmt::format("> . 1:1(0) ack 101 win 65435 {}", held));
    capture.add(0.110, "< . 101:201(100) ack 1 win 65535");
    capture.add(0.110, "> . 1:1(0) ack 301 win 65235");
    capture.add(0.120, "< . 201:301(100) ack 1 win 65535");
    capture.add(0.120, fmt::format("> . 1:1(0) ack 301 win 65235 {}", twice));
    return capture;
  };
  const Verdict same = replayed(reported("<nop,nop,sack 201:301>", "<nop,nop,sack 201:301>"));
  EXPECT_TRUE(same.passed) << same.ladder;
  EXPECT_THAT(replayed(reported("", "<nop,nop,sack 201:301>")).reason,
              HasSubstr("201:301 is reported as held beyond a hole by the stack alone"));
  EXPECT_THAT(replayed(reported("<nop,nop,sack 201:301>", "")).reason,
              HasSubstr("201:301 is reported as a duplicate by the stack alone"));
  EXPECT_THAT(replayed(reported("<nop,nop,sack 201:401>", "<nop,nop,sack 201:301>")).reason,
              HasSubstr("201:401 is reported as held beyond a hole by the recorded host alone"));
}

// RFC 6298 §5: a retransmission by the timer is not one by acknowledgments.
TEST(Replay, ARetransmissionOfAnotherKindIsAnotherMeaning) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.100, "< . 101:101(0) ack 1 win 60000");
  capture.add(0.101, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.120, "< . 101:101(0) ack 301 win 65535");
  const Verdict verdict = replayed(capture);
  EXPECT_FALSE(verdict.passed);
  EXPECT_THAT(verdict.reason, HasSubstr("recorded 1:301 resent by what arrived, live nothing of it"));
}

TEST(Replay, ADivergenceIsALadderWithBothColumnsAndTheReason) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 102 win 65435");
  const Verdict verdict = replayed(capture, at(Level::Strict));
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.reason, "10.9.0.1:40000-10.9.0.2:80: acknowledgment: recorded 102, live 101");
  EXPECT_THAT(verdict.ladder, HasSubstr("    0.030000      4 < P. 1:101(100) ack 1 win 65535\n"));
  EXPECT_THAT(verdict.ladder, testing::ContainsRegex(
                                  "0.080000      6 ! P. 1:301\\(300\\) ack 102 win 65435 +P. 1:301\\(300\\) ack 101"));
  EXPECT_THAT(verdict.ladder, HasSubstr("the stack's reason: LastBufferedData (RFC 9293"));
}

// Where both say the same a mark stands for it, so that what differs can be seen.
TEST(Replay, OfALadderOnlyWhatDiffersIsShownTwice) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 102 win 65435");
  const Verdict verdict = replayed(capture, at(Level::Strict));
  EXPECT_THAT(verdict.ladder,
              testing::ContainsRegex("2 > S. 0:0\\(0\\) ack 1 win 65535 <mss 1460,nop,nop,sackOK> +=\n"));
}

// RFC 9293 §3.7.4: where the stack is silent, what keeps it from sending is its reason.
TEST(Replay, ALadderSaysWhyTheStackWaits) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.090, "> P. 301:401(100) ack 101 win 65435");
  capture.add(0.200, "< . 101:101(0) ack 401 win 65535");
  const Verdict verdict = replayed(capture, at(Level::Strict));
  EXPECT_THAT(verdict.reason, HasSubstr("the stack has sent nothing then"));
  EXPECT_THAT(verdict.ladder, testing::ContainsRegex("6? P. 301:401\\(100\\) ack 101 win 65435 +\\(nothing\\)"));
  EXPECT_THAT(verdict.ladder, HasSubstr("the stack's reason to wait: HoldNagle (RFC 9293"));
}

TEST(Replay, WhatTheHostDidNotSendIsADivergence) {
  WrittenCapture capture = opening();
  capture.add(0.120, "< F. 101:101(0) ack 1 win 65535");
  capture.add(0.500, "< F. 101:101(0) ack 1 win 65535");
  EXPECT_THAT(replayed(capture, at(Level::Strict)).reason, HasSubstr("the recorded host sent nothing more"));
}

// Linux tells its window in a RST of its own accord too; nobody reads it, so only strict asks for it.
TEST(Replay, TheWindowOfAResetIsForStrict) {
  for (const char* window : {"65435", "0"}) {
    WrittenCapture capture = opening();
    capture.add(0.080, fmt::format("> R. 1:1(0) ack 101 win {}", window));
    EXPECT_EQ(replayed(capture, at(Level::Strict)).reason.find("window: recorded 0, live 65") != std::string::npos,
              std::string_view(window) == "0");
    EXPECT_TRUE(replayed(capture, at(Level::Semantic)).passed);
  }
}

// The same for all levels that ask for times: within 4 ms, or an eighth of the time since something came.
TEST(Replay, TimesCountForTheMeaningToo) {
  WrittenCapture capture;
  capture.add(0.000, "< S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>");
  capture.add(0.005, "> S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>");
  ReplayOptions options = at(Level::Semantic);
  options.local = "10.9.0.2";
  EXPECT_THAT(replayed(capture, options).reason, HasSubstr("recorded at 0.005000, live at 0.000000"));
}

TEST(Replay, TimesCount) {
  WrittenCapture capture;
  capture.add(0.000, "< S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>");
  capture.add(0.005, "> S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>");
  ReplayOptions options = at(Level::Strict);
  options.local = "10.9.0.2";
  EXPECT_THAT(replayed(capture, options).reason, HasSubstr("time: recorded 0.005000, live 0.000000"));
}

TEST(Replay, ASidecarSaysWhoHowAndWhichCalls) {
  const Verdict verdict = replayed(conversation(), {}, R"({"replays": [{"local": "10.9.0.2", "level": "strict",
      "calls": [{"at": 0.021, "call": "accept"}, {"at": 0.08, "call": "write", "bytes": 200},
                {"at": 0.05, "call": "read", "bytes": 500}, {"at": 0.121, "call": "close"}]}]})");
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.level, Level::Strict);
  EXPECT_TRUE(verdict.notes.empty());
  EXPECT_THAT(verdict.reason, HasSubstr("octets of payload: recorded 300, live 200"));
}

// A busy host takes many frames at one instant: what it called is told by their order.
TEST(Replay, AnInferredCallComesBehindTheFramesAheadOfIt) {
  WrittenCapture capture = opening();
  capture.add(0.060, "< P. 101:201(100) ack 1 win 65535");
  capture.add(0.060, "> . 1:1(0) ack 201 win 65335");
  capture.add(0.060, "< F. 201:201(0) ack 1 win 65535");
  capture.add(0.060, "> F. 1:1(0) ack 202 win 65335");
  capture.add(0.080, "< . 202:202(0) ack 2 win 65535");
  const Verdict verdict = replayed(capture, at(Level::Semantic));
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
}

// In the recording all 200 octets were there at once: the application closes when it has had them, and not before.
TEST(Replay, ARecordedReadWaitsForAllOfItsOctets) {
  WrittenCapture capture = opening();
  capture.add(0.060, "< P. 101:201(100) ack 1 win 65535");
  capture.add(0.061, "> F. 1:1(0) ack 201 win 65335");
  capture.add(0.080, "< F. 201:201(0) ack 2 win 65535");
  capture.add(0.081, "> . 2:2(0) ack 202 win 65335");
  const Verdict verdict = replayed(capture, {}, R"({"replays": [{"local": "10.9.0.2", "level": "outcome", "reason": "-",
      "calls": [{"at": 0.021, "call": "accept"}, {"at": 0.04, "call": "read", "bytes": 200},
                {"at": 0.05, "call": "close"}]}]})");
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
}

/// A server that waits for a second request, and is reset.
WrittenCapture reset_while_reading() {
  WrittenCapture capture = opening();
  capture.add(0.100, "< R. 101:101(0) ack 1 win 0");
  return capture;
}

// The same end for the application: what its call was told (RFC 9293 §3.10.7.4, "connection reset").
TEST(Replay, TheErrorThatTheApplicationIsToldCounts) {
  const auto reason = [](const char* error) {
    const std::string sidecar = fmt::format(
        R"({{"replays": [{{"local": "10.9.0.2", "level": "outcome", "calls": [{{"at": 0.021, "call": "accept"}},
             {{"at": 0.03, "call": "read", "bytes": 100}}, {{"at": 0.1, "call": "read", "bytes": 1{}}}]}}]}})",
        error);
    return replayed(reset_while_reading(), {}, sidecar.c_str()).reason;
  };
  EXPECT_EQ(reason(R"(, "error": "ECONNRESET")"), "");
  EXPECT_EQ(reason(""), "");  // the RST explains it
  EXPECT_THAT(reason(R"(, "error": "ETIMEDOUT")"),
              HasSubstr("the error that the application is told: recorded ETIMEDOUT, live read: ECONNRESET"));
}

TEST(Replay, AnErrorWithoutACauseIsADivergence) {
  const Verdict verdict = replayed(conversation(), at(Level::Outcome), R"({"replays": [{"local": "10.9.0.2",
      "calls": [{"at": 0.021, "call": "accept"}, {"at": 0.08, "call": "write", "bytes": 300},
                {"at": 0.121, "call": "shutdown", "how": "write"}, {"at": 0.122, "call": "write", "bytes": 1}]}]})");
  EXPECT_THAT(verdict.reason, HasSubstr("is told write: EPIPE, of which the recording has no cause"));
}

TEST(Replay, SettingsAndOptionsOfTheSidecarCount) {
  const auto reason = [](const char* sidecar) {
    const auto verdicts = replay_capture(conversation().file(sidecar), {});
    return verdicts ? verdicts->front().reason : verdicts.error().reason;
  };
  EXPECT_THAT(reason(R"({"replays": [{"local": "10.9.0.2", "set": {"net.ipv4.tcp_sack": "0"}}]})"),
              HasSubstr("recorded SYN-ACK <mss 1460,nop,nop,sackOK>, live SYN-ACK <mss 1460>"));
  EXPECT_THAT(reason(R"({"replays": [{"local": "10.9.0.2", "set": {"net.ipv4.tcp_sock": "0"}}]})"),
              HasSubstr("there is no setting 'net.ipv4.tcp_sock'"));
  EXPECT_THAT(reason(R"({"replays": [{"local": "10.9.0.3"}]})"), HasSubstr("there is no host 10.9.0.3 in it"));
}

TEST(Replay, SeveralConnectionsAreToldApart) {
  WrittenCapture capture = opening();
  capture.client_port(40001);
  capture.add(0.040, "< S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop>");
  capture.add(0.041, "> S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>");
  capture.add(0.060, "< R. 1:1(0) ack 1 win 0");
  capture.client_port(40000);
  capture.add(0.080, "> P. 1:301(300) ack 102 win 65435");
  EXPECT_EQ(replayed(capture, at(Level::Strict)).reason,
            "10.9.0.1:40000-10.9.0.2:80: acknowledgment: recorded 102, live 101");
}

// Two stacks make the calls of both applications; what they say to each other is theirs.
TEST(Replay, TwoStacksConverseToTheSameEnd) {
  ReplayOptions options;
  options.mode = Mode::Converse;
  const Verdict verdict = replayed(conversation(), options);
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
  EXPECT_EQ(verdict.level, Level::Outcome);
  EXPECT_THAT(verdict.golden, HasSubstr(" > P. 1:301(300) ack 101 win 65435  LastBufferedData\n"));
}

TEST(Replay, TwoStacksDoNotEndAsWhoWasReset) {
  WrittenCapture capture = opening();
  capture.add(0.080, "> P. 1:301(300) ack 101 win 65435");
  capture.add(0.100, "< . 101:101(0) ack 301 win 65535");
  capture.add(0.101, "> R. 301:301(0) ack 103 win 65435");  // it acknowledges what the client never sent
  ReplayOptions options;
  options.mode = Mode::Converse;
  EXPECT_THAT(replayed(capture, options).reason, HasSubstr("the end of what it acknowledged: recorded 103, live 101"));
}

/// A datagram or an echo message, with its IP header in front and without a UDP checksum.
Octets datagram(bool from_client, std::uint8_t protocol, const Octets& content) {
  wire::Ipv4Header header{.protocol = protocol,
                          .source = Ipv4Address(10, 9, 0, from_client ? 1 : 2),
                          .destination = Ipv4Address(10, 9, 0, from_client ? 2 : 1)};
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + content.size());
  Octets packet(wire::kIpv4HeaderSize);
  wire::emit_ipv4(header, packet);
  return packet + content;
}

Octets echo(std::uint8_t type, std::uint16_t identifier) {
  Octets message(wire::kIcmpHeaderSize);
  const Octets data = octets({'p', 'i', 'n', 'g'});
  const std::span<const std::byte> pieces[] = {data};
  wire::emit_icmp({.type = type, .code = 0, .word1 = identifier, .word2 = 1}, pieces, message);
  return message + data;
}

constexpr std::uint8_t kIcmp = 1, kUdp = 17;

// RFC 792: who is asked answers by itself; who asks has an identifier of its own.
TEST(Replay, EchoOnBothSides) {
  WrittenCapture capture;
  capture.add_packet(0.000, datagram(true, kIcmp, echo(8, 77)));
  capture.add_packet(0.000, datagram(false, kIcmp, echo(0, 77)));
  for (const char* local : {"10.9.0.1", "10.9.0.2"}) {
    ReplayOptions options = at(Level::Strict);
    options.local = local;
    const Verdict verdict = replayed(capture, options);
    EXPECT_TRUE(verdict.passed) << verdict.ladder;
  }
}

// RFC 768, RFC 1122 §4.1.3.1: a datagram that is answered, and one to a port that nobody has.
TEST(Replay, DatagramsAndTheirErrors) {
  const auto udp = [](int from, int to, const Octets& data) {
    return octets({0, from, 0, to, 0, static_cast<int>(8 + data.size()), 0, 0}) + data;
  };
  WrittenCapture answered;
  answered.add_packet(0.000, datagram(true, kUdp, udp(50, 7, octets({1, 2, 3}))));
  answered.add_packet(0.002, datagram(false, kUdp, udp(7, 50, octets({1, 2, 3}))));
  ReplayOptions options = at(Level::Strict);
  options.local = "10.9.0.2";
  const Verdict verdict = replayed(answered, options);
  EXPECT_TRUE(verdict.passed) << verdict.ladder;
  EXPECT_THAT(verdict.notes, testing::Contains("  0.002000 sendto(3, 10.9.0.1:50)"));

  WrittenCapture refused;
  refused.add_packet(0.000, datagram(true, kUdp, udp(50, 9, octets({1, 2, 3}))));
  EXPECT_THAT(replayed(refused, options).reason, HasSubstr("the recorded host sent nothing more"));
}

/// The same octets with one changed in each segment of the server, in turn, and its checksum repaired.
TEST(Replay, AChangedAckOrFlagInAnySegmentOfTheHostIsFound) {
  const Recording whole = conversation().recording();
  int mutants = 0;
  for (std::size_t victim = 0; victim < whole.packets.size(); ++victim) {
    const Packet& packet = whole.packets[victim];
    if (packet.ip.source != Ipv4Address(10, 9, 0, 2)) continue;
    constexpr std::size_t kAckLow = 11, kFlags = 13;
    for (const auto& [at_octet, change] : {std::pair(kAckLow, 2), std::pair(kFlags, 1), std::pair(kFlags, 4)}) {
      WrittenCapture mutant;
      for (std::size_t i = 0; i < whole.packets.size(); ++i) {
        Octets octets = whole.packets[i].octets;
        if (i == victim) octets[packet.ip.header_size + at_octet] ^= static_cast<std::byte>(change);
        mutant.add_packet(std::chrono::duration<double>(whole.packets[i].at).count(), octets);
      }
      for (const Level level : {Level::Strict, Level::Semantic}) {
        const auto verdicts = replay_capture(mutant.file(), at(level));
        EXPECT_FALSE(verdicts && verdicts->front().passed)
            << "frame " << packet.frame << ", octet " << at_octet << ", " << to_string(level);
      }
      ++mutants;
    }
  }
  EXPECT_EQ(mutants, 12);
}

}  // namespace
}  // namespace tunic::replay
