// The memory of cookies: what is kept, what turns Fast Open off, what makes room. RFC 7413 §4.1.
#include "tcp/fast_open.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address kServer(10, 9, 0, 1);
constexpr Instant kNow{1h};

std::vector<std::byte> cookie(std::size_t size) {
  return std::vector<std::byte>(size, std::byte{0xc0});
}

TEST(FastOpenCache, KnowsNothingAtFirst) {
  EXPECT_EQ(FastOpenCache().find(kServer, kNow), nullptr);
}

TEST(FastOpenCache, KeepsCookiesOfFourToSixteenOctets) {
  for (std::size_t size = 0; size <= 20; ++size) {
    FastOpenCache cache;
    cache.learn(kServer, cookie(size), 1400, kNow + 15min);
    const auto* entry = cache.find(kServer, kNow);
    ASSERT_NE(entry, nullptr);
    const bool valid = size >= 4 && size <= 16 && size % 2 == 0;
    EXPECT_EQ(entry->cookie().size(), valid ? size : 0) << size;
    EXPECT_EQ(entry->mss, 1400);
  }
}

TEST(FastOpenCache, ForgetsThatItIsOffWhenTheTimeIsOver) {
  FastOpenCache cache;
  cache.learn(kServer, {}, 1460, kNow + 15min);
  EXPECT_NE(cache.find(kServer, kNow + 15min - 1ns), nullptr);
  EXPECT_EQ(cache.find(kServer, kNow + 15min), nullptr);
}

TEST(FastOpenCache, TheOldestServerMakesRoom) {
  FastOpenCache cache;
  for (std::uint32_t i = 0; i <= FastOpenCache::kMaxEntries; ++i) cache.learn(Ipv4Address(i), cookie(8), 1460, kNow);
  EXPECT_EQ(cache.size(), FastOpenCache::kMaxEntries);
  EXPECT_EQ(cache.find(Ipv4Address(0), kNow), nullptr);
  EXPECT_NE(cache.find(Ipv4Address(1), kNow), nullptr);
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace tunic::tcp
