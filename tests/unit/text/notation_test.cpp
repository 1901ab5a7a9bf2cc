// packetdrill's notation of a segment, both ways.
#include "text/notation.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/bytes.hpp"

namespace tunic {
namespace {

using wire::OptionBytes;
using wire::TcpFlags;

std::string options_text(std::initializer_list<int> values) {
  return options_to_notation(test::bytes(values), 0);
}

NotatedSegment parsed(std::string_view text) {
  auto result = parse_segment(text);
  if (!result) {
    ADD_FAILURE() << "'" << text << "' column " << result.error().column << ": " << result.error().message;
    return {};
  }
  return *result;
}

std::string error_of(std::string_view text) {
  const auto result = parse_segment(text);
  if (result) return "no error";
  return std::to_string(result.error().column) + ": " + result.error().message;
}

TEST(ToNotation, CountsDataFromOneAcrossTheWrap) {
  const SegmentInfo segment{.seq = 0x00000063,
                            .ack = 0x80000001,
                            .flags = (TcpFlags::Psh | TcpFlags::Ack).bits(),
                            .window = 502,
                            .payload_size = 100,
                            .seq_base = 0xfffffffe,
                            .ack_base = 0x7fffffff};
  EXPECT_EQ(to_notation(segment), "P. 101:201(100) ack 2 win 502");
}

TEST(ToNotation, ShowsASynAsZero) {
  OptionBytes options;
  options.mss(1460);
  options.sack_permitted();
  options.timestamps({7, 0});
  options.nop();
  options.window_scale(7);
  const SegmentInfo segment{.seq = 0xffffffff,
                            .flags = TcpFlags(TcpFlags::Syn).bits(),
                            .window = 64240,
                            .options = options.bytes(),
                            .seq_base = 0xffffffff};
  EXPECT_EQ(to_notation(segment), "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7>");
}

TEST(ToNotation, ShowsAbsoluteNumbersWhereNoIsnIsKnown) {
  const SegmentInfo segment{
      .seq = 4294967290, .ack = 3, .flags = (TcpFlags::Rst | TcpFlags::Ack).bits(), .payload_size = 10};
  EXPECT_EQ(to_notation(segment), "R. 4294967290:4(10) ack 3 win 0");
}

TEST(ToNotation, ShowsSackBlocksInTheSpaceOfTheAcknowledgment) {
  OptionBytes options;
  options.nop();
  options.nop();
  options.sack(std::array{SeqRange{SeqNum(0xfffffff0 + 101), SeqNum(0xfffffff0 + 201)},
                          SeqRange{SeqNum(0xfffffff0 + 1), SeqNum(0xfffffff0 + 2)}});
  const SegmentInfo segment{.seq = 1000,
                            .ack = 0xfffffff1,
                            .flags = TcpFlags(TcpFlags::Ack).bits(),
                            .options = options.bytes(),
                            .seq_base = 999,
                            .ack_base = 0xfffffff0};
  EXPECT_EQ(to_notation(segment), ". 1:1(0) ack 1 win 0 <nop,nop,sack 101:201 1:2>");
}

TEST(ToNotation, ShowsFlagsInPacketdrillsOrder) {
  EXPECT_EQ(to_notation({.flags = 0x1ff}), "FSRP.UEWA 0:0(0) ack 0 win 0 urg 0");
  EXPECT_EQ(to_notation({.flags = 0}), "- 0:0(0) win 0");
  EXPECT_EQ(to_notation({.flags = 0xc2}), "SEW 0:0(0) win 0");
}

TEST(ToNotation, ShowsUrgentPointerAndEcn) {
  EXPECT_EQ(to_notation({.flags = 0x30, .urgent = 5, .tos = 2}), "[ect0] .U 0:0(0) ack 0 win 0 urg 5");
  EXPECT_EQ(to_notation({.flags = 0x10, .tos = 3}), "[ce] . 0:0(0) ack 0 win 0");
  EXPECT_EQ(to_notation({.flags = 0x10, .tos = 0x28}), "[tos 0x28] . 0:0(0) ack 0 win 0");
}

TEST(OptionsToNotation, NamesKnownOptions) {
  EXPECT_EQ(options_text({}), "");
  EXPECT_EQ(options_text({2, 4, 5, 0xb4, 4, 2, 0, 0}), "<mss 1460,sackOK,eol,eol>");
  EXPECT_EQ(options_text({1, 3, 3, 14}), "<nop,wscale 14>");
  EXPECT_EQ(options_text({8, 10, 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff, 1, 1}), "<TS val 7 ecr 4294967295,nop,nop>");
  EXPECT_EQ(options_text({34, 2, 34, 6, 1, 2, 3, 0xab}), "<FO,FO 010203ab>");
  EXPECT_EQ(options_text({254, 4, 0xf9, 0x89, 254, 6, 0xf9, 0x89, 1, 2}), "<FOEXP,FOEXP 0102>");
  EXPECT_EQ(options_text({19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}),
            "<md5 0102030405060708090a0b0c0d0e0f10>");
}

TEST(OptionsToNotation, NamesTheCountersOfAccurateEcn) {  // RFC 9768 §3.2.3: either order, and as many as fit
  EXPECT_EQ(options_text({172, 11, 0, 0, 1, 0, 1, 0, 0xff, 0xff, 0xff}), "<ECN e0b 1 ceb 256 e1b 16777215>");
  EXPECT_EQ(options_text({174, 8, 0, 0, 7, 0, 0, 0}), "<ECN e1b 7 ceb 0>");
  EXPECT_EQ(options_text({172, 2}), "<ECN>");
  EXPECT_EQ(options_text({172, 4, 0, 1}), "<kind 172 0x0001>");
}

TEST(OptionsToNotation, WritesUnknownOptionsByKind) {
  EXPECT_EQ(options_text({254, 4, 0xf9, 0x88, 30, 2, 1, 1}), "<kind 254 0xf988,kind 30,nop,nop>");
}

TEST(OptionsToNotation, WritesKnownKindsOfAnotherLengthByKind) {
  EXPECT_EQ(options_text({2, 3, 9, 1}), "<kind 2 0x09,nop>");
  EXPECT_EQ(options_text({5, 2, 4, 3, 0, 1, 1, 1}), "<kind 5,kind 4 0x00,nop,nop,nop>");
  EXPECT_EQ(options_text({5, 6, 1, 2, 3, 4, 8, 2}), "<kind 5 0x01020304,kind 8>");
}

TEST(OptionsToNotation, WritesWhatIsNoOptionAsOctets) {
  EXPECT_EQ(options_text({1, 2, 0, 7}), "<nop,0x020007>");      // length 0
  EXPECT_EQ(options_text({2, 1, 5, 0xb4}), "<0x020105b4>");     // length 1
  EXPECT_EQ(options_text({2, 5, 5, 0xb4}), "<0x020505b4>");     // beyond the end
  EXPECT_EQ(options_text({1, 1, 1, 2}), "<nop,nop,nop,0x02>");  // a kind as the very last octet
  EXPECT_EQ(options_text({0, 0, 2, 0}), "<eol,0x000200>");      // behind the end of the list
}

TEST(ParseSegment, ReadsAllParts) {
  const NotatedSegment segment =
      parsed("[ce,ttl 9] 40000 > 80 FP. 101:201(100)  ack 4294967295 win 0xff urg 3 <nop,nop,TS val 7 ecr 3>");
  EXPECT_EQ(segment.ecn, NotatedEcn::Ce);
  EXPECT_EQ(segment.ttl, 9);
  EXPECT_FALSE(segment.tos);
  EXPECT_EQ(segment.source_port, 40000);
  EXPECT_EQ(segment.destination_port, 80);
  EXPECT_EQ(segment.flags, TcpFlags::Fin | TcpFlags::Psh | TcpFlags::Ack);
  EXPECT_EQ(segment.start, 101U);
  EXPECT_EQ(segment.length, 100U);
  EXPECT_EQ(segment.ack, 4294967295U);
  EXPECT_EQ(segment.window, 255);
  EXPECT_EQ(segment.urgent, 3);
  EXPECT_EQ(segment.options_given, OptionsGiven::Exact);
  EXPECT_EQ(options_to_notation(segment.options.bytes(), 0), "<nop,nop,TS val 7 ecr 3>");
}

TEST(ParseSegment, LeavesEmptyWhatIsLeftOut) {
  const NotatedSegment segment = parsed("- 0:0(0)");
  EXPECT_EQ(segment.flags, TcpFlags());
  EXPECT_FALSE(segment.ecn || segment.tos || segment.ttl || segment.source_port || segment.destination_port);
  EXPECT_FALSE(segment.ack || segment.window || segment.urgent);
  EXPECT_EQ(segment.options_given, OptionsGiven::Absent);
}

TEST(ParseSegment, TellsAnyOptionsFromNone) {
  EXPECT_EQ(parsed(". 1:1(0) ack 1 <...>").options_given, OptionsGiven::Any);
  EXPECT_EQ(parsed(". 1:1(0) ack 1 <>").options_given, OptionsGiven::Exact);
  EXPECT_EQ(parsed(". 1:1(0) ack 1 <>").options.size(), 0U);
}

TEST(ParseSegment, ReadsEveryEcnName) {
  EXPECT_EQ(parsed("[ect0] . 1:1(0)").ecn, NotatedEcn::Ect0);
  EXPECT_EQ(parsed("[ect1] . 1:1(0)").ecn, NotatedEcn::Ect1);
  EXPECT_EQ(parsed("[ect01] . 1:1(0)").ecn, NotatedEcn::EitherEct);
  EXPECT_EQ(parsed("[noecn] . 1:1(0)").ecn, NotatedEcn::NotEct);
  EXPECT_EQ(parsed("[tos 0x2a] . 1:1(0)").tos, 0x2a);
}

TEST(ParseSegment, ReadsNumbersAcrossTheWrap) {
  const NotatedSegment segment = parsed("P. 4294967290:4(10) ack 1 win 1");
  EXPECT_EQ(segment.start, 4294967290U);
  EXPECT_EQ(segment.length, 10U);
}

TEST(ParseSegment, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(error_of(""), "1: expected flags: letters of F S R P . U E W A, or - for none");
  EXPECT_EQ(error_of("S. 0:0(0) ack"), "14: expected the acknowledgment");
  EXPECT_EQ(error_of("S 0:0(1)"), "7: 0:0 are 0 octets");
  EXPECT_EQ(error_of("S 0:0(0) win 65536"), "14: the window is at most 65535");
  EXPECT_EQ(error_of("S 0-0(0)"), "4: expected ':'");
  EXPECT_EQ(error_of("-S 0:0(0)"), "1: '-' stands for no flags and takes no company");
  EXPECT_EQ(error_of("S 0:0(0) win 1 <mss 1460,sackOK>"),
            "32: options take 6 octets: fill them up to a multiple of four with nop or eol");
  EXPECT_EQ(error_of("S 0:0(0) win 1 <foo>"),
            "17: expected an option: mss, nop, eol, wscale, sackOK, sack, TS, FO, FOEXP, md5, ECN, kind or 0x");
  EXPECT_EQ(error_of("S 0:0(0) win 1 <sackOK,"),
            "24: expected an option: mss, nop, eol, wscale, sackOK, sack, TS, FO, FOEXP, md5, ECN, kind or 0x");
  EXPECT_EQ(error_of("S 0:0(0) win 1 <0x012>"), "19: hexadecimal digits come in pairs");
  EXPECT_EQ(error_of("S 0:0(0) win 1 ack 2"), "16: expected the end of the segment");
  EXPECT_EQ(error_of("[ect2] S 0:0(0)"), "2: expected one of ect0, ect1, ect01, noecn, ce, tos and ttl");
  EXPECT_EQ(error_of("40000 S 0:0(0)"), "7: expected '>'");
  EXPECT_EQ(error_of(". 1:1(0) ack 1 <sack 1:2 3:4 5:6 7:8 9:10>"), "38: a segment has room for four SACK blocks");
  EXPECT_EQ(error_of(". 1:1(0) ack 1 <TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1>"),
            "91: options take more than 40 octets");
}

TEST(ParseSegment, StopsBehindTheSegmentInALargerText) {
  NotationScanner scanner("< S 0:0(0) win 1 <mss 1460> // the peer opens");
  ASSERT_TRUE(scanner.take("<"));
  const NotatedSegment segment = parse_segment(scanner);
  EXPECT_FALSE(scanner.failed());
  EXPECT_EQ(segment.options.size(), 4U);
  EXPECT_TRUE(scanner.take("//"));
}

TEST(RebaseOptions, MovesBlocksAndTimestampsAndNothingElse) {
  const NotatedSegment segment = parsed(". 1:1(0) ack 1 <mss 1460,TS val 1 ecr 2,sack 101:201>");
  const OptionBytes live =
      rebase_options(segment.options.bytes(), {.sack = 0xffffff9c, .ts_value = 10, .ts_echo = 0xffffffff});
  EXPECT_EQ(options_to_notation(live.bytes(), 0), "<mss 1460,TS val 11 ecr 1,sack 1:101>");
  EXPECT_EQ(options_to_notation(live.bytes(), 0xffffff9c), "<mss 1460,TS val 11 ecr 1,sack 101:201>");
}

TEST(RebaseOptions, LeavesMalformedOptionsAlone) {
  for (const auto& broken :
       {test::bytes({5, 200, 1, 2, 3, 4, 5, 6}), test::bytes({8, 0, 1, 2}), test::bytes({5, 6, 1, 2, 3, 4, 8, 2}),
        test::bytes({1, 1, 1, 5}), test::bytes({0, 5, 10, 1}), test::bytes({2, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8})}) {
    EXPECT_TRUE(std::ranges::equal(rebase_options(broken, {1, 1, 1}).bytes(), broken));
  }
}

TEST(Notation, RoundTripsWellFormedOptions) {
  EXPECT_TRUE(rc::check("options survive, whatever the bases", [] {
    OptionBytes options;
    const auto number = [] { return *rc::gen::arbitrary<std::uint32_t>(); };
    for (const int kind : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6))) {
      if (kind == 0) options.nop();
      if (kind == 1) options.mss(static_cast<std::uint16_t>(number()));
      if (kind == 2) options.window_scale(static_cast<std::uint8_t>(number()));
      if (kind == 3) options.sack_permitted();
      if (kind == 4) options.timestamps({number(), number()});
      if (kind == 5) options.sack(std::array{SeqRange{SeqNum(number()), SeqNum(number())}});
    }
    options.pad();
    const std::uint32_t base = number();
    const auto back = parse_segment(". 1:1(0) ack 1 " + options_to_notation(options.bytes(), base));
    RC_ASSERT(back.has_value());
    RC_ASSERT(std::ranges::equal(rebase_options(back->options.bytes(), {.sack = base}).bytes(), options.bytes()));
  }));
}

// Whatever a segment is, its notation tells all of it.
TEST(Notation, RoundTripsAnySegment) {
  EXPECT_TRUE(rc::check("parse_segment(to_notation(s)) is s", [] {
    const auto words = *rc::gen::inRange(0, 11);
    const auto option_octets = *rc::gen::container<std::vector<std::uint8_t>>(
        static_cast<std::size_t>(words * 4), rc::gen::weightedOneOf<std::uint8_t>({
                                                 {3, rc::gen::inRange<std::uint8_t>(0, 11)},
                                                 {1, rc::gen::arbitrary<std::uint8_t>()},
                                             }));
    const auto options = std::as_bytes(std::span(option_octets));
    const SegmentInfo segment{.seq = *rc::gen::arbitrary<std::uint32_t>(),
                              .ack = *rc::gen::arbitrary<std::uint32_t>(),
                              .flags = *rc::gen::inRange<std::uint16_t>(0, 0x200),
                              .window = *rc::gen::arbitrary<std::uint16_t>(),
                              .urgent = *rc::gen::arbitrary<std::uint16_t>(),
                              .payload_size = *rc::gen::inRange<std::uint32_t>(0, 65536),
                              .options = options,
                              .seq_base = *rc::gen::arbitrary<std::uint32_t>(),
                              .ack_base = *rc::gen::arbitrary<std::uint32_t>(),
                              .tos = *rc::gen::inRange<std::uint8_t>(0, 4)};
    const auto back = parse_segment(to_notation(segment));
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->start == segment.seq - segment.seq_base);
    RC_ASSERT(back->length == segment.payload_size);
    RC_ASSERT(back->flags.bits() == segment.flags);
    RC_ASSERT(back->window == segment.window);
    RC_ASSERT(back->urgent.value_or(0) == segment.urgent);
    RC_ASSERT(!back->flags.ack() || back->ack == segment.ack - segment.ack_base);
    RC_ASSERT(static_cast<std::uint8_t>(back->ecn.value_or(NotatedEcn::NotEct)) == segment.tos);
    const OptionBytes live = rebase_options(back->options.bytes(), {.sack = segment.ack_base});
    RC_ASSERT(std::ranges::equal(live.bytes(), segment.options));
  }));
}

TEST(ParseSegment, SurvivesAnyText) {
  EXPECT_TRUE(rc::check("no text is too strange", [] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("FSRP.UEWA-0123456789:() <>[],ackwinurgtosTSvalecrmssnopeolsackOKkindx\xff")));
    const auto result = parse_segment(text);
    if (!result) RC_ASSERT(!result.error().message.empty() && result.error().column <= text.size() + 1);
  }));
}

}  // namespace
}  // namespace tunic
