// The segments of the benchmark's null stack, held against the stack's own reading of them.
#include <gtest/gtest.h>

#include <vector>

#include "bench/null_frame.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kDeviceHeader = 10;

NullSegment segment() {
  return {.peer = {Ipv4Address(10, 9, 0, 2), Ipv4Address(10, 9, 0, 1), 19, 40000},
          .seq = 0xfffffff0,
          .ack = 0x80000001,
          .flags = kAck | kPsh,
          .window = 512};
}

std::vector<std::byte> copied(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(NullFrame, IsAPacketWithRightChecksums) {
  NullFrame frame(kNullMss, false);
  frame.payload()[2] = std::byte{7};
  const auto packet = copied(frame.finish(segment(), 3));
  const auto ip = wire::parse_ipv4(packet, packet.size());
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->total_length, 43);
  const auto text = std::span(packet).subspan(20);
  const auto tcp = wire::parse_tcp(text, text.size());
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->source_port, 19);
  EXPECT_EQ(tcp->seq.value(), 0xfffffff0);
  Checksum sum = wire::pseudo_header(ip->source, ip->destination, wire::IpProtocol::Tcp, text.size());
  sum.add(text);
  EXPECT_EQ(sum.finish(), 0);
}

TEST(NullFrame, TellsTheDeviceOfSuperSegments) {
  NullFrame frame(2 * kNullMss, true);
  const auto super = copied(frame.finish(segment(), 2 * kNullMss));
  EXPECT_EQ(super.size(), kDeviceHeader + 40 + 2 * kNullMss);
  EXPECT_EQ(super[1], std::byte{1});  // TCPv4
  EXPECT_EQ(copied(frame.finish(segment(), kNullMss))[1], std::byte{0});
}

TEST(NullFrame, IsReadBackFromTheOtherSide) {
  for (const bool offloads : {false, true}) {
    NullFrame frame(kNullMss, offloads);
    frame.payload()[0] = std::byte{42};
    const auto packet = copied(frame.finish(segment(), 1));
    const auto read = parse_null(packet, offloads);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->peer.our_port, 40000);
    EXPECT_EQ(read->peer.theirs, Ipv4Address(10, 9, 0, 2));
    EXPECT_EQ(read->ack, 0x80000001);
    ASSERT_EQ(read->payload.size(), 1U);
    EXPECT_EQ(read->payload[0], std::byte{42});
  }
}

TEST(NullFrame, ABadChecksumIsNoSegmentWhereItIsVerified) {
  NullFrame frame(kNullMss, false);
  auto packet = copied(frame.finish(segment(), 1));
  packet.back() ^= std::byte{1};
  EXPECT_FALSE(parse_null(packet, false));
}

TEST(NullFrame, LengthsThatLieAreNoSegment) {
  NullFrame frame(kNullMss, true);
  const auto packet = copied(frame.finish(segment(), 1));
  EXPECT_FALSE(parse_null(std::span(packet).first(packet.size() - 1), true));
  auto lying = packet;
  lying[kDeviceHeader + 20 + 12] = std::byte{0xf0};  // a data offset beyond the packet
  EXPECT_FALSE(parse_null(lying, true));
}

TEST(NullFrame, FindsTheWindowScale) {
  const auto scale = [](std::vector<std::uint8_t> options) {
    return window_scale_in(std::as_bytes(std::span(options)));
  };
  EXPECT_EQ(scale({2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 10}), 10);
  EXPECT_EQ(scale({3, 3, 200}), 14);
  EXPECT_EQ(scale({2, 4, 5, 0xb4}), 0);
  EXPECT_EQ(scale({8, 0, 0, 3, 3, 7}), 0);  // a length of 0 ends it
}

}  // namespace
}  // namespace tunic::bench
