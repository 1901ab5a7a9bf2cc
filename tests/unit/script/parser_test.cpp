// Scripts as data, and what is said about those that are none.
#include "script/parser.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace tunic::script {
namespace {

using namespace std::chrono_literals;

Script parsed(std::string_view text, const Definitions& definitions = {}) {
  auto script = parse_script("s.pkt", text, definitions);
  EXPECT_TRUE(script.has_value()) << script.error().to_string();
  return script ? std::move(*script) : Script{};
}

std::string error_of(std::string_view text) {
  const auto script = parse_script("s.pkt", text, {});
  return script ? "no error" : script.error().to_string();
}

const Call& call_of(const Script& script, std::size_t index = 0) {
  return std::get<Call>(script.events.at(index).action);
}

TEST(ParseScript, ReadsOptionsAndCommandsAroundTheEvents) {
  const Script script = parsed("--mtu=1400\n--strict_segments\n`sysctl -w a=1`\n0 `true`\n+1 close(3) = 0\n`true`");
  ASSERT_EQ(script.options.size(), 2U);
  EXPECT_EQ(script.options[0].name, "mtu");
  EXPECT_EQ(script.options[0].value, "1400");
  EXPECT_EQ(script.options[1].value, "");
  EXPECT_TRUE(script.init.has_value());
  EXPECT_EQ(script.events.size(), 2U);
  EXPECT_TRUE(script.cleanup.has_value());
}

TEST(ParseScript, ReadsTimes) {
  const Script script =
      parsed("0.1 `x` +.25 `x` + 0.5 `x` 1~2 > S 0:0(0) +1~+2.5 > S 0:0(0) * > S 0:0(0) +.000001 `x`");
  EXPECT_EQ(script.events[0].time.begin, 100ms);
  EXPECT_EQ(script.events[0].time.base, EventTime::Base::Absolute);
  EXPECT_EQ(script.events[1].time.begin, 250ms);
  EXPECT_EQ(script.events[1].time.base, EventTime::Base::Relative);
  EXPECT_EQ(script.events[2].time.begin, 500ms);
  EXPECT_EQ(script.events[3].time.end, Duration(2s));
  EXPECT_EQ(script.events[4].time.end, Duration(2500ms));
  EXPECT_EQ(script.events[5].time.base, EventTime::Base::Any);
  EXPECT_EQ(script.events[6].time.begin, 1us);
}

TEST(ParseScript, ReadsCalls) {
  const Script script = parsed(
      "0...0.2 read(4, ..., 0x10) = -1 EAGAIN (Resource temporarily unavailable)\n"
      "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0x02 (flags O_RDWR)\n"
      "+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{...,10},{...,20}],\n   msg_flags=0}, MSG_MORE) = 30\n"
      "+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1\n"
      "+0 write(4, \"abc\", 3) = 3");
  EXPECT_EQ(call_of(script, 0).returns, Duration(200ms));
  EXPECT_EQ(call_of(script, 0).error, "EAGAIN");
  EXPECT_EQ(call_of(script, 0).result.integer, -1);
  EXPECT_EQ(call_of(script, 0).arguments[2].integer, 16);
  EXPECT_EQ(call_of(script, 1).arguments[2].items.size(), 2U);
  EXPECT_EQ(call_of(script, 1).result.integer, 2);
  const Value& message = call_of(script, 2).arguments[1];
  ASSERT_NE(message.field("msg_iov"), nullptr);
  EXPECT_EQ(message.field("msg_iov")->items.size(), 2U);
  EXPECT_EQ(message.fields[1].size->integer, 2);
  EXPECT_EQ(call_of(script, 3).arguments[0].items[0].field("events")->text, "POLLIN");
  EXPECT_EQ(call_of(script, 4).arguments[1].text, "abc");
}

TEST(ParseScript, ReadsPacketsOfAllKinds) {
  const Script script = parsed(
      "0 < [ect0] P. 1:101(100) ack 1 win 500 <nop,nop,TS val 1 ecr 2>\n"
      "+0 > (tos 0x20) R. 0:0(0)! ack 1 win 0\n"
      "+0 > . ...(10) ack 1 <...>\n"
      "+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]\n"
      "+0 < icmp type_3 code_1 [udp(8)]\n"
      "+0 < udp(1000)\n"
      "+0 < S.5 0:0(0) ack 1 win 3 <02040000>/udp(1 > 2)");
  const auto& first = std::get<NotatedSegment>(std::get<Packet>(script.events[0].action).content);
  EXPECT_EQ(first.ecn, NotatedEcn::Ect0);
  const auto& second = std::get<NotatedSegment>(std::get<Packet>(script.events[1].action).content);
  EXPECT_TRUE(second.absolute_start);
  EXPECT_EQ(second.tos, 0x20);
  EXPECT_TRUE(std::get<NotatedSegment>(std::get<Packet>(script.events[2].action).content).any_start);
  const auto& icmp = std::get<IcmpPacket>(std::get<Packet>(script.events[3].action).content);
  EXPECT_EQ(icmp.type, 3);
  EXPECT_EQ(icmp.code, 4);
  EXPECT_EQ(icmp.mtu, 1200);
  EXPECT_EQ(icmp.length, 1460U);
  EXPECT_EQ(std::get<IcmpPacket>(std::get<Packet>(script.events[4].action).content).quote, IcmpPacket::Quote::Udp);
  EXPECT_EQ(std::get<UdpPacket>(std::get<Packet>(script.events[5].action).content).length, 1000U);
}

TEST(ParseScript, LeavesOutCommentsAndWhatIsNotDefined) {
  const Script script = parsed(
      "#!/usr/bin/env packetdrill\n// a comment with `ticks` and \"quotes\n/* and\n another */ 0 `a`// more\n"
      "#ifdef STANDARD\n+0 `b`\n#else\n+0 `c`\n#endif\n#ifndef STANDARD\n+0 `d`\n#endif\n+0 `http://e`",
      {{"STANDARD", ""}});
  ASSERT_EQ(script.events.size(), 3U);
  EXPECT_EQ(std::get<Command>(script.events[1].action).text, "b");
  EXPECT_EQ(std::get<Command>(script.events[2].action).text, "http://e");
  EXPECT_EQ(script.events[0].place.line, 4U);
}

TEST(ParseScript, PutsValuesInPlaceOfWords) {
  const Script script = parsed("0 write(FD, ..., SIZE) = SIZE", {{"FD", "4"}, {"SIZE", "1000"}});
  EXPECT_EQ(call_of(script).arguments[0].integer, 4);
  EXPECT_EQ(call_of(script).result.integer, 1000);
  const auto broken = parse_script("s.pkt", "0 write(FD, @)", {{"FD", "444444"}});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().place.column, 13U);  // as in the file, not as after the replacement
}

TEST(ParseScript, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(error_of("0 write(4, \"abc, 3) = 3\n"), "s.pkt:1:12: the text has no end: expected '\"'");
  EXPECT_EQ(error_of("0 write(4, \"abc\n\", 3) = 3\n"),
            "s.pkt:1:12: the text has no end: expected '\"' on the same line");
  EXPECT_EQ(error_of("\n0 `sysctl"), "s.pkt:2:3: a command begins here and has no end: expected '`'");
  EXPECT_EQ(error_of("0 `a`\n/* b"), "s.pkt:2:1: a comment begins here and has no end: expected '*/'");
  EXPECT_EQ(error_of("0 %{ a"), "s.pkt:1:3: a piece of code begins here and has no end: expected '}%'");
  EXPECT_EQ(error_of("0 < . 1:100(1000) ack 1 win 5"), "s.pkt:1:13: 1:100 are 99 octets");
  EXPECT_EQ(error_of("0 < . 1:99999(99998) ack 1 win 5"), "s.pkt:1:15: the length of the payload is at most 65535");
  EXPECT_EQ(error_of("0 < . 1:1(0) ack 1"), "s.pkt:1:19: a segment that comes in needs a window: expected 'win'");
  EXPECT_EQ(error_of("0 close(3)"), "s.pkt:1:11: expected '='");
  EXPECT_EQ(error_of("close(3) = 0"), "s.pkt:1:1: expected an event, which begins with its time: 0.1, +.1 or *");
  EXPECT_EQ(error_of("0 < icmp nonsense"),
            "s.pkt:1:10: expected the type of an ICMP message: unreachable, time_exceeded, …, or type_N");
  EXPECT_EQ(error_of("#ifdef A\n0 `a`"), "s.pkt:1:1: #ifdef without an #endif");
  EXPECT_EQ(error_of("#pragma\n0 `a`"), "s.pkt:1:1: expected #ifdef, #ifndef, or the #else or #endif of one");
  EXPECT_EQ(error_of(""), "s.pkt:1:1: expected an event: a script without any shows nothing");
}

TEST(ParseScript, ReadsDatagramsAndMessages) {
  const auto script =
      parse_script("s.pkt",
                   "0 > [ce] 8080 > 54321 udp(1000)\n+0 < (tos 0x20)(ttl 4) udp (5)\n"
                   "+0 > icmp unreachable port_unreachable [udp(5)]\n+0 < icmp time_exceeded ttl_exceeded\n");
  ASSERT_TRUE(script.has_value()) << script.error().to_string();
  const auto& out = std::get<UdpPacket>(std::get<Packet>(script->events[0].action).content);
  EXPECT_EQ(out.length, 1000U);
  EXPECT_EQ(out.head.ecn, NotatedEcn::Ce);
  EXPECT_EQ(out.head.source_port, Port{8080});
  EXPECT_EQ(out.head.destination_port, Port{54321});
  const auto& in = std::get<UdpPacket>(std::get<Packet>(script->events[1].action).content);
  EXPECT_EQ(in.head.tos, 0x20);
  EXPECT_EQ(in.head.ttl, 4);
  const auto& quoting = std::get<IcmpPacket>(std::get<Packet>(script->events[2].action).content);
  EXPECT_EQ(quoting.quote, IcmpPacket::Quote::Udp);
  EXPECT_EQ(quoting.length, 5U);
  const auto& plain = std::get<IcmpPacket>(std::get<Packet>(script->events[3].action).content);
  EXPECT_EQ(plain.quote, IcmpPacket::Quote::NotGiven);
  EXPECT_EQ(plain.type, 11);
}

TEST(ParseScript, RefusesDeepNesting) {
  const std::string text = "0 f(" + std::string(10000, '[');
  EXPECT_TRUE(error_of(text).contains("nested too deeply")) << error_of(text);
}

TEST(ParseScript, TakesLittleTimeForMuchNoise) {
  constexpr std::size_t kSize = 1'000'000;  // ten times as much goes through the tool, in tests/unit/tools
  for (const std::string_view piece :
       {"\x01\xff", "0 `a`\n", "0 close(3) = 0\n", "((((", "0 write(4, [1,1,1,", "a b "}) {
    std::string noise;
    while (noise.size() < kSize) noise += piece;
    const auto script = parse_script("noise.pkt", noise, {{"a", "bb"}});
    EXPECT_TRUE(script.has_value() || !script.error().message.empty());
  }
}

}  // namespace
}  // namespace tunic::script
