// The memory of cookies: what is kept, what turns Fast Open off, what makes room. RFC 7413 §4.1.
#include "tcp/fast_open.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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
  EXPECT_EQ(FastOpenCache().find(kServer), nullptr);
}

TEST(FastOpenCache, ACookieHasFourToSixteenOctets) {
  for (std::size_t size = 0; size <= 20; ++size)
    EXPECT_EQ(FastOpenCache::is_cookie(cookie(size)), size >= 4 && size <= 16 && size % 2 == 0) << size;
}

TEST(FastOpenCache, KeepsACookieAndItsKindOfOption) {
  FastOpenCache cache;
  const std::vector<std::byte> given = cookie(16);
  cache.learn(kServer, {given, true, 1400});
  const auto* entry = cache.find(kServer);
  ASSERT_NE(entry, nullptr);
  EXPECT_TRUE(std::ranges::equal(entry->cookie(), given));
  EXPECT_TRUE(entry->experimental);
  EXPECT_EQ(entry->mss, 1400);
  EXPECT_FALSE(entry->off(kNow));
}

TEST(FastOpenCache, IsOffForAWhileWhereItWasRefused) {
  FastOpenCache cache;
  cache.refused(kServer, 1460, kNow + 15min, false);
  EXPECT_TRUE(cache.find(kServer)->off(kNow + 15min - 1ns));
  EXPECT_FALSE(cache.find(kServer)->off(kNow + 15min));
  EXPECT_FALSE(cache.find(kServer)->experimental);
}

TEST(FastOpenCache, AsksOnceWithTheExperimentalOption) {
  FastOpenCache cache;
  cache.refused(kServer, 1460, kNow, true);
  EXPECT_TRUE(cache.find(kServer)->experimental);
  for (int i = 0; i < 2; ++i) {
    cache.refused(kServer, 1460, kNow, true);
    EXPECT_FALSE(cache.find(kServer)->experimental);
  }
}

TEST(FastOpenCache, TheOldestServerMakesRoom) {
  FastOpenCache cache;
  const std::vector<std::byte> given = cookie(8);
  for (std::uint32_t i = 0; i <= FastOpenCache::kMaxEntries; ++i) cache.learn(Ipv4Address(i), {given, false, 1460});
  EXPECT_EQ(cache.size(), FastOpenCache::kMaxEntries);
  EXPECT_EQ(cache.find(Ipv4Address(0)), nullptr);
  EXPECT_NE(cache.find(Ipv4Address(1)), nullptr);
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace tunic::tcp
