// The bucket of ICMP errors: a mean, a burst, and no way to count by it. B21, CVE-2020-25705.
#include "host/icmp_limit.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tunic::host {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

int allowed(IcmpLimit& limit, Instant at, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += limit.allow(at) ? 1 : 0;
  return count;
}

TEST(IcmpLimit, AllowsABurstAndThenWhatTimeEarns) {
  IcmpLimit limit(100, Seed::numbered(1));
  const int burst = allowed(limit, kStart, 1000);
  EXPECT_GE(burst, 60);
  EXPECT_LE(burst, 100);
  EXPECT_EQ(allowed(limit, kStart + 9ms, 10), 0);
  EXPECT_EQ(allowed(limit, kStart + 10ms, 10), 1);
  EXPECT_EQ(allowed(limit, kStart + 20ms - 1ns, 10), 0);
  EXPECT_LE(allowed(limit, kStart + 1h, 1000), 100) << "no more is saved than one second's worth";
}

// Shows: B21
TEST(IcmpLimit, NeverExceedsTheRate) {
  IcmpLimit limit(100, Seed::numbered(2));
  int count = 0;
  for (int i = 0; i < 10'000; ++i) count += limit.allow(kStart + i * 1ms) ? 1 : 0;  // ten seconds
  EXPECT_LE(count, 1100);
  EXPECT_GE(count, 700);
}

// Shows: B21
TEST(IcmpLimit, DoesNotCountAloud) {
  std::set<int> bursts;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    IcmpLimit limit(50, Seed::numbered(seed));
    bursts.insert(allowed(limit, kStart, 100));
  }
  EXPECT_GT(bursts.size(), 4U);
}

TEST(IcmpLimit, OfZeroAllowsNothing) {
  IcmpLimit limit(0, Seed::numbered(1));
  EXPECT_EQ(allowed(limit, kStart, 10), 0);
}

}  // namespace
}  // namespace tunic::host
