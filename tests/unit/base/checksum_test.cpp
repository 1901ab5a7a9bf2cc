// The Internet checksum against the words-one-by-one definition of RFC 1071.
#include "base/checksum.hpp"

#include "base/endian.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::Bytes;
using test::bytes;

/// RFC 1071 §1, literally.
std::uint16_t naive_checksum(std::span<const std::byte> data) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::uint32_t octet = load_u8(&data[i]);
    sum += i % 2 == 0 ? octet << 8 : octet;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

std::uint16_t checksum_of(std::span<const std::byte> data) {
  Checksum checksum;
  checksum.add(data);
  return checksum.finish();
}

TEST(Checksum, OfTheExampleInRfc1071) {
  Checksum checksum;
  checksum.add(bytes({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}));
  EXPECT_EQ(checksum.folded(), 0xddf2);
  EXPECT_EQ(checksum.finish(), 0x220d);
}

TEST(Checksum, OfNothingIsAllOnes) {
  EXPECT_EQ(Checksum().finish(), 0xffff);
}

TEST(Checksum, OfDataWithItsChecksumIsZero) {
  Bytes data = test::pattern(40);
  store_be16(data.data() + 10, 0);
  store_be16(data.data() + 10, checksum_of(data));
  EXPECT_EQ(checksum_of(data), 0);
}

TEST(Checksum, CarriesOutOfTheHighestWordComeBack) {
  for (std::size_t size : {8U, 32U, 33U, 64U, 1500U, 65535U}) {
    const Bytes ones(size, std::byte{0xff});
    EXPECT_EQ(checksum_of(ones), naive_checksum(ones)) << size;
  }
}

TEST(Checksum, IsRightAtEveryAlignmentAndLength) {
  const Bytes data = test::pattern(160);
  for (std::size_t begin = 0; begin < 16; ++begin) {
    for (std::size_t size = 0; size + begin <= data.size(); ++size) {
      const auto part = std::span(data).subspan(begin, size);
      ASSERT_EQ(checksum_of(part), naive_checksum(part)) << begin << " " << size;
    }
  }
}

RC_GTEST_PROP(Checksum, DoesNotDependOnHowTheDataIsCut, (const std::vector<std::vector<std::uint8_t>>& pieces)) {
  Checksum checksum;
  Bytes all;
  for (const auto& piece : pieces) {
    checksum.add(bytes(piece));
    all = test::join({all, bytes(piece)});
  }
  RC_ASSERT(checksum.finish() == naive_checksum(all));
}

RC_GTEST_PROP(Checksum, WordsCountAsTheirOctets, (const std::vector<std::uint8_t>& before, std::uint32_t word)) {
  Bytes all = bytes(before);
  Checksum checksum;
  checksum.add(all);
  checksum.add_be32(word);
  checksum.add_be16(0x1234);
  all.resize(all.size() + 6);
  store_be32(&all[all.size() - 6], word);
  store_be16(&all[all.size() - 2], 0x1234);
  RC_ASSERT(checksum.finish() == naive_checksum(all));
}

TEST(ChecksumUpdate, OfTheExampleInRfc1624) {
  EXPECT_EQ(checksum_update(0xdd2f, 0x5555, 0x3285), 0x0000);
}

RC_GTEST_PROP(ChecksumUpdate, IsTheChecksumOfTheChangedData, (std::uint16_t old_word, std::uint16_t new_word)) {
  Bytes data = test::pattern(20);
  store_be16(data.data() + 8, old_word);
  const std::uint16_t before = checksum_of(data);
  store_be16(data.data() + 8, new_word);
  RC_ASSERT(checksum_update(before, old_word, new_word) == checksum_of(data));
}

}  // namespace
}  // namespace tunic
