// The numbers of RFC 6298 §2 and §5, computed by hand.
#include "tcp/rtt_estimator.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

/// The RFC's formula, with the default's bounds.
TcpConfig rfc_formula() {
  TcpConfig config;
  config.rto_variance_min = 0s;
  return config;
}
TcpConfig rfc_bounds() {
  TcpConfig config = rfc_formula();
  config.rto_min = 1s;
  return config;
}

// §2.1.
TEST(RttEstimator, BeginsWithOneSecond) {
  const RttEstimator estimator{TcpConfig()};
  EXPECT_EQ(estimator.rto(), 1s);
  EXPECT_FALSE(estimator.has_sample());
}

// §2.2: SRTT <- R, RTTVAR <- R/2, RTO <- SRTT + max(G, K*RTTVAR).
TEST(RttEstimator, TakesTheFirstSampleWhole) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  estimator.sample(100ms, config);
  EXPECT_EQ(estimator.srtt(), 100ms);
  EXPECT_EQ(estimator.rttvar(), 50ms);
  EXPECT_EQ(estimator.rto(), 300ms);
}

// §2.3: RTTVAR <- 3/4 RTTVAR + 1/4 |SRTT - R'| before SRTT <- 7/8 SRTT + 1/8 R'.
TEST(RttEstimator, SmoothsLaterSamples) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  estimator.sample(100ms, config);
  estimator.sample(180ms, config);
  EXPECT_EQ(estimator.rttvar(), 57500us);  // 37.5 + 20
  EXPECT_EQ(estimator.srtt(), 110ms);
  EXPECT_EQ(estimator.rto(), 340ms);
  estimator.sample(30ms, config);
  EXPECT_EQ(estimator.rttvar(), 63125us);  // 43.125 + 20
  EXPECT_EQ(estimator.srtt(), 100ms);
  EXPECT_EQ(estimator.rto(), 352500us);
}

// §2.4 and §2.5. The default's 200 ms are a deviation.
TEST(RttEstimator, KeepsItsBounds) {
  for (const TcpConfig& config : {rfc_formula(), rfc_bounds()}) {
    RttEstimator estimator(config);
    estimator.sample(1ms, config);
    EXPECT_EQ(estimator.rto(), config.rto_min);
    estimator.sample(1000s, config);
    EXPECT_EQ(estimator.rto(), config.rto_max);
  }
  EXPECT_EQ(TcpConfig().rto_min, 200ms);
}

// §2: the clock's granularity keeps the timeout above a round trip that never varies.
TEST(RttEstimator, AddsTheGranularity) {
  TcpConfig config = rfc_formula();
  config.rto_min = 0s;
  RttEstimator estimator(config);
  for (int i = 0; i < 200; ++i) estimator.sample(500ms, config);
  EXPECT_EQ(estimator.rto(), 501ms);
}

// Linux: however steady the round trip, the timeout stays this far above it.
TEST(RttEstimator, KeepsADistanceFromTheRoundTrip) {
  const TcpConfig config;
  RttEstimator estimator(config);
  for (int i = 0; i < 200; ++i) estimator.sample(100ms, config);
  EXPECT_EQ(estimator.rto(), 300ms);
}

// §5.5, and §2.5's ceiling.
TEST(RttEstimator, DoublesUpToTheCeiling) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  for (const Duration expected : {2s, 4s, 8s, 16s, 32s, 64s, 120s, 120s}) {
    estimator.back_off(config);
    EXPECT_EQ(estimator.rto(), expected);
  }
  EXPECT_EQ(estimator.backoff(), 8);
}

// §5 and §3 (Karn): a sample ends the backoff, and is computed from what was known before it.
TEST(RttEstimator, ForgetsTheBackoffWithTheNextSample) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  estimator.sample(100ms, config);
  estimator.back_off(config);
  estimator.back_off(config);
  EXPECT_EQ(estimator.rto(), 1200ms);
  estimator.sample(100ms, config);
  EXPECT_EQ(estimator.backoff(), 0);
  EXPECT_EQ(estimator.rto(), 250ms);  // rttvar 37.5
}

// §5.7.
TEST(RttEstimator, BeginsWithThreeSecondsAfterALostSyn) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  estimator.back_off(config);
  estimator.after_syn_timeout(config);
  EXPECT_EQ(estimator.rto(), 3s);
  EXPECT_EQ(estimator.backoff(), 0);
}

TEST(RttEstimator, TakesAnImmediateAnswerForASample) {
  const TcpConfig config = rfc_formula();
  RttEstimator estimator(config);
  estimator.sample(0ns, config);
  EXPECT_TRUE(estimator.has_sample());
  EXPECT_EQ(estimator.rto(), config.rto_min);
}

}  // namespace
}  // namespace tunic::tcp
