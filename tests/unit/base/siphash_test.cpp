// SipHash against values computed from its definition: key 00 01 … 0f, message 00 01 … of each length.
#include "base/siphash.hpp"

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

test::Bytes counting(std::size_t size) {
  test::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

TEST(SipHash24, OfMessagesOfAllKindsOfLength) {
  EXPECT_EQ(siphash24(kKey, counting(0)), 0x726fdb47dd0e0e31);
  EXPECT_EQ(siphash24(kKey, counting(1)), 0x74f839c593dc67fd);
  EXPECT_EQ(siphash24(kKey, counting(7)), 0xab0200f58b01d137);
  EXPECT_EQ(siphash24(kKey, counting(8)), 0x93f5f5799a932462);
  EXPECT_EQ(siphash24(kKey, counting(15)), 0xa129ca6149be45e5);
  EXPECT_EQ(siphash24(kKey, counting(16)), 0x3f2acc7f57c29bdb);
  EXPECT_EQ(siphash24(kKey, counting(63)), 0x958a324ceb064572);
}

TEST(SipHash, OfTwoWordsIsThatOfTheirOctets) {
  EXPECT_EQ(siphash24(kKey, kKey.k0, kKey.k1), 0x3f2acc7f57c29bdb);  // the key's octets are the message's, too
  EXPECT_EQ(siphash13(kKey, kKey.k0, kKey.k1), 0xcc4fdd1a7d908b66);
}

RC_GTEST_PROP(SipHash24, WordsAreLittleEndian, (std::uint64_t k0, std::uint64_t k1, std::uint64_t a, std::uint64_t b)) {
  test::Bytes message(16);
  for (std::size_t i = 0; i < 8; ++i) {
    message[i] = static_cast<std::byte>(a >> (8 * i) & 0xff);
    message[8 + i] = static_cast<std::byte>(b >> (8 * i) & 0xff);
  }
  RC_ASSERT(siphash24(SipKey{k0, k1}, a, b) == siphash24(SipKey{k0, k1}, message));
}

}  // namespace
}  // namespace tunic
