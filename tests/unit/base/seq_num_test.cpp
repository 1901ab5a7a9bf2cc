// Sequence arithmetic modulo 2^32 (RFC 9293 §3.4), everywhere and around the two places where it goes wrong.
#include "base/seq_num.hpp"

#include "tests/support/property.hpp"

namespace tunic {
namespace {

// Shows: B50
TEST(SeqNum, ComparesAcrossTheWrap) {
  for (const std::uint32_t start : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xfffffff0U, 0xffffffffU}) {
    const SeqNum seq(start);
    EXPECT_TRUE(before(seq, seq + 1)) << start;
    EXPECT_TRUE(before(seq, seq + 0x7fffffff)) << start;
    EXPECT_TRUE(after(seq, seq - 1)) << start;
    EXPECT_TRUE(after(seq, seq - 0x7fffffff)) << start;
    EXPECT_TRUE(at_or_before(seq, seq) && at_or_after(seq, seq)) << start;
    EXPECT_FALSE(before(seq, seq) || after(seq, seq)) << start;
  }
}

TEST(SeqNum, WindowMayWrap) {
  const SeqNum start(0xfffffffe);
  EXPECT_TRUE(in_window(start, start, 4));
  EXPECT_TRUE(in_window(SeqNum(1), start, 4));
  EXPECT_FALSE(in_window(SeqNum(2), start, 4));
  EXPECT_FALSE(in_window(start - 1, start, 4));
  EXPECT_FALSE(in_window(start, start, 0));
}

TEST(SeqRange, MayWrap) {
  const SeqRange range{SeqNum(0xffffff00), SeqNum(0x10)};
  EXPECT_EQ(range.length(), 0x110U);
  EXPECT_TRUE(range.contains(SeqNum(0)));
  EXPECT_FALSE(range.contains(SeqNum(0x10)));
  EXPECT_FALSE(range.empty());
  EXPECT_TRUE((SeqRange{SeqNum(7), SeqNum(7)}.empty()));
}

RC_GTEST_PROP(SeqNum, DistanceIsWhatWasAdded, (std::uint32_t start)) {
  const auto distance = test::any_in<std::int64_t>(-0x7fffffff, 0x80000000);  // less than 2^31 apart
  const SeqNum from(start);
  const SeqNum to = from + static_cast<std::uint32_t>(distance);
  RC_ASSERT(to - from == distance);
  RC_ASSERT(before(from, to) == (distance > 0));
  RC_ASSERT(after(to, from) == (distance > 0));
  RC_ASSERT(at_or_before(from, to) == (distance >= 0));
  RC_ASSERT(at_or_after(to, from) == (distance >= 0));
}

RC_GTEST_PROP(SeqNum, EarlierAndLaterAreTheTwo, (std::uint32_t start)) {
  const SeqNum a(start);
  const SeqNum b = a + test::any_in<std::uint32_t>(0, 0x7fffffff);
  RC_ASSERT(earlier_of(a, b) == a && earlier_of(b, a) == a);
  RC_ASSERT(later_of(a, b) == b && later_of(b, a) == b);
}

}  // namespace
}  // namespace tunic
