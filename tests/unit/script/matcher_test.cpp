// What is compared, and what only if the script gives it.
#include "script/matcher.hpp"

#include <gtest/gtest.h>

namespace tunic::script {
namespace {

constexpr std::uint32_t kStackIsn = 0x7fffff80;
constexpr std::uint32_t kPeerIsn = 0xffffff80;

class MatcherTest : public ::testing::Test {
 protected:
  MatcherTest() {
    flow.stack_isn = kStackIsn;
    flow.peer_isn = kPeerIsn;
  }

  /// A live segment that is what is written, in numbers of the wire.
  Segment live(std::string_view text) {
    const NotatedSegment written = notated(text);
    Segment segment;
    segment.seq = SeqNum(kStackIsn + written.start);
    segment.ack = SeqNum(written.ack ? kPeerIsn + *written.ack : 0);
    segment.flags = written.flags;
    segment.wnd = RawWindow{written.window.value_or(500)};
    segment.up = written.urgent.value_or(0);
    segment.tos = written.tos.value_or(0);
    segment.ttl = written.ttl.value_or(64);
    segment.options = rebase_options(written.options.bytes(), {.sack = kPeerIsn});
    const std::vector<std::byte> zeros(written.length);
    if (!zeros.empty()) segment.payload.push_back(pool.copy(zeros));
    return segment;
  }
  static NotatedSegment notated(std::string_view text) {
    auto segment = parse_segment(text);
    EXPECT_TRUE(segment.has_value()) << text;
    return segment.value_or(NotatedSegment{});
  }
  std::size_t count(std::string_view written, std::string_view actual, const MatchRules& rules = {}) {
    return differences(notated(written), live(actual), flow, rules).size();
  }

  BlockPool pool;
  Flow flow;
};

TEST_F(MatcherTest, FindsNoDifferenceWhereThereIsNone) {
  EXPECT_EQ(count("P. 1:101(100) ack 201 win 500", "P. 1:101(100) ack 201 win 500"), 0U);
  EXPECT_EQ(count(". 129:129(0) ack 129 <nop,nop,sack 201:301>", ". 129:129(0) ack 129 <nop,nop,sack 201:301>"), 0U);
}

TEST_F(MatcherTest, ComparesEachField) {
  constexpr std::string_view kWritten = ". 1:101(100) ack 201 win 500";
  EXPECT_EQ(count(kWritten, "P. 1:101(100) ack 201 win 500"), 1U);
  EXPECT_EQ(count(kWritten, ". 2:102(100) ack 201 win 500"), 1U);
  EXPECT_EQ(count(kWritten, ". 1:102(101) ack 201 win 500"), 1U);
  EXPECT_EQ(count(kWritten, ". 1:101(100) ack 202 win 500"), 1U);
  EXPECT_EQ(count(kWritten, ". 1:101(100) ack 201 win 501"), 1U);
  EXPECT_EQ(count(kWritten, ". 1:101(100) ack 201 win 500 urg 1"), 1U);
  EXPECT_EQ(count(kWritten, ". 1:101(100) ack 201 win 500 <nop,nop,nop,nop>"), 1U);
  EXPECT_EQ(count("[tos 0x20] . 1:1(0) ack 1", "[tos 0x24] . 1:1(0) ack 1"), 1U);
  EXPECT_EQ(count("[ect0] . 1:1(0) ack 1", ". 1:1(0) ack 1"), 1U);
  EXPECT_EQ(count("[ttl 4] . 1:1(0) ack 1", "[ttl 5] . 1:1(0) ack 1"), 1U);
}

TEST_F(MatcherTest, ComparesSomeFieldsOnlyIfTheyAreWritten) {
  EXPECT_EQ(count(". 1:1(0) ack 1", ". 1:1(0) ack 1 win 77"), 0U);
  EXPECT_EQ(count(". 1:1(0) ack 1", "[tos 0x23] . 1:1(0) ack 1"), 0U);
  EXPECT_EQ(count("[ttl 255] . 1:1(0) ack 1", "[ttl 5] . 1:1(0) ack 1"), 0U);
  EXPECT_EQ(count("[ect01] . 1:1(0) ack 1", "[tos 1] . 1:1(0) ack 1"), 0U);
  EXPECT_EQ(count(". 1:1(0) ack 1 <...>", ". 1:1(0) ack 1 <mss 5>"), 0U);
  EXPECT_EQ(count(". ...(0) ack 1", ". 55:55(0) ack 1"), 0U);
  EXPECT_EQ(count(". 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>", ". 1:1(0) ack 1 <nop,nop,TS val 8 ecr 9>"), 0U);
  EXPECT_EQ(count("P. 1:2(1) ack 1", ". 1:2(1) ack 1", {.psh_counts = false}), 0U);
}

TEST_F(MatcherTest, ComparesTimestampsWhereATickIsGiven) {
  flow.first_timestamp = {100, 0xfffffff0};
  const MatchRules rules{.ts_tick = std::chrono::milliseconds(1)};
  EXPECT_EQ(count(". 1:1(0) ack 1 <nop,nop,TS val 200 ecr 0>", ". 1:1(0) ack 1 <nop,nop,TS val 84 ecr 0>", rules), 0U);
  EXPECT_EQ(count(". 1:1(0) ack 1 <nop,nop,TS val 200 ecr 0>", ". 1:1(0) ack 1 <nop,nop,TS val 184 ecr 0>", rules), 1U);
}

TEST_F(MatcherTest, WantsZeroPayload) {
  Segment segment = live(". 1:3(2) ack 1");
  segment.payload.slice(0).writable()[1] = std::byte{1};
  EXPECT_EQ(differences(notated(". 1:3(2) ack 1"), segment, flow, {}).size(), 1U);
}

TEST_F(MatcherTest, JoinsSegments) {
  const Segment whole = joined(live("W. 1:101(100) ack 1"), live("P. 101:151(50) ack 1 win 7"));
  EXPECT_TRUE(differences(notated("PW. 1:151(150) ack 1 win 7"), whole, flow, {}).empty());
}

TEST(Tolerance, IsTheLargerOfTwo) {
  using namespace std::chrono_literals;
  EXPECT_EQ(tolerance_of({}, 8ms), Duration(4ms));
  EXPECT_EQ(tolerance_of({}, 800ms), Duration(100ms));
}

}  // namespace
}  // namespace tunic::script
