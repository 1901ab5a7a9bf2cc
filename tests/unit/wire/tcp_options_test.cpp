// TCP options: what is written is read, libtins agrees, and no malformed option is believed, or read beyond its end.
#include "wire/tcp_options.hpp"

#include <tins/tcp.h>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::wire {
namespace {

using test::any_in;
using test::Bytes;

/// Parses from a buffer of exactly this size, so that the address sanitizer sees a read beyond it.
TcpOptions parse(std::initializer_list<int> values) {
  const Bytes exact = test::bytes(values);
  return parse_tcp_options(exact);
}

bool says_nothing(const TcpOptions& options) {
  return !options.mss && !options.window_scale && !options.sack_permitted && !options.timestamps &&
         options.sack_count == 0;
}

TEST(TcpOptions, OfALinuxSynAreReadBackByLibtins) {
  OptionBytes options;
  EXPECT_TRUE(options.mss(1460) && options.sack_permitted() && options.timestamps({0xfffffffe, 7}) && options.nop() &&
              options.window_scale(7));
  EXPECT_EQ(options.size(), 20U);
  Bytes bytes(kTcpHeaderSize);
  emit_tcp({.header_size = 40, .flags = TcpFlags::Syn}, bytes);
  bytes.insert(bytes.end(), options.bytes().begin(), options.bytes().end());
  const Tins::TCP tcp(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  EXPECT_EQ(tcp.mss(), 1460);
  EXPECT_TRUE(tcp.has_sack_permitted());
  EXPECT_EQ(tcp.timestamp(), std::make_pair(0xfffffffeU, 7U));
  EXPECT_EQ(tcp.winscale(), 7);
}

TEST(TcpOptions, OfLibtinsAreRead) {
  Tins::TCP tcp;
  tcp.mss(65495);
  tcp.winscale(14);
  tcp.sack_permitted();
  tcp.timestamp(1, 0x80000000);
  const Bytes bytes = test::bytes(tcp.serialize());
  const TcpOptions options = parse_tcp_options(std::span(bytes).subspan(kTcpHeaderSize));
  EXPECT_EQ(options.mss, 65495);
  EXPECT_EQ(options.window_scale, 14);
  EXPECT_TRUE(options.sack_permitted);
  EXPECT_EQ(options.timestamps, (Timestamps{1, 0x80000000}));
  EXPECT_FALSE(options.malformed);
}

TEST(TcpOptions, SackBlocksOfLibtinsAreRead) {
  Tins::TCP tcp;
  tcp.sack({0xfffffff0, 0x10, 0x7fffffff, 0x80000001});
  const Bytes bytes = test::bytes(tcp.serialize());
  const TcpOptions options = parse_tcp_options(std::span(bytes).subspan(kTcpHeaderSize));
  ASSERT_EQ(options.sack_count, 2);
  EXPECT_EQ(options.sack_blocks()[0], (SeqRange{SeqNum(0xfffffff0), SeqNum(0x10)}));
  EXPECT_EQ(options.sack_blocks()[1], (SeqRange{SeqNum(0x7fffffff), SeqNum(0x80000001)}));
}

RC_GTEST_PROP(TcpOptions, WhatIsWrittenIsRead, (std::uint16_t mss, std::uint8_t shift, std::uint32_t value)) {
  OptionBytes written;
  TcpOptions expected;
  for (int steps = any_in(0, 8); steps > 0; --steps) {
    switch (any_in(0, 6)) {
      case 0:
        if (written.mss(mss)) expected.mss = mss;
        break;
      case 1:
        if (written.window_scale(shift)) expected.window_scale = shift;
        break;
      case 2:
        if (written.sack_permitted()) expected.sack_permitted = true;
        break;
      case 3:
        if (written.timestamps({value, ~value})) expected.timestamps = Timestamps{value, ~value};
        break;
      case 4: {
        const std::vector<SeqRange> blocks(any_in<std::size_t>(1, 5), SeqRange{SeqNum(value), SeqNum(value + 9)});
        if (written.sack(blocks) && expected.sack_count == 0) {
          expected.sack_count = static_cast<std::uint8_t>(blocks.size());
          std::ranges::copy(blocks, expected.sack.begin());
        }
        break;
      }
      default:
        written.nop();
    }
  }
  written.pad();
  RC_ASSERT(written.size() % 4 == 0 && written.size() <= kTcpMaxOptionsSize);
  const TcpOptions read = parse_tcp_options(written.bytes());
  RC_ASSERT(!read.malformed);
  RC_ASSERT(read.mss == expected.mss && read.window_scale == expected.window_scale);
  RC_ASSERT(read.sack_permitted == expected.sack_permitted);
  RC_ASSERT((read.timestamps == expected.timestamps));
  RC_ASSERT(std::ranges::equal(read.sack_blocks(), expected.sack_blocks()));
}

TEST(OptionBytes, AppendsNothingWhereThereIsNoRoom) {
  OptionBytes options;
  const std::vector<SeqRange> four(4);
  EXPECT_FALSE(options.sack(std::vector<SeqRange>(5)));
  EXPECT_TRUE(options.sack(four));
  EXPECT_EQ(options.room(), 6U);
  EXPECT_FALSE(options.timestamps({1, 2}));
  EXPECT_FALSE(options.raw(Bytes(7)));
  EXPECT_EQ(options.size(), 34U);
  EXPECT_TRUE(options.mss(1) && options.nop() && options.nop());
  EXPECT_FALSE(options.nop());
}

// Shows: MUST-69
TEST(OptionBytes, PadsWithZeros) {
  OptionBytes options;
  options.window_scale(3);
  options.pad();
  EXPECT_TRUE(std::ranges::equal(options.bytes(), test::bytes({3, 3, 3, 0})));
  options.pad();
  EXPECT_EQ(options.size(), 4U);
}

TEST(OptionBytes, TakesNoMoreThanFortyOctets) {
  EXPECT_EQ(OptionBytes(test::pattern(41)).size(), 40U);
}

// Shows: MUST-4, MUST-5
TEST(TcpOptions, EndStopsAndNopDoesNot) {
  EXPECT_EQ(parse({1, 1, 2, 4, 5, 180, 1, 0}).mss, 1460);
  EXPECT_TRUE(says_nothing(parse({0, 2, 4, 5, 180})));
  EXPECT_FALSE(parse({0, 2, 4, 5, 180}).malformed);
}

// Shows: MUST-6, MUST-68
TEST(TcpOptions, UnknownOnesAreSkippedByTheirLength) {
  const TcpOptions options = parse({99, 2, 254, 6, 1, 2, 3, 4, 2, 4, 5, 180});
  EXPECT_EQ(options.mss, 1460);
  EXPECT_FALSE(options.malformed);
}

TEST(TcpOptions, OfTwoTheFirstCounts) {
  EXPECT_EQ(parse({2, 4, 5, 180, 2, 4, 0, 1}).mss, 1460);
  EXPECT_EQ(parse({3, 3, 7, 3, 3, 2}).window_scale, 7);
  EXPECT_EQ(parse({8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 8, 10, 0, 0, 0, 3, 0, 0, 0, 4}).timestamps, (Timestamps{1, 2}));
}

// Shows: B3, MUST-7
TEST(TcpOptions, MalformedOnesAreAsIfAbsentAndStopTheParsing) {
  const std::vector<Bytes> malformed{
      test::bytes({2}),             // a kind as the very last octet
      test::bytes({2, 0, 5, 180}),  // length 0
      test::bytes({2, 1, 5, 180}),  // length 1
      test::bytes({2, 2}),          // an MSS without its value
      test::bytes({2, 3, 5}),
      test::bytes({2, 5, 5, 180, 0}),
      test::bytes({2, 4, 5}),         // beyond the end
      test::bytes({2, 255, 5, 180}),  // far beyond
      test::bytes({3, 2}),            // a window scale without its value
      test::bytes({3, 4, 7, 7}),
      test::bytes({4, 3, 0}),  // SACK permitted has no value
      test::bytes({5, 2}),     // SACK without a block
      test::bytes({5, 3, 0}),
      test::bytes({5, 9, 0, 0, 0, 1, 0, 0, 0}),
      test::bytes({5, 41, 0, 0, 0, 1, 0, 0, 0, 2}),
      test::bytes({8, 2}),  // timestamps without values
      test::bytes({8, 9, 0, 0, 0, 1, 0, 0, 0}),
      test::bytes({8, 10, 0, 0, 0, 1, 0, 0, 0}),  // one octet too few is there
      test::bytes({99, 0}),                       // the same for an unknown kind
      test::bytes({99, 1}),
      test::bytes({99, 3}),
      test::bytes({99}),
  };
  for (const Bytes& bad : malformed) {
    const TcpOptions alone = parse_tcp_options(bad);
    EXPECT_TRUE(alone.malformed && says_nothing(alone)) << static_cast<int>(bad[0]) << ' ' << bad.size();
    const Bytes after_mss = test::join({test::bytes({2, 4, 5, 180, 1}), bad});
    EXPECT_EQ(parse_tcp_options(after_mss).mss, 1460) << "what came before counts";
  }
  const TcpOptions rest = parse({3, 4, 7, 7, 2, 4, 5, 180});
  EXPECT_TRUE(says_nothing(rest)) << "what comes after does not";
}

// Shows: B7
TEST(TcpOptions, WindowScalesAboveFourteenArePassedOnAsTheyAre) {
  EXPECT_EQ(parse({3, 3, 255}).window_scale, 255);
  EXPECT_EQ(WindowScale(*parse({3, 3, 255}).window_scale).shift(), 14);
}

RC_GTEST_PROP(TcpOptions, RandomBytesAreReadSafely, (const std::vector<std::uint8_t>& random)) {
  Bytes bytes = test::bytes(random);
  for (std::byte& octet : bytes) {  // mostly what looks like options
    if (any_in(0, 3) > 0) octet = static_cast<std::byte>(any_in(0, 12));
  }
  const TcpOptions options = parse_tcp_options(bytes);
  RC_ASSERT(options.sack_count <= 4);
  const TcpOptions again = parse_tcp_options(std::span(bytes).first(std::min<std::size_t>(bytes.size(), 40)));
  RC_ASSERT(again.malformed == options.malformed && again.mss == options.mss);
}

}  // namespace
}  // namespace tunic::wire
