// Proportional rate reduction: RFC 9937's formulas and its example, in octets.
#include "tcp/rate_reduction.hpp"

#include <gtest/gtest.h>

#include "tests/support/property.hpp"

namespace tunic::tcp {
namespace {

constexpr std::uint32_t kSmss = 1000;

// RFC 9937 §6.1's shape: 20 in flight, the first is lost, ssthresh is 10: one segment leaves for two that arrive.
// Shows: RFC 9937
TEST(RateReduction, SendsAPartOfWhatArrives) {
  RateReduction reduction;
  reduction.begin(20'000, 10'000);
  std::uint32_t in_flight = 19'000;  // one is lost
  std::uint32_t sent = 0;
  for (std::uint32_t arrived = 1; arrived <= 16; ++arrived) {
    in_flight -= kSmss;
    reduction.on_ack({.delivered = kSmss, .in_flight = in_flight, .safe = false, .smss = kSmss});
    while (reduction.window() >= in_flight + kSmss) {
      reduction.on_sent(kSmss);
      in_flight += kSmss;
      ++sent;
    }
    EXPECT_EQ(sent, (arrived + 1) / 2) << arrived;
  }
  EXPECT_EQ(in_flight, 11'000U);
  in_flight -= kSmss;
  reduction.on_ack({.delivered = kSmss, .in_flight = in_flight, .safe = false, .smss = kSmss});
  EXPECT_EQ(reduction.window(), 10'000U);
}

// The first retransmission goes at once, whatever the window.
TEST(RateReduction, LetsTheFirstSegmentGo) {
  RateReduction reduction;
  reduction.begin(10'000, 2000);
  reduction.on_ack({.delivered = 1, .in_flight = 8000, .safe = false, .smss = kSmss});
  EXPECT_EQ(reduction.window(), 9000U);
}

// Below ssthresh: as many as arrive (PRR-CRB), one more where SND.UNA advances and nothing more is lost (PRR-SSRB), and not
// beyond ssthresh.
TEST(RateReduction, GrowsBackToTheThreshold) {
  RateReduction reduction;
  reduction.begin(20'000, 10'000);
  reduction.on_ack({.delivered = 1000, .in_flight = 4000, .safe = false, .smss = kSmss});
  EXPECT_EQ(reduction.window(), 5000U);
  reduction.on_sent(1000);
  reduction.on_ack({.delivered = 2000, .in_flight = 3000, .safe = true, .smss = kSmss});
  EXPECT_EQ(reduction.window(), 6000U);
  reduction.on_sent(3000);
  reduction.on_ack({.delivered = 9000, .in_flight = 6000, .safe = true, .smss = kSmss});
  EXPECT_EQ(reduction.window(), 10'000U);
}

// B47: an acknowledgment that delivers nothing lets nothing be sent.
TEST(RateReduction, IgnoresAcknowledgmentsWithoutNews) {
  RateReduction reduction;
  reduction.begin(20'000, 10'000);
  reduction.on_ack({.delivered = 1000, .in_flight = 18'000, .safe = false, .smss = kSmss});
  const std::uint32_t window = reduction.window();
  for (int i = 0; i < 1000; ++i) {
    reduction.on_ack({.delivered = 0, .in_flight = 18'000, .safe = true, .smss = kSmss});
  }
  EXPECT_EQ(reduction.window(), window);
}

// B47: however acknowledgments are cut, no more is sent in recovery than arrives, but for a segment at its begin and one for
// each that advances SND.UNA; and where ssthresh is reached it is kept.
// Shows: B47
RC_GTEST_PROP(RateReduction, IsBoundedByWhatArrives, ()) {
  const std::uint32_t ssthresh = kSmss * test::any_in(2u, 50u);
  std::uint64_t in_flight = std::uint64_t{kSmss} * test::any_in(1u, 100u);
  RateReduction reduction;
  reduction.begin(static_cast<std::uint32_t>(in_flight), ssthresh);
  std::uint64_t delivered = 0, sent = 0, safe_ones = 0;
  const int steps = test::any_in(1, 60);
  for (int step = 0; step < steps && in_flight > 0; ++step) {
    const auto arrives = test::any_in<std::uint64_t>(1, std::min<std::uint64_t>(in_flight, 5 * kSmss) + 1);
    const bool safe = test::any_in(0, 2) == 0;
    in_flight -= arrives;
    delivered += arrives;
    safe_ones += safe ? 1 : 0;
    reduction.on_ack({.delivered = static_cast<std::uint32_t>(arrives),
                      .in_flight = static_cast<std::uint32_t>(in_flight),
                      .safe = safe,
                      .smss = kSmss});
    while (reduction.window() >= in_flight + kSmss) {
      reduction.on_sent(kSmss);
      in_flight += kSmss;
      sent += kSmss;
    }
    RC_ASSERT(sent <= delivered + kSmss * (safe_ones + 2));
  }
}

}  // namespace
}  // namespace tunic::tcp
