// The kernel's word on checksums and segments: believed where it fits the packet, never where it does not.
#include "tun/vnet_header.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "segment/codec.hpp"
#include "tests/support/bytes.hpp"

namespace tunic::tun {
namespace {

struct Words {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_size = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};

/// What Linux writes in front of a TCP super-segment with headers of 40 octets.
constexpr Words kSuper{
    .flags = 1, .gso_type = 1, .header_size = 40, .gso_size = 1460, .checksum_start = 20, .checksum_offset = 16};

class VnetHeaderTest : public ::testing::Test {
 protected:
  PacketBuffer segment(std::size_t payload, std::uint16_t gso_size = 0) {
    Segment segment;
    segment.source = {Ipv4Address(10, 9, 0, 1), 40000};
    segment.destination = {Ipv4Address(10, 9, 0, 2), 80};
    segment.seq = SeqNum(0x7ffffff0);
    segment.flags = TcpFlags::Ack;
    if (payload > 0) segment.payload = Chain(pool.copy(test::pattern(payload)));
    segment.gso_size = gso_size;
    return encode_segment(segment, {}, true);
  }

  static std::optional<Offload> said(const Words& words, const PacketBuffer& packet) {
    VnetHeader header{};
    static_assert(sizeof words == kVnetHeaderSize);
    std::memcpy(header.data(), &words, header.size());
    return offload_of(header, packet);
  }

  BlockPool pool;
};

TEST_F(VnetHeaderTest, SaysNothingOfAnOrdinaryPacket) {
  const auto offload = said({}, segment(100));
  ASSERT_TRUE(offload);
  EXPECT_FALSE(offload->checksum_valid);
  EXPECT_FALSE(offload->checksum_partial);
  EXPECT_EQ(offload->gso_size, 0);
  EXPECT_TRUE(said({.flags = 2}, segment(100))->checksum_valid);
}

// A checksum that was left out was on no wire that could have damaged the packet.
TEST_F(VnetHeaderTest, ChecksumThatWasLeftOutCountsAsValid) {
  const auto offload = said({.flags = 1, .checksum_start = 20, .checksum_offset = 16}, segment(100));
  ASSERT_TRUE(offload);
  EXPECT_TRUE(offload->checksum_valid);
  EXPECT_TRUE(offload->checksum_partial);
}

TEST_F(VnetHeaderTest, SuperSegmentHasASize) {
  const auto offload = said(kSuper, segment(20'000));
  ASSERT_TRUE(offload);
  EXPECT_EQ(offload->gso_size, 1460);
  Words in_one_piece = kSuper;
  in_one_piece.header_size = 20'040;  // "hdr_len" is what lies in one piece of the kernel's memory
  EXPECT_TRUE(said(in_one_piece, segment(20'000)));
}

TEST_F(VnetHeaderTest, LiesAreFoundOut) {
  const auto lie = [&](auto change, std::size_t payload = 20'000) {
    Words words = kSuper;
    change(words);
    return !said(words, segment(payload)).has_value();
  };
  EXPECT_FALSE(lie([](Words&) {}));
  EXPECT_TRUE(lie([](Words& w) { w.gso_size = 0; }));
  EXPECT_TRUE(lie([](Words& w) { w.header_size = 39; }));
  EXPECT_TRUE(lie([](Words& w) { w.header_size = 20'041; }));
  EXPECT_TRUE(lie([](Words& w) { w.checksum_start = 0; }));
  EXPECT_TRUE(lie([](Words& w) { w.checksum_start = 65535; }));
  EXPECT_TRUE(lie([](Words& w) { w.checksum_offset = 6; }));
  EXPECT_TRUE(lie([](Words& w) { w.checksum_offset = 65535; }));
  EXPECT_TRUE(lie([](Words& w) { w.flags = 0; }));        // who cuts completes checksums
  EXPECT_TRUE(lie([](Words& w) { w.gso_type = 0x81; }));  // with ECN: not asked for
  for (const unsigned type : {3U, 4U, 5U, 7U, 255U}) {    // datagrams, IPv6, and what there is not
    EXPECT_TRUE(lie([type](Words& w) { w.gso_type = static_cast<std::uint8_t>(type); })) << type;
  }
}

TEST_F(VnetHeaderTest, PacketsWithoutATransportHeaderHaveNoChecksumToComplete) {
  const auto refused = [&](const test::Bytes& octets) {
    return !said({.flags = 1, .checksum_start = 20, .checksum_offset = 16}, PacketBuffer(Chain(pool.copy(octets))));
  };
  const test::Bytes good = segment(100).to_vector();
  EXPECT_FALSE(refused(good));
  EXPECT_TRUE(refused({good.begin(), good.begin() + 12}));
  EXPECT_TRUE(refused({good.begin(), good.begin() + 36}));
  test::Bytes offset = good;
  offset[32] = std::byte{0x40};
  EXPECT_TRUE(refused(offset));
  test::Bytes fragment(20);
  wire::emit_ipv4({.more_fragments = true, .protocol = 6, .total_length = 20}, fragment);
  EXPECT_TRUE(refused(fragment));
  EXPECT_FALSE(refused(test::bytes({0x60, 0, 0, 0})));  // IPv6: the stack drops it and says why
}

TEST_F(VnetHeaderTest, WhatIsWrittenIsWhatLinuxReads) {
  const auto written = [](const PacketBuffer& packet) {
    const VnetHeader header = vnet_header_of(packet);
    return std::vector<std::byte>(header.begin(), header.end());
  };
  const auto expected = [](const Words& words) {
    std::vector<std::byte> octets(sizeof words);
    std::memcpy(octets.data(), &words, sizeof words);
    return octets;
  };
  EXPECT_EQ(written(segment(20'000, 1460)), expected(kSuper));
  EXPECT_EQ(written(segment(100)), expected({.flags = 1, .checksum_start = 20, .checksum_offset = 16}));
  EXPECT_EQ(written(PacketBuffer(Chain(pool.copy(segment(100).to_vector())))), expected({}));
}

}  // namespace
}  // namespace tunic::tun
