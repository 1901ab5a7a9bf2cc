// What a SYN cookie says, how long it is believed, and that nobody else can make one. RFC 4987 §3.6, appendix A; B31.
#include "tcp/syn_cookies.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr SipKey kSecret{0x0123456789abcdef, 0xfedcba9876543210};
constexpr Endpoint kLocal{Ipv4Address(10, 9, 0, 2), 80};
constexpr Endpoint kRemote{Ipv4Address(10, 9, 0, 1), 40000};
constexpr SeqNum kIrs{0xffffffff};
constexpr Instant kNow{SynCookies::kPeriod * 100};

std::optional<std::uint16_t> carried(std::uint16_t mss, Instant made = kNow, Instant checked = kNow) {
  const SynCookies cookies(kSecret);
  return cookies.check(kLocal, kRemote, kIrs, cookies.make(kLocal, kRemote, kIrs, mss, made), checked);
}

TEST(SynCookie, CarriesTheMssRoundedDown) {
  EXPECT_EQ(carried(48), 48);
  EXPECT_EQ(carried(535), 48);
  EXPECT_EQ(carried(536), 536);
  EXPECT_EQ(carried(1459), 1440);
  EXPECT_EQ(carried(1460), 1460);
  EXPECT_EQ(carried(65535), 8960);
}

TEST(SynCookie, IsGoodForAboutTwoMinutes) {
  EXPECT_TRUE(carried(1460, kNow, kNow + SynCookies::kLifetime - 1ns));
  EXPECT_FALSE(carried(1460, kNow, kNow + SynCookies::kLifetime));
  const Instant late = kNow + SynCookies::kPeriod - 1ns;
  EXPECT_TRUE(carried(1460, late, late + SynCookies::kPeriod));
  EXPECT_FALSE(carried(1460, late, late + SynCookies::kPeriod + 1ns));
  EXPECT_FALSE(carried(1460, kNow, kNow - 1ns));                      // nor before it was made
  EXPECT_FALSE(carried(1460, kNow, kNow + 4 * SynCookies::kPeriod));  // when its two bits come round again
  EXPECT_FALSE(SynCookies(kSecret).check(kLocal, kRemote, kIrs, {}, Instant()));
}

TEST(SynCookie, BelongsToOneSyn) {
  const SynCookies cookies(kSecret);
  const SeqNum cookie = cookies.make(kLocal, kRemote, kIrs, 1460, kNow);
  EXPECT_TRUE(cookies.check(kLocal, kRemote, kIrs, cookie, kNow));
  EXPECT_FALSE(cookies.check(kLocal, kRemote, kIrs + 1, cookie, kNow));
  EXPECT_FALSE(cookies.check(kLocal, {kRemote.address, 40001}, kIrs, cookie, kNow));
  EXPECT_FALSE(cookies.check(kLocal, {Ipv4Address(10, 9, 0, 3), 40000}, kIrs, cookie, kNow));
  EXPECT_FALSE(cookies.check({kLocal.address, 81}, kRemote, kIrs, cookie, kNow));
  EXPECT_FALSE(SynCookies({kSecret.k0, kSecret.k1 ^ 1}).check(kLocal, kRemote, kIrs, cookie, kNow));
}

// No bit can be changed: neither the MSS can be raised nor the life prolonged. About one guess in 2^29 may be right.
TEST(SynCookie, CannotBeGuessed) {
  const SynCookies cookies(kSecret);
  const SeqNum cookie = cookies.make(kLocal, kRemote, kIrs, 536, kNow);
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    EXPECT_FALSE(cookies.check(kLocal, kRemote, kIrs, SeqNum(cookie.value() ^ (1u << bit)), kNow)) << bit;
  }
  int right = 0;
  for (std::uint32_t guess = 0; guess < 100'000; ++guess) {
    right += cookies.check(kLocal, kRemote, kIrs, SeqNum(guess * 42949u), kNow).has_value() ? 1 : 0;
  }
  EXPECT_LE(right, 1);
}

// B29: cookies are initial sequence numbers too.
TEST(SynCookie, OfDifferentTuplesAreUnrelated) {
  const SynCookies cookies(kSecret);
  std::set<std::uint32_t> distances;
  std::array<int, 32> ones{};
  std::uint32_t previous = 0;
  constexpr int kCount = 4096;
  for (int i = 0; i < kCount; ++i) {
    const std::uint32_t number =
        cookies.make(kLocal, {kRemote.address, static_cast<Port>(1024 + i)}, kIrs, 1460, kNow).value();
    distances.insert(number - previous);
    for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += static_cast<int>(number >> bit & 1);
    previous = number;
  }
  EXPECT_GE(distances.size(), kCount - 4U);
  for (const int count : ones) EXPECT_NEAR(count, kCount / 2, 200);  // six standard deviations
}

TEST(SynCookieTimestamp, CarriesTheOptions) {
  for (int scale = -1; scale <= 14; ++scale) {
    for (int bits = 0; bits < 4; ++bits) {
      Agreement agreed;
      agreed.window_scaling = scale >= 0;
      if (scale >= 0) agreed.snd_shift = WindowScale(static_cast<std::uint8_t>(scale));
      agreed.sack = (bits & 1) != 0;
      agreed.ecn = (bits & 2) != 0;
      for (const std::uint32_t clock : {0U, 31U, 63U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
        const std::uint32_t value = SynCookies::put_options(clock, agreed);
        EXPECT_LT(clock - value, 64U);  // never ahead of the clock
        Agreement taken;
        SynCookies::take_options(value, taken);
        EXPECT_EQ(taken.window_scaling, agreed.window_scaling);
        EXPECT_EQ(taken.snd_shift, agreed.snd_shift);
        EXPECT_EQ(taken.sack, agreed.sack);
        EXPECT_EQ(taken.ecn, agreed.ecn);
      }
    }
  }
}

}  // namespace
}  // namespace tunic::tcp
