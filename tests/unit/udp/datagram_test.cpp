// Datagrams to octets and back, with libtins as the judge of checksums. RFC 768, RFC 1122 §4.1.3; B51, B52.
#include "udp/datagram.hpp"

#include <gtest/gtest.h>
#include <tins/tins.h>

#include "base/endian.hpp"
#include "tests/support/bytes.hpp"

namespace tunic::udp {
namespace {

using test::Bytes;

constexpr Endpoint kPeer{Ipv4Address(10, 9, 0, 1), 5000};
constexpr Endpoint kStack{Ipv4Address(10, 9, 0, 2), 53};
constexpr wire::Ipv4Header kFromPeer{
    .tos = 0x28, .ttl = 3, .protocol = 17, .source = kPeer.address, .destination = kStack.address};

PacketBuffer packet_of(const Bytes& octets, BlockPool& pool) {
  return PacketBuffer(Chain(pool.copy(octets)));
}

// Shows: B51
TEST(Datagram, IsReadAsItWasWritten) {
  BlockPool pool;
  for (const std::size_t size : {0U, 1U, 2U, 511U, 1472U, 65507U}) {
    const Bytes payload = test::pattern(size);
    const Bytes octets =
        encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(payload))}).to_vector();
    ASSERT_EQ(octets.size(), 8 + size);
    const auto read = decode_datagram(kFromPeer, packet_of(octets, pool), pool);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->source, kPeer);
    EXPECT_EQ(read->destination, kStack);
    EXPECT_EQ(read->payload.to_vector(), payload);
    EXPECT_EQ(read->tos, 0x28);
    EXPECT_EQ(read->ttl, 3);

    Tins::IP ip("10.9.0.2", "10.9.0.1");
    ip /= Tins::UDP(53, 5000);
    ip /= Tins::RawPDU(reinterpret_cast<const std::uint8_t*>(payload.data()), static_cast<std::uint32_t>(size));
    const Bytes theirs = test::bytes(ip.serialize());
    EXPECT_EQ(load_be16(&theirs[26]), load_be16(&octets[6])) << size;
  }
}

// "If the computed checksum is zero, it is transmitted as all ones." B52.
// Shows: B52
TEST(Datagram, NeverHasAComputedChecksumOfZero) {
  BlockPool pool;
  Bytes payload(2);
  const auto checksum_with = [&](std::uint16_t word) {
    store_be16(payload.data(), word);
    const Bytes octets =
        encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(payload))}).to_vector();
    return load_be16(&octets[6]);
  };
  const std::uint16_t plain = checksum_with(0);
  EXPECT_EQ(checksum_with(plain), 0xffff) << "the word that makes the sum all ones, so its complement 0";
  const Bytes octets =
      encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(payload))}).to_vector();
  EXPECT_TRUE(decode_datagram(kFromPeer, packet_of(octets, pool), pool).has_value());
}

// Shows: B52
TEST(Datagram, MayHaveNoChecksum) {
  BlockPool pool;
  Bytes octets =
      encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(test::pattern(5)))}, false)
          .to_vector();
  EXPECT_EQ(load_be16(&octets[6]), 0);
  octets.back() ^= std::byte{1};
  EXPECT_TRUE(decode_datagram(kFromPeer, packet_of(octets, pool), pool).has_value());
}

TEST(Datagram, IsDroppedIfDamaged) {
  BlockPool pool;
  const Bytes octets =
      encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(test::pattern(5)))})
          .to_vector();
  for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
    Bytes damaged = octets;
    damaged[bit / 8] ^= static_cast<std::byte>(0x80 >> bit % 8);
    EXPECT_FALSE(decode_datagram(kFromPeer, packet_of(damaged, pool), pool).has_value()) << bit;
  }
}

// B52: shorter than the packet says: the rest is no data.
// Shows: B52
TEST(Datagram, IsCutToItsLength) {
  BlockPool pool;
  Bytes octets =
      encode_datagram({.source = kPeer, .destination = kStack, .payload = Chain(pool.copy(test::pattern(5)))})
          .to_vector();
  octets.resize(40);
  const auto read = decode_datagram(kFromPeer, packet_of(octets, pool), pool);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->payload.size(), 5U);
  for (const int length : {0, 7, 41}) {
    store_be16(&octets[4], static_cast<std::uint16_t>(length));
    const auto lie = decode_datagram(kFromPeer, packet_of(octets, pool), pool);
    ASSERT_FALSE(lie.has_value());
    EXPECT_EQ(lie.error(), Why::DropUdpTruncated);
  }
}

}  // namespace
}  // namespace tunic::udp
