// Written numbers become live ones and back, across both borders of the sequence space.
#include "script/flow.hpp"

#include <gtest/gtest.h>

namespace tunic::script {
namespace {

constexpr std::uint32_t kStackIsn = 0x7fffff80;
constexpr std::uint32_t kPeerIsn = 0xffffff80;

NotatedSegment notated(std::string_view text) {
  auto segment = parse_segment(text);
  EXPECT_TRUE(segment.has_value()) << text;
  return segment.value_or(NotatedSegment{});
}

class FlowTest : public ::testing::Test {
 protected:
  FlowTest() {
    flow.peer = {Ipv4Address(192, 0, 2, 1), 8080};
    flow.stack = {Ipv4Address(192, 168, 0, 1), 40000};
    flow.stack_isn = kStackIsn;
    flow.peer_isn = kPeerIsn;
  }
  BlockPool pool;
  Flow flow;
};

TEST_F(FlowTest, MapsRelativeNumbersAroundTheBorders) {
  const auto live = flow.to_live(notated(". 201:301(100) ack 129 win 5 <nop,nop,sack 129:257>"), false, pool);
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->seq.value(), 73U);  // 0xffffff80 + 201, modulo 2^32
  EXPECT_EQ(live->ack.value(), 0x80000001U);
  const wire::TcpOptions options = wire::parse_tcp_options(live->options.bytes());
  ASSERT_EQ(options.sack_count, 1);
  EXPECT_EQ(options.sack[0].begin.value(), 0x80000001U);
}

TEST_F(FlowTest, TakesNumbersOfSynSegmentsAsAbsolute) {
  flow.peer_isn.reset();
  const auto live = flow.to_live(notated("S. 5000:5000(0) ack 1 win 5"), false, pool);
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->seq.value(), 5000U);
  EXPECT_EQ(live->ack.value(), kStackIsn + 1);
  EXPECT_EQ(flow.peer_isn, 5000U);
  EXPECT_EQ(flow.live_start(notated("R. 0:0(0)! ack 1")), 0U);
}

TEST_F(FlowTest, MapsTimestampsThatTheStackHasSent) {
  Segment sent;
  sent.options.timestamps({0xfffffff0, 0});
  flow.learn(notated(". 1:1(0) ack 1 <nop,nop,TS val 100 ecr 0>"), sent);
  const auto known = flow.to_live(notated(". 1:1(0) ack 1 win 5 <nop,nop,TS val 7 ecr 100>"), false, pool);
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(wire::parse_tcp_options(known->options.bytes()).timestamps->echo_reply, 0xfffffff0U);
  EXPECT_FALSE(flow.to_live(notated(". 1:1(0) ack 1 win 5 <nop,nop,TS val 7 ecr 132>"), false, pool).has_value());
  const auto scaled = flow.to_live(notated(". 1:1(0) ack 1 win 5 <nop,nop,TS val 7 ecr 132>"), true, pool);
  ASSERT_TRUE(scaled.has_value());
  EXPECT_EQ(wire::parse_tcp_options(scaled->options.bytes()).timestamps->echo_reply, 16U);
  const auto absolute = flow.to_live(notated(". 1:1(0) ack 1 win 5 <nop,nop,TS val 7 ecr 9!>"), false, pool);
  ASSERT_TRUE(absolute.has_value());
  EXPECT_EQ(wire::parse_tcp_options(absolute->options.bytes()).timestamps->echo_reply, 9U);
}

}  // namespace
}  // namespace tunic::script
