// Every way to sum octets against the words one by one. RFC 1071 §1.
#include "base/octet_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "tests/support/bytes.hpp"

namespace tunic {
namespace {

using test::Bytes;

/// The rest modulo 65535 that the sum of the machine's words has.
std::uint64_t naive_rest(std::span<const std::byte> data) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < data.size(); i += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, &data[i], std::min<std::size_t>(2, data.size() - i));
    sum += word;
  }
  return sum % 65535;
}

void expect_right_sums(std::span<const std::byte> data) {
  const std::uint64_t rest = naive_rest(data);
  ASSERT_EQ(sum_octets(data.data(), data.size()) % 65535, rest) << data.size();
  ASSERT_EQ(sum_octets_portably(data.data(), data.size()) % 65535, rest) << data.size();
  Bytes copy(data.size() + 1, std::byte{0x5a});
  ASSERT_EQ(copy_and_sum_octets(data.data(), data.size(), copy.data()) % 65535, rest) << data.size();
  ASSERT_EQ(copy.back(), std::byte{0x5a});
  copy.pop_back();
  ASSERT_TRUE(std::ranges::equal(copy, data));
}

TEST(OctetSum, IsRightAtEveryAlignmentAndLength) {
  const Bytes data = test::pattern(1000);
  for (std::size_t begin = 0; begin < 33; ++begin) {
    for (std::size_t size = 0; size + begin <= data.size(); ++size)
      expect_right_sums(std::span(data).subspan(begin, size));
  }
}

TEST(OctetSum, LosesNoCarry) {
  for (const std::size_t size : {255U, 256U, 257U, 1448U, 65'535U, 1'000'001U})
    expect_right_sums(Bytes(size, std::byte{0xff}));
}

// What is nothing but zeros has a checksum of its own: 0xffff, not 0.
TEST(OctetSum, IsZeroForZerosOnly) {
  for (const std::size_t size : {1U, 40U, 1000U}) {
    Bytes data(size);
    EXPECT_EQ(sum_octets(data.data(), size), 0U);
    EXPECT_EQ(sum_octets_portably(data.data(), size), 0U);
    data.back() = std::byte{0xff};
    EXPECT_NE(sum_octets(data.data(), size), 0U);
    EXPECT_NE(sum_octets_portably(data.data(), size), 0U);
  }
}

}  // namespace
}  // namespace tunic
