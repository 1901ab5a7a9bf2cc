// When an acknowledgment is owed. RFC 5681 §4.2, RFC 9293 §3.8.6.3.
#include "tcp/ack_policy.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

TcpConfig no_quick_acks() {
  TcpConfig config;
  config.quick_acks = 0;
  return config;
}

TEST(AckPolicy, DelaysTheFirstAndOwesForTheSecond) {
  const TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  EXPECT_FALSE(policy.pending());
  EXPECT_TRUE(policy.on_in_order(1, false, Instant{}, config));
  EXPECT_TRUE(policy.pending());
  EXPECT_EQ(policy.due(), std::nullopt);
  EXPECT_FALSE(policy.on_in_order(1, false, Instant{}, config));
  EXPECT_EQ(policy.due(), Why::AckEverySecond);
  policy.on_sent();
  EXPECT_FALSE(policy.pending());
  EXPECT_TRUE(policy.on_in_order(1, false, Instant{}, config));
}

TEST(AckPolicy, OwesForOneSegmentThatIsWorthTwo) {
  const TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  EXPECT_FALSE(policy.on_in_order(2, false, Instant{}, config));
  EXPECT_EQ(policy.due(), Why::AckEverySecond);
}

TEST(AckPolicy, OwesWhenTheTimerGoesOffButNotForNothing) {
  const TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  policy.on_timer();
  EXPECT_EQ(policy.due(), std::nullopt);
  policy.on_in_order(1, false, Instant{}, config);
  policy.on_timer();
  EXPECT_EQ(policy.due(), Why::DelayedAckTimeout);
}

TEST(AckPolicy, CountsQuickAcksInSegments) {
  TcpConfig config;
  config.quick_acks = 3;
  AckPolicy policy(config);
  for (const std::uint32_t segments : {1U, 5U}) {
    EXPECT_FALSE(policy.on_in_order(segments, false, Instant{}, config));
    EXPECT_EQ(policy.due(), Why::QuickAck);
    policy.on_sent();
  }
  EXPECT_TRUE(policy.on_in_order(1, false, Instant{}, config));
}

TEST(AckPolicy, HurriesForAPushIfTold) {
  TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  EXPECT_TRUE(policy.on_in_order(1, true, Instant{}, config));
  policy.on_sent();
  config.ack_pushed = true;
  EXPECT_FALSE(policy.on_in_order(1, true, Instant{}, config));
  EXPECT_EQ(policy.due(), Why::AckPushed);
}

// RFC 5681 §4.2: one for each, up to a cap.
// Shows: RFC 5681 §4.2
TEST(AckPolicy, OwesEachDuplicateOnItsOwn) {
  const TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  for (int i = 0; i < 3; ++i) policy.owe_duplicate(Why::AckOutOfOrder);
  int sent = 0;
  for (; policy.due() && sent < 10; ++sent) policy.on_sent();
  EXPECT_EQ(sent, 3);

  for (int i = 0; i < 100'000; ++i) policy.owe_duplicate(Why::AckOutOfOrder);
  for (sent = 0; policy.due() && sent < 1000; ++sent) policy.on_sent();
  EXPECT_GE(sent, 3);
  EXPECT_LE(sent, 128);
}

TEST(AckPolicy, ForgetsDuplicatesWhenTheNumberMoves) {
  const TcpConfig config = no_quick_acks();
  AckPolicy policy(config);
  for (int i = 0; i < 3; ++i) policy.owe_duplicate(Why::AckOutOfOrder);
  policy.on_advance();
  policy.owe(Why::AckFillsGap);
  EXPECT_TRUE(policy.due());
  policy.on_sent();
  EXPECT_FALSE(policy.pending());
}

TEST(AckPolicy, WaitsForTheAnswersOfAnApplicationThatAnswers) {
  const TcpConfig config;
  AckPolicy policy(config);
  const Instant asked{std::chrono::seconds(1)};
  policy.on_data_sent(asked, config);  // nothing has come yet: no answer
  EXPECT_FALSE(policy.on_in_order(1, true, asked, config));
  policy.on_sent();
  policy.on_data_sent(asked + config.delayed_ack, config);  // too late
  EXPECT_FALSE(policy.on_in_order(1, true, asked, config));
  policy.on_sent();
  policy.on_data_sent(asked + config.delayed_ack - std::chrono::milliseconds(1), config);
  EXPECT_TRUE(policy.on_in_order(1, true, asked, config));
  EXPECT_FALSE(policy.on_in_order(1, true, asked, config)) << "every second full segment, still";
  policy.on_sent();
  EXPECT_TRUE(policy.on_in_order(1, true, asked, config));
  policy.on_timer();  // no answer this time
  policy.on_sent();
  EXPECT_FALSE(policy.on_in_order(1, true, asked, config));
}

}  // namespace
}  // namespace tunic::tcp
