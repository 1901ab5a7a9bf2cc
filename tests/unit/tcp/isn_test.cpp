// Initial sequence numbers: driven by a clock, different for each tuple, not computable from others. RFC 9293 §3.4.1
// (MUST-8, MUST-9, SHLD-1), RFC 7323 §5.4; B11, B29.
#include "tcp/isn.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr SipKey kKey{0x0123456789abcdef, 0xfedcba9876543210};
constexpr Endpoint kLocal{Ipv4Address(10, 9, 0, 2), 80};
constexpr Endpoint kRemote{Ipv4Address(10, 9, 0, 1), 40000};
constexpr Instant kNow{1h};

std::uint32_t isn(const Endpoint& remote = kRemote, Instant now = kNow, const SipKey& key = kKey) {
  return initial_sequence_number(key, kLocal, remote, now).value();
}

// "an ISN generator that ... increments ... roughly every 4 microseconds".
// Shows: MUST-8
TEST(Isn, AdvancesEveryFourMicroseconds) {
  for (const Duration passed : {0us, 3us, 4us, 8us, 1000us, 1000000us}) {
    EXPECT_EQ(isn(kRemote, kNow + passed) - isn(), static_cast<std::uint32_t>(passed / 4us));
  }
  EXPECT_EQ(isn(kRemote, kNow + 4us * (std::int64_t{1} << 32)), isn());  // wraps after 4.77 hours
}

// A different secret, address or port gives another number, and their differences tell nothing.
// Shows: MUST-9 (against), B29
TEST(Isn, OfDifferentTuplesAreUnrelated) {
  std::set<std::uint32_t> numbers;
  std::set<std::uint32_t> distances;
  std::array<int, 32> ones{};
  std::uint32_t previous = 0;
  constexpr int kCount = 4096;
  for (int i = 0; i < kCount; ++i) {
    const std::uint32_t number = isn({kRemote.address, static_cast<Port>(1024 + i)});
    numbers.insert(number);
    distances.insert(number - previous);
    for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += static_cast<int>(number >> bit & 1);
    previous = number;
  }
  EXPECT_GE(numbers.size(), kCount - 4U);                            // 2 collisions would be expected in 2^32
  EXPECT_GE(distances.size(), kCount - 4U);                          // no constant step from port to port
  for (const int count : ones) EXPECT_NEAR(count, kCount / 2, 200);  // six standard deviations
}

// B29 by collection: a million numbers as a peer could gather them, one port after the other and one address after the other.
// No two neighbours tell the third: neither their sum, nor their difference, nor any bit of the one in the other.
// Shows: B29, MUST-9 (against)
TEST(Isn, OfAMillionTuplesTellNothing) {
  constexpr int kCount = 1'000'000;
  std::array<int, 32> agreements{};
  std::array<int, 256> top{};
  std::uint32_t previous = 0;
  for (int i = 0; i < kCount; ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    const std::uint32_t number =
        isn({Ipv4Address(10, 9, static_cast<std::uint8_t>(n / 50000), 1), static_cast<Port>(1024 + n % 50000)});
    const std::uint32_t same = ~(number ^ previous);
    for (std::size_t bit = 0; bit < 32; ++bit) agreements[bit] += static_cast<int>(same >> bit & 1);
    ++top[number >> 24];
    previous = number;
  }
  for (const int count : agreements) EXPECT_NEAR(count, kCount / 2, 3000);  // six standard deviations
  for (const int count : top) EXPECT_NEAR(count, kCount / 256, 400);
}

// B29: numbers of one tuple follow the clock, so that those of an old connection lie behind (RFC 9293 §3.4.1).
// Shows: B29
TEST(Isn, OfOneTupleGrow) {
  std::uint32_t previous = isn();
  for (int i = 1; i <= 1000; ++i) {
    const std::uint32_t number = isn(kRemote, kNow + i * 100ms);
    EXPECT_EQ(number - previous, 25'000U);
    previous = number;
  }
}

// Shows: MUST-9, SHLD-1
TEST(Isn, DependsOnEveryPart) {
  EXPECT_NE(isn(), isn({Ipv4Address(10, 9, 0, 3), 40000}));
  EXPECT_NE(isn(), isn({kRemote.address, 40001}));
  EXPECT_NE(isn(), isn(kRemote, kNow, {kKey.k0 ^ 1, kKey.k1}));
  EXPECT_NE(isn(), isn(kRemote, kNow, {kKey.k0, kKey.k1 ^ 1}));
  EXPECT_NE(initial_sequence_number(kKey, kLocal, kRemote, kNow), initial_sequence_number(kKey, kRemote, kLocal, kNow));
}

// Shows: B11, RFC 7323 §5.4 (against)
TEST(TimestampOffset, IsFixedForATupleAndNotItsIsn) {
  const std::uint32_t offset = timestamp_offset(kKey, kLocal, kRemote);
  EXPECT_EQ(offset, timestamp_offset(kKey, kLocal, kRemote));
  EXPECT_NE(offset, timestamp_offset(kKey, kLocal, {kRemote.address, 40001}));
  EXPECT_NE(offset, isn(kRemote, Instant()));
}

// RFC 7323 §5.4: one tick between 1 ms and 1 s.
// Shows: RFC 7323 §5.4
TEST(TimestampClock, TicksInMilliseconds) {
  EXPECT_EQ(timestamp_clock(kNow + 1ms - 1ns) - timestamp_clock(kNow), 0U);
  EXPECT_EQ(timestamp_clock(kNow + 1ms) - timestamp_clock(kNow), 1U);
  EXPECT_EQ(timestamp_clock(kNow + 1s) - timestamp_clock(kNow), 1000U);
}

}  // namespace
}  // namespace tunic::tcp
