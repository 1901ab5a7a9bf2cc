// CUBIC's numbers, computed by hand from RFC 9438's formulas.
#include "tcp/cc/cubic.hpp"

#include <gtest/gtest.h>

namespace tunic::cc {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSmss = 1000;

Cubic with_window(std::uint32_t window) {
  return Cubic({.smss = kSmss, .initial_window = window, .slow_start_limit = 0});
}

/// A round trip of `rtt` that acknowledges the whole window, segment by segment.
void round_trip(Cubic& cubic, Instant& now, Duration rtt) {
  now += rtt;
  for (std::uint32_t left = cubic.cwnd() / kSmss; left > 0; --left) {
    cubic.on_ack({.now = now, .acked = kSmss, .delivered = kSmss, .rtt = rtt});
  }
}

// §4.6: beta is 0.7, and at least two segments stay.
TEST(Cubic, ReducesToSevenTenths) {
  Cubic cubic = with_window(10'000);
  cubic.on_loss(Instant(), 10'000);
  EXPECT_EQ(cubic.ssthresh(), 7000U);  // 717/1024 of ten segments
  EXPECT_EQ(cubic.cwnd(), 7000U);
  cubic.on_loss(Instant(), 2000);
  EXPECT_EQ(cubic.ssthresh(), 2000U);
}

// RFC 5681 (2), also for CUBIC (§4.10).
TEST(Cubic, BeginsWithSlowStart) {
  Cubic cubic = with_window(10'000);
  cubic.on_ack({.acked = 4000, .delivered = 4000});
  EXPECT_EQ(cubic.cwnd(), 14'000U);
}

// (1), (2): from 700 segments of 1000, the window is back at its old size after K = cbrt(300 / 0.4) = 9.086 s: before that it
// rises ever more slowly, after that ever faster.
// Shows: RFC 9438, MAY-18
TEST(Cubic, GrowsByTheCurve) {
  Cubic cubic = with_window(1'000'000);
  cubic.on_loss(Instant(), 1'000'000);
  Instant now{};
  const auto after = [&](Duration time) {
    while (now < Instant(time)) round_trip(cubic, now, 100ms);
    return cubic.cwnd() / kSmss;
  };
  EXPECT_NEAR(after(2s), 858, 12);  // 1000 - 0.4 × 7.086³
  EXPECT_NEAR(after(5s), 973, 5);   // 1000 - 0.4 × 4.086³
  EXPECT_NEAR(after(9s), 1000, 2);
  EXPECT_NEAR(after(12s), 1010, 3);  // 1000 + 0.4 × 2.914³
  EXPECT_NEAR(after(16s), 1132, 8);  // 1000 + 0.4 × 6.914³
}

// §4.3: where the curve is flatter than Reno's growth, as on short round trips, it is Reno's: alpha = 0.53 segments a round
// trip until the old window is reached, one from then on.
TEST(Cubic, IsNotSlowerThanReno) {
  Cubic cubic = with_window(20'000);
  cubic.on_loss(Instant(), 20'000);
  Instant now{};
  for (int i = 0; i < 11; ++i) round_trip(cubic, now, 1ms);
  EXPECT_NEAR(cubic.cwnd(), 20'000, 1000);
  const std::uint32_t before = cubic.cwnd();
  for (int i = 0; i < 10; ++i) round_trip(cubic, now, 1ms);
  EXPECT_NEAR(cubic.cwnd(), before + 10'000, 2000);
}

// §4.7: a second loss below the last plateau lowers the plateau below the window: W_max = 0.85 × cwnd.
TEST(Cubic, YieldsToNewFlows) {
  Cubic yields = with_window(1'000'000);
  Cubic begins = with_window(700'000);
  yields.on_loss(Instant(), 1'000'000);
  for (Cubic* cubic : {&yields, &begins}) cubic->on_loss(Instant(), 700'000);
  Instant now{};
  for (int i = 0; i < 90; ++i) round_trip(yields, now, 100ms);
  now = Instant();
  for (int i = 0; i < 90; ++i) round_trip(begins, now, 100ms);
  EXPECT_LT(yields.cwnd(), begins.cwnd());
}

// §5.8: a pause is no time in which the window could have been used.
TEST(Cubic, DoesNotGrowByAPause) {
  Cubic paused = with_window(1'000'000);
  Cubic steady = with_window(1'000'000);
  Instant now{};
  for (Cubic* cubic : {&paused, &steady}) {
    cubic->on_loss(Instant(), 1'000'000);
    now = Instant();
    for (int i = 0; i < 10; ++i) round_trip(*cubic, now, 100ms);
  }
  Instant later = now + 10s;
  paused.on_idle(later, 10s, 20s);
  round_trip(paused, later, 100ms);
  round_trip(steady, now, 100ms);
  EXPECT_EQ(paused.cwnd(), steady.cwnd());
}

TEST(Cubic, BeginsAnewAfterATimeout) {
  Cubic cubic = with_window(10'000);
  cubic.on_rto(Instant(), 10'000, 0, true);
  EXPECT_EQ(cubic.cwnd(), 1000U);
  EXPECT_EQ(cubic.ssthresh(), 7000U);
  cubic.undo();
  EXPECT_EQ(cubic.cwnd(), 10'000U);
}

// Years of growth and the largest windows: no sum wraps.
TEST(Cubic, StaysWithinBounds) {
  Cubic cubic({.smss = 65'000, .initial_window = 1u << 30, .slow_start_limit = 0});
  cubic.on_loss(Instant(), 1u << 30);
  cubic.on_ack({.now = Instant(1s), .acked = 1u << 29, .delivered = 1u << 29, .rtt = 1s});
  for (int i = 0; i < 3; ++i) {
    cubic.on_ack({.now = Instant(10'000h), .acked = 1u << 29, .delivered = 1u << 29, .rtt = 1s});
  }
  EXPECT_EQ(cubic.cwnd(), 1u << 30);
}

}  // namespace
}  // namespace tunic::cc
