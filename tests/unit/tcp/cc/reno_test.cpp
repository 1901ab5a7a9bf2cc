// Reno's numbers. RFC 5681 §3.1 and §4.1, RFC 6928 §2, RFC 6582 §3.2.
#include "tcp/cc/reno.hpp"

#include <gtest/gtest.h>

#include "tcp/cc/registry.hpp"

namespace tunic::cc {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSmss = 1000;

/// An acknowledgment of `octets` that finds the window full.
AckSample ack(const Reno& reno, std::uint32_t octets) {
  return {.now = Instant(), .acked = octets, .prior_in_flight = reno.cwnd(), .in_flight = reno.cwnd() - octets};
}

TEST(InitialWindow, IsTenSegmentsWithinBounds) {
  EXPECT_EQ(initial_window(1460, 10), 14'600U);
  EXPECT_EQ(initial_window(536, 10), 5360U);
  EXPECT_EQ(initial_window(2000, 10), 14'600U);
  EXPECT_EQ(initial_window(9000, 10), 18'000U);
}

TEST(Registry, KnowsRenoByName) {
  const auto reno = make("reno", kSmss, 10'000);
  ASSERT_NE(reno, nullptr);
  EXPECT_EQ(reno->name(), "reno");
  EXPECT_EQ(reno->cwnd(), 10'000U);
  EXPECT_EQ(make("tahoe", kSmss, 10'000), nullptr);
}

// (2): cwnd += min(N, SMSS)
TEST(Reno, GrowsByASegmentPerAcknowledgmentInSlowStart) {
  Reno reno(kSmss, 10'000);
  EXPECT_EQ(reno.ssthresh(), 0xffffffffU);
  reno.on_ack(ack(reno, 1000));
  EXPECT_EQ(reno.cwnd(), 11'000U);
  reno.on_ack(ack(reno, 5000));
  EXPECT_EQ(reno.cwnd(), 12'000U);
  reno.on_ack(ack(reno, 1));
  EXPECT_EQ(reno.cwnd(), 12'001U);
}

// §3.1: one SMSS per window of acknowledged octets, however they are cut.
TEST(Reno, GrowsByASegmentPerWindowInCongestionAvoidance) {
  for (const std::uint32_t piece : {10U, 500U, 1000U, 2500U}) {
    Reno reno(kSmss, 10'000);
    reno.on_loss(Instant(), 20'000);
    ASSERT_EQ(reno.cwnd(), 10'000U);
    for (std::uint32_t acked = piece; acked < 10'000; acked += piece) reno.on_ack(ack(reno, piece));
    EXPECT_EQ(reno.cwnd(), 10'000U) << piece;
    reno.on_ack(ack(reno, piece));
    EXPECT_EQ(reno.cwnd(), 11'000U) << piece;
    for (std::uint32_t acked = 0; acked < 11'000; acked += piece) reno.on_ack(ack(reno, piece));
    EXPECT_EQ(reno.cwnd(), 12'000U) << piece;
  }
}

// What an acknowledgment has beyond the window counts for the next one.
TEST(Reno, CarriesTheRestOverInCongestionAvoidance) {
  Reno reno(kSmss, 10'000);
  reno.on_loss(Instant(), 20'000);
  for (int i = 0; i < 4; ++i) reno.on_ack(ack(reno, 3000));
  EXPECT_EQ(reno.cwnd(), 11'000U);
  for (int i = 0; i < 3; ++i) reno.on_ack(ack(reno, 3000));
  EXPECT_EQ(reno.cwnd(), 12'000U);
}

// A window that is not used is not proved (RFC 7661 §4.1).
TEST(Reno, DoesNotGrowWithoutNeed) {
  Reno reno(kSmss, 10'000);
  reno.on_ack({.acked = 1000, .prior_in_flight = 4999});
  EXPECT_EQ(reno.cwnd(), 10'000U);
  reno.on_ack({.acked = 1000, .prior_in_flight = 5000});
  EXPECT_EQ(reno.cwnd(), 11'000U);
  reno.on_loss(Instant(), 22'000);
  for (int i = 0; i < 50; ++i) reno.on_ack({.acked = 1000, .prior_in_flight = 9000});
  EXPECT_EQ(reno.cwnd(), 11'000U);
}

// (4): max(FlightSize / 2, 2 × SMSS)
TEST(Reno, HalvesTheFlightAtALoss) {
  Reno reno(kSmss, 10'000);
  reno.on_loss(Instant(), 9000);
  EXPECT_EQ(reno.ssthresh(), 4500U);
  EXPECT_EQ(reno.cwnd(), 4500U);
  reno.on_loss(Instant(), 1000);
  EXPECT_EQ(reno.ssthresh(), 2000U);
  EXPECT_EQ(reno.cwnd(), 2000U);
}

TEST(Reno, RestsDuringRecovery) {
  Reno reno(kSmss, 10'000);
  reno.on_loss(Instant(), 10'000);
  AckSample sample = ack(reno, 5000);
  sample.in_recovery = true;
  reno.on_ack(sample);
  EXPECT_EQ(reno.cwnd(), 5000U);
}

// RFC 6582 §3.2 (3): min(ssthresh, max(FlightSize, SMSS) + SMSS)
// Shows: RFC 6582
TEST(Reno, LeavesRecoveryWithoutABurst) {
  Reno reno(kSmss, 10'000);
  reno.on_loss(Instant(), 10'000);
  reno.on_recovered(Instant(), 0);
  EXPECT_EQ(reno.cwnd(), 2000U);
  reno.on_recovered(Instant(), 3000);
  EXPECT_EQ(reno.cwnd(), 4000U);
  reno.on_recovered(Instant(), 8000);
  EXPECT_EQ(reno.cwnd(), 5000U);
}

// §3.1: the loss window is one segment; ssthresh is set by the first timeout alone.
TEST(Reno, FallsToOneSegmentAtATimeout) {
  Reno reno(kSmss, 10'000);
  reno.on_rto(Instant(), 10'000, true);
  EXPECT_EQ(reno.cwnd(), 1000U);
  EXPECT_EQ(reno.ssthresh(), 5000U);
  reno.on_rto(Instant(), 1000, false);
  EXPECT_EQ(reno.cwnd(), 1000U);
  EXPECT_EQ(reno.ssthresh(), 5000U);
}

// §4.1
TEST(Reno, BeginsAnewAfterAPause) {
  Reno reno(kSmss, 10'000);
  for (int i = 0; i < 5; ++i) reno.on_ack(ack(reno, 1000));
  reno.on_idle(Instant(), 200ms, 200ms);
  EXPECT_EQ(reno.cwnd(), 15'000U);
  reno.on_idle(Instant(), 201ms, 200ms);
  EXPECT_EQ(reno.cwnd(), 10'000U);
  reno.on_rto(Instant(), 10'000, true);
  reno.on_idle(Instant(), 10s, 200ms);
  EXPECT_EQ(reno.cwnd(), 1000U);  // never up
}

TEST(Reno, TakesBackALossThatWasNone) {
  Reno reno(kSmss, 10'000);
  reno.on_loss(Instant(), 10'000);
  reno.undo();
  EXPECT_EQ(reno.cwnd(), 10'000U);
  EXPECT_EQ(reno.ssthresh(), 0xffffffffU);
  reno.undo();
  EXPECT_EQ(reno.cwnd(), 10'000U);
}

// Sums of windows are 32 bits wide.
TEST(Reno, NeverGrowsBeyondAnyWindow) {
  Reno reno(65'000, 1u << 30);
  for (int i = 0; i < 100; ++i) reno.on_ack({.acked = 65'000, .prior_in_flight = reno.cwnd()});
  EXPECT_EQ(reno.cwnd(), 1u << 30);
}

}  // namespace
}  // namespace tunic::cc
