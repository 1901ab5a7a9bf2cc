// So many a second, and no more. B21, RFC 5961 §7.
#include "host/rate_limit.hpp"

#include <gtest/gtest.h>

namespace tunic::host {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

int allowed(RateLimit& limit, Instant at, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += limit.allow(at) ? 1 : 0;
  return count;
}

TEST(RateLimit, AllowsSoManyASecond) {
  RateLimit limit(3);
  EXPECT_EQ(allowed(limit, kStart, 10), 3);
  EXPECT_EQ(allowed(limit, kStart + 1s - 1ns, 10), 0);
  EXPECT_EQ(allowed(limit, kStart + 1s, 10), 3);
}

// What was not used in one second is not saved for the next.
TEST(RateLimit, SavesNothing) {
  RateLimit limit(3);
  EXPECT_EQ(allowed(limit, kStart, 1), 1);
  EXPECT_EQ(allowed(limit, kStart + 1h, 10), 3);
  EXPECT_EQ(allowed(limit, kStart + 1h + 500ms, 10), 0);
}

TEST(RateLimit, OfZeroAllowsNothing) {
  RateLimit limit(0);
  EXPECT_EQ(allowed(limit, kStart, 10), 0);
  EXPECT_EQ(allowed(limit, kStart + 1s, 10), 0);
}

}  // namespace
}  // namespace tunic::host
