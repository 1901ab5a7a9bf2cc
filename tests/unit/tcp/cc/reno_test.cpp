// Reno's numbers. RFC 5681 §3.1 and §4.1, RFC 6928 §2, RFC 6582 §3.2.
#include "tcp/cc/reno.hpp"

#include <gtest/gtest.h>

#include "tcp/cc/registry.hpp"

namespace tunic::cc {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSmss = 1000;

/// A Reno that adds at most a segment for an acknowledgment, as RFC 5681 (2) has it.
Reno with_window(std::uint32_t window, std::uint32_t smss = kSmss) {
  return Reno({.smss = smss, .initial_window = window, .slow_start_limit = 1});
}

/// An acknowledgment of `octets` that finds the window full.
AckSample ack(std::uint32_t octets) {
  return {.acked = octets, .delivered = octets};
}

TEST(InitialWindow, IsTenSegmentsWithinBounds) {
  EXPECT_EQ(initial_window(1460, 10), 14'600U);
  EXPECT_EQ(initial_window(536, 10), 5360U);
  EXPECT_EQ(initial_window(2000, 10), 14'600U);
  EXPECT_EQ(initial_window(9000, 10), 18'000U);
}

TEST(Registry, MakesWhatANameStandsFor) {
  for (const std::string_view name : {"reno", "cubic"}) {
    const auto algorithm = congestion_algorithm_named(name);
    ASSERT_TRUE(algorithm);
    EXPECT_EQ(to_string(*algorithm), name);
    const auto made = make(*algorithm, {.smss = kSmss, .initial_window = 10'000, .slow_start_limit = 0});
    EXPECT_EQ(made->name(), name);
    EXPECT_EQ(made->cwnd(), 10'000U);
  }
  EXPECT_FALSE(congestion_algorithm_named("tahoe"));
}

// (2): cwnd += min(N, SMSS)
TEST(Reno, GrowsByASegmentPerAcknowledgmentInSlowStart) {
  Reno reno = with_window(10'000);
  EXPECT_EQ(reno.ssthresh(), 0xffffffffU);
  reno.on_ack(ack(1000));
  EXPECT_EQ(reno.cwnd(), 11'000U);
  reno.on_ack(ack(5000));
  EXPECT_EQ(reno.cwnd(), 12'000U);
  reno.on_ack(ack(1));
  EXPECT_EQ(reno.cwnd(), 12'001U);
}

// RFC 3465 §2.3: L; after a timeout an acknowledgment may cover what left long ago (§2.2), and adds a segment at most (B47).
TEST(Reno, GrowsByUpToTheLimitInSlowStart) {
  Reno two({.smss = kSmss, .initial_window = 10'000, .slow_start_limit = 2});
  two.on_ack(ack(5000));
  EXPECT_EQ(two.cwnd(), 12'000U);
  AckSample late = ack(5000);
  late.after_timeout = true;
  two.on_ack(late);
  EXPECT_EQ(two.cwnd(), 13'000U);
  Reno unlimited({.smss = kSmss, .initial_window = 10'000, .slow_start_limit = 0});
  unlimited.on_ack(ack(5000));
  EXPECT_EQ(unlimited.cwnd(), 15'000U);
}

// RFC 5681 §3.1: slow start ends at ssthresh; what is acknowledged beyond counts for congestion avoidance.
TEST(Reno, DoesNotOvershootTheThreshold) {
  Reno reno({.smss = kSmss, .initial_window = 10'000, .slow_start_limit = 0});
  reno.on_rto(Instant(), 10'000, 0, true);
  reno.on_ack(ack(9000));
  EXPECT_EQ(reno.cwnd(), 6000U);  // 4000 to the threshold, and 5000 make a window
}

// §3.1: one SMSS per window of acknowledged octets, however they are cut.
TEST(Reno, GrowsByASegmentPerWindowInCongestionAvoidance) {
  for (const std::uint32_t piece : {10U, 500U, 1000U, 2500U}) {
    Reno reno = with_window(10'000);
    reno.on_loss(Instant(), 20'000);
    ASSERT_EQ(reno.cwnd(), 10'000U);
    for (std::uint32_t acked = piece; acked < 10'000; acked += piece) reno.on_ack(ack(piece));
    EXPECT_EQ(reno.cwnd(), 10'000U) << piece;
    reno.on_ack(ack(piece));
    EXPECT_EQ(reno.cwnd(), 11'000U) << piece;
    for (std::uint32_t acked = 0; acked < 11'000; acked += piece) reno.on_ack(ack(piece));
    EXPECT_EQ(reno.cwnd(), 12'000U) << piece;
  }
}

// What an acknowledgment has beyond the window counts for the next one.
TEST(Reno, CarriesTheRestOverInCongestionAvoidance) {
  Reno reno = with_window(10'000);
  reno.on_loss(Instant(), 20'000);
  for (int i = 0; i < 4; ++i) reno.on_ack(ack(3000));
  EXPECT_EQ(reno.cwnd(), 11'000U);
  for (int i = 0; i < 3; ++i) reno.on_ack(ack(3000));
  EXPECT_EQ(reno.cwnd(), 12'000U);
}

// A window that is not used is not proved (RFC 7661 §4.1).
TEST(Reno, DoesNotGrowWithoutNeed) {
  Reno reno = with_window(10'000);
  AckSample unused = ack(1000);
  unused.window_used = false;
  reno.on_ack(unused);
  EXPECT_EQ(reno.cwnd(), 10'000U);
  reno.on_loss(Instant(), 22'000);
  for (int i = 0; i < 50; ++i) reno.on_ack(unused);
  EXPECT_EQ(reno.cwnd(), 11'000U);
}

// (4): max(FlightSize / 2, 2 × SMSS), in whole segments
TEST(Reno, HalvesTheFlightAtALoss) {
  Reno reno = with_window(10'000);
  reno.on_loss(Instant(), 9000);
  EXPECT_EQ(reno.ssthresh(), 4000U);
  EXPECT_EQ(reno.cwnd(), 4000U);
  reno.on_loss(Instant(), 1000);
  EXPECT_EQ(reno.ssthresh(), 2000U);
  EXPECT_EQ(reno.cwnd(), 2000U);
}

TEST(Reno, RestsDuringRecovery) {
  Reno reno = with_window(10'000);
  reno.on_loss(Instant(), 10'000);
  AckSample sample = ack(5000);
  sample.in_recovery = true;
  reno.on_ack(sample);
  EXPECT_EQ(reno.cwnd(), 5000U);
}

// RFC 6582 §3.2 (3): min(ssthresh, max(FlightSize, SMSS) + SMSS)
// Shows: RFC 6582
TEST(Reno, LeavesRecoveryWithoutABurst) {
  Reno reno = with_window(10'000);
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
  Reno reno = with_window(10'000);
  reno.on_rto(Instant(), 10'000, 0, true);
  EXPECT_EQ(reno.cwnd(), 1000U);
  EXPECT_EQ(reno.ssthresh(), 5000U);
  reno.on_rto(Instant(), 1000, 0, false);
  EXPECT_EQ(reno.cwnd(), 1000U);
  EXPECT_EQ(reno.ssthresh(), 5000U);
}

// §4.1
TEST(Reno, BeginsAnewAfterAPause) {
  Reno reno = with_window(10'000);
  for (int i = 0; i < 5; ++i) reno.on_ack(ack(1000));
  reno.on_idle(Instant(), 200ms, 200ms);
  EXPECT_EQ(reno.cwnd(), 15'000U);
  reno.on_idle(Instant(), 201ms, 200ms);
  EXPECT_EQ(reno.cwnd(), 10'000U);
  reno.on_rto(Instant(), 10'000, 0, true);
  reno.on_idle(Instant(), 10s, 200ms);
  EXPECT_EQ(reno.cwnd(), 1000U);  // never up
}

TEST(Reno, TakesBackALossThatWasNone) {
  Reno reno = with_window(10'000);
  reno.on_loss(Instant(), 10'000);
  reno.undo();
  EXPECT_EQ(reno.cwnd(), 10'000U);
  EXPECT_EQ(reno.ssthresh(), 0xffffffffU);
  reno.undo();
  EXPECT_EQ(reno.cwnd(), 10'000U);
}

// Sums of windows are 32 bits wide.
TEST(Reno, NeverGrowsBeyondAnyWindow) {
  Reno reno = with_window(1u << 30, 65'000);
  for (int i = 0; i < 100; ++i) reno.on_ack(ack(65'000));
  EXPECT_EQ(reno.cwnd(), 1u << 30);
}

}  // namespace
}  // namespace tunic::cc
