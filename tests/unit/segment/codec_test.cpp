// The segment codec: what it writes libtins reads, what libtins writes it reads, and it drops what lies.
#include "segment/codec.hpp"

#include <tins/ip.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::any_in;
using test::Bytes;
using wire::kIpv4HeaderSize;
using wire::kTcpHeaderSize;

const wire::Ipv4Header kIp{.tos = 2, .identification = 0x8001, .ttl = 61};

Segment data_segment(BlockPool& pool, const Bytes& payload) {
  Segment segment;
  segment.source = {Ipv4Address(10, 9, 0, 2), 80};
  segment.destination = {Ipv4Address(10, 9, 0, 1), 40000};
  segment.seq = SeqNum(0xfffffff0);
  segment.ack = SeqNum(0x80000000);
  segment.flags = TcpFlags::Psh | TcpFlags::Ack;
  segment.wnd = RawWindow{502};
  segment.options.nop();
  segment.options.nop();
  segment.options.timestamps({7, 0xffffffff});
  segment.payload = Chain(pool.copy(payload));
  return segment;
}

std::expected<Segment, Why> decode(const Bytes& packet, BlockPool& pool, bool verified = false) {
  const auto ip = wire::parse_ipv4(packet, packet.size());
  if (!ip) return std::unexpected(ip.error());
  PacketBuffer buffer{Chain(pool.copy(packet))};
  buffer.offload.checksum_valid = verified;
  buffer.trim_front(ip->header_size);
  return decode_segment(*ip, std::move(buffer), pool);
}

/// An IPv4 packet with the TCP part as given, made to have a right checksum if `repair`.
Bytes packet_around(Bytes tcp, bool repair = true) {
  if (repair && tcp.size() >= 18) {
    store_be16(&tcp[16], 0);
    Checksum checksum;
    checksum.add_be32(0x0a090001);
    checksum.add_be32(0x0a090002);
    checksum.add_be16(6);
    checksum.add_be16(static_cast<std::uint16_t>(tcp.size()));
    checksum.add(tcp);
    store_be16(&tcp[16], checksum.finish());
  }
  Bytes ip(kIpv4HeaderSize);
  wire::emit_ipv4({.protocol = 6,
                   .source = Ipv4Address(10, 9, 0, 1),
                   .destination = Ipv4Address(10, 9, 0, 2),
                   .total_length = static_cast<std::uint16_t>(kIpv4HeaderSize + tcp.size())},
                  ip);
  return test::join({ip, tcp});
}

Bytes tcp_header(std::size_t header_size = kTcpHeaderSize) {
  Bytes result(kTcpHeaderSize);
  wire::emit_tcp({.source_port = 1, .destination_port = 2, .header_size = static_cast<std::uint8_t>(header_size)},
                 result);
  return result;
}

// Shows: MUST-2
TEST(EncodeSegment, WritesWhatLibtinsReads) {
  BlockPool pool;
  const Bytes packet = encode_segment(data_segment(pool, test::pattern(101)), kIp).to_vector();
  Tins::IP ip(reinterpret_cast<const std::uint8_t*>(packet.data()), static_cast<std::uint32_t>(packet.size()));
  EXPECT_EQ(ip.tot_len(), packet.size());
  EXPECT_EQ(ip.src_addr().to_string(), "10.9.0.2");
  EXPECT_EQ(ip.dst_addr().to_string(), "10.9.0.1");
  EXPECT_EQ(ip.tos(), 2);
  EXPECT_EQ(ip.ttl(), 61);
  EXPECT_EQ(ip.id(), 0x8001);
  EXPECT_EQ(ip.flags(), Tins::IP::DONT_FRAGMENT);
  const auto& tcp = ip.rfind_pdu<Tins::TCP>();
  EXPECT_EQ(tcp.sport(), 80);
  EXPECT_EQ(tcp.dport(), 40000);
  EXPECT_EQ(tcp.seq(), 0xfffffff0);
  EXPECT_EQ(tcp.ack_seq(), 0x80000000);
  EXPECT_EQ(tcp.flags(), Tins::TCP::PSH | Tins::TCP::ACK);
  EXPECT_EQ(tcp.window(), 502);
  EXPECT_EQ(tcp.timestamp(), std::make_pair(7U, 0xffffffffU));
  EXPECT_EQ(test::bytes(ip.rfind_pdu<Tins::RawPDU>().payload()), test::pattern(101));
  EXPECT_EQ(test::bytes(ip.serialize()), packet) << "libtins computes both checksums anew";
}

// Shows: MUST-3
TEST(DecodeSegment, ReadsWhatLibtinsWrites) {
  BlockPool pool;
  Tins::TCP tcp(80, 40000);
  tcp.seq(0xffffffff);
  tcp.ack_seq(0x7fffffff);
  tcp.window(65535);
  tcp.urg_ptr(9);
  tcp.flags(Tins::TCP::SYN | Tins::TCP::URG | Tins::TCP::ECE);
  tcp.mss(1460);
  tcp.winscale(7);
  Tins::IP ip("10.9.0.2", "10.9.0.1");
  ip.ttl(3);
  ip.tos(0x01);
  const Bytes packet = test::bytes((ip / tcp / Tins::RawPDU("hello")).serialize());
  const auto segment = decode(packet, pool);
  ASSERT_TRUE(segment.has_value());
  EXPECT_EQ(segment->source, (Endpoint{Ipv4Address(10, 9, 0, 1), 40000}));
  EXPECT_EQ(segment->destination, (Endpoint{Ipv4Address(10, 9, 0, 2), 80}));
  EXPECT_EQ(segment->seq, SeqNum(0xffffffff));
  EXPECT_EQ(segment->ack, SeqNum(0x7fffffff));
  EXPECT_EQ(segment->flags, TcpFlags::Syn | TcpFlags::Urg | TcpFlags::Ece);
  EXPECT_EQ(segment->wnd, RawWindow{65535});
  EXPECT_EQ(segment->up, 9);
  EXPECT_EQ(segment->ttl, 3);
  EXPECT_EQ(segment->tos, 0x01);
  EXPECT_EQ(wire::parse_tcp_options(segment->options.bytes()).mss, 1460);
  EXPECT_EQ(segment->payload.to_vector(), test::bytes({'h', 'e', 'l', 'l', 'o'}));
  EXPECT_EQ(segment->len(), 6U);
  EXPECT_EQ(segment->end(), SeqNum(5));
}

Segment any_segment(BlockPool& pool) {
  Segment segment;
  segment.source = {Ipv4Address(*rc::gen::arbitrary<std::uint32_t>()), *rc::gen::arbitrary<std::uint16_t>()};
  segment.destination = {Ipv4Address(*rc::gen::arbitrary<std::uint32_t>()), *rc::gen::arbitrary<std::uint16_t>()};
  segment.seq = SeqNum(*rc::gen::arbitrary<std::uint32_t>());
  segment.ack = SeqNum(*rc::gen::arbitrary<std::uint32_t>());
  segment.flags = TcpFlags(any_in<std::uint16_t>(0, 512));
  segment.wnd = RawWindow{*rc::gen::arbitrary<std::uint16_t>()};
  segment.up = *rc::gen::arbitrary<std::uint16_t>();
  segment.options.raw(test::pattern(any_in<std::size_t>(0, 41)));
  for (int slices = any_in(0, 4); slices > 0; --slices) {
    segment.payload.push_back(pool.copy(test::pattern(any_in<std::size_t>(1, 200))));
  }
  return segment;
}

RC_GTEST_PROP(SegmentCodec, WhatIsEncodedIsDecoded, ()) {
  BlockPool pool;
  const Segment sent = any_segment(pool);
  const Bytes packet = encode_segment(sent, kIp).to_vector();
  const auto read = decode(packet, pool);
  RC_ASSERT(read.has_value());
  RC_ASSERT((read->source == sent.source && read->destination == sent.destination));
  RC_ASSERT((read->seq == sent.seq && read->ack == sent.ack && read->flags == sent.flags));
  RC_ASSERT((read->wnd == sent.wnd && read->up == sent.up));
  RC_ASSERT(read->payload.to_vector() == sent.payload.to_vector());
  wire::OptionBytes padded = sent.options;
  padded.pad();
  RC_ASSERT(std::ranges::equal(read->options.bytes(), padded.bytes()));
}

RC_GTEST_PROP(DecodeSegment, TakesPacketsInAnyPieces, ()) {
  BlockPool pool;
  const Segment sent = any_segment(pool);
  const PacketBuffer whole = encode_segment(sent, kIp);
  const auto ip = wire::parse_ipv4(whole.front(), whole.size());
  RC_ASSERT(ip.has_value());
  Bytes rest = whole.to_vector();
  rest.erase(rest.begin(), rest.begin() + kIpv4HeaderSize);
  Chain pieces;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.size(), any_in<std::size_t>(1, 50));
    pieces.push_back(pool.copy(std::span(rest).first(size)));
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
  }
  const auto read = decode_segment(*ip, PacketBuffer(std::move(pieces)), pool);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->payload.to_vector() == sent.payload.to_vector());
}

TEST(DecodeSegment, DoesNotCopyThePayload) {
  BlockPool pool;
  const Bytes bytes = encode_segment(data_segment(pool, test::pattern(1000)), kIp).to_vector();
  PacketBuffer packet{Chain(pool.copy(bytes))};
  const std::byte* const begin = packet.front().data();
  const auto ip = wire::parse_ipv4(packet.front(), packet.size());
  packet.trim_front(kIpv4HeaderSize);
  const auto segment = decode_segment(*ip, std::move(packet), pool);
  ASSERT_TRUE(segment.has_value());
  EXPECT_EQ(segment->payload.slice(0).bytes().data(), begin + kIpv4HeaderSize + kTcpHeaderSize + 12);
  EXPECT_EQ(pool.blocks_in_use(), 1U);
}

// Shows: B2
TEST(DecodeSegment, DropsLyingDataOffsets) {
  BlockPool pool;
  for (int offset = 0; offset <= 4; ++offset) {
    Bytes tcp = tcp_header();
    tcp[12] = static_cast<std::byte>(offset << 4);
    EXPECT_EQ(decode(packet_around(tcp), pool).error(), Why::DropTcpOffset) << offset;
  }
  EXPECT_EQ(decode(packet_around(tcp_header(24)), pool).error(), Why::DropTcpOffset);
  EXPECT_EQ(decode(packet_around(test::join({tcp_header(60), Bytes(39)})), pool).error(), Why::DropTcpOffset);
  EXPECT_TRUE(decode(packet_around(test::join({tcp_header(60), Bytes(40)})), pool).has_value());
}

// Shows: B2
TEST(DecodeSegment, DropsSegmentsShorterThanAHeader) {
  BlockPool pool;
  for (const std::size_t size : {0U, 1U, 13U, 19U}) {
    Bytes tcp = tcp_header();
    tcp.resize(size);
    EXPECT_EQ(decode(packet_around(tcp), pool).error(), Why::DropTcpTruncated) << size;
  }
}

// Shows: MUST-3 (against)
TEST(DecodeSegment, DropsEverySingleBitError) {
  BlockPool pool;
  const Bytes good = encode_segment(data_segment(pool, test::pattern(21)), kIp).to_vector();
  for (std::size_t bit = kIpv4HeaderSize * 8; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(decode(bad, pool).has_value()) << bit;
  }
}

// Shows: MUST-3 (against)
TEST(DecodeSegment, TheChecksumCoversThePseudoHeader) {
  BlockPool pool;
  const Bytes good = encode_segment(data_segment(pool, test::pattern(21)), kIp).to_vector();
  auto ip = wire::parse_ipv4(good, good.size());
  ip->source = Ipv4Address(10, 9, 0, 3);
  PacketBuffer packet{Chain(pool.copy(good))};
  packet.trim_front(kIpv4HeaderSize);
  const auto segment = decode_segment(*ip, std::move(packet), pool);
  ASSERT_FALSE(segment.has_value());
  EXPECT_EQ(segment.error(), Why::DropTcpChecksum);
}

TEST(DecodeSegment, BelievesADeviceThatHasVerifiedTheChecksum) {
  BlockPool pool;
  Bytes tcp = tcp_header();
  store_be16(&tcp[16], 0xdead);
  EXPECT_EQ(decode(packet_around(tcp, false), pool).error(), Why::DropTcpChecksum);
  EXPECT_TRUE(decode(packet_around(tcp, false), pool, true).has_value());
}

// Shows: B3, MUST-7 (against)
TEST(DecodeSegment, KeepsMalformedOptionsForTheReader) {  // no reason to drop
  BlockPool pool;
  const auto segment = decode(packet_around(test::join({tcp_header(24), test::bytes({2, 0, 5, 180})})), pool);
  ASSERT_TRUE(segment.has_value());
  EXPECT_TRUE(wire::parse_tcp_options(segment->options.bytes()).malformed);
}

TEST(EncodeSegment, SharesThePayloadAndLeavesTheSegmentAlone) {
  BlockPool pool;
  const Segment segment = data_segment(pool, test::pattern(100));
  const PacketBuffer packet = encode_segment(segment, kIp);
  EXPECT_EQ(packet.payload().slice(0).bytes().data(), segment.payload.slice(0).bytes().data());
  EXPECT_EQ(packet.front().size(), kIpv4HeaderSize + kTcpHeaderSize + 12);
  EXPECT_EQ(segment.payload.size(), 100U);
}

/// What a device does with a partial checksum: the sum from `checksum_start` on goes where `checksum_offset` says.
Bytes completed(const PacketBuffer& packet) {
  Bytes bytes = packet.to_vector();
  const std::size_t start = packet.offload.checksum_start;
  Checksum checksum;
  checksum.add(std::span(bytes).subspan(start));
  store_be16(&bytes[start + packet.offload.checksum_offset], checksum.finish());
  return bytes;
}

TEST(EncodeSegment, PartialChecksumsAreCompletedByTheDevice) {
  BlockPool pool;
  const Segment segment = data_segment(pool, test::pattern(333));
  const PacketBuffer partial = encode_segment(segment, kIp, true);
  EXPECT_TRUE(partial.offload.checksum_partial);
  EXPECT_EQ(partial.offload.gso_size, 0);
  EXPECT_EQ(completed(partial), encode_segment(segment, kIp).to_vector());
}

TEST(EncodeSegment, SuperSegmentsAlwaysLeaveTheChecksumToTheDevice) {
  BlockPool pool;
  Segment segment = data_segment(pool, test::pattern(60000));
  segment.gso_size = 1448;
  const PacketBuffer packet = encode_segment(segment, kIp);
  EXPECT_TRUE(packet.offload.checksum_partial);
  EXPECT_EQ(packet.offload.gso_size, 1448);
  EXPECT_TRUE(decode(completed(packet), pool).has_value());
}

TEST(Segment, CountsSynAndFin) {
  Segment segment;
  segment.seq = SeqNum(0xffffffff);
  EXPECT_EQ(segment.len(), 0U);
  segment.flags = TcpFlags::Syn | TcpFlags::Fin;
  EXPECT_EQ(segment.len(), 2U);
  EXPECT_EQ(segment.end(), SeqNum(1));
}

TEST(Segment, IsDescribedWithTheNumbersOfTheWire) {
  BlockPool pool;
  Segment segment = data_segment(pool, test::pattern(100));
  segment.ttl = 63;
  const SegmentInfo info = describe(segment, SeqNum(0xffffff00), SeqNum(0x7fffffff));
  EXPECT_EQ(info.source, segment.source);
  EXPECT_EQ(info.destination, segment.destination);
  EXPECT_EQ(info.seq, 0xfffffff0);
  EXPECT_EQ(info.ack, 0x80000000);
  EXPECT_EQ(info.flags, 24);
  EXPECT_EQ(info.window, 502);
  EXPECT_EQ(info.payload_size, 100U);
  EXPECT_EQ(info.options.data(), segment.options.bytes().data());
  EXPECT_EQ(info.seq_base, 0xffffff00);
  EXPECT_EQ(info.ack_base, 0x7fffffff);
  EXPECT_EQ(info.ttl, 63);
}

}  // namespace
}  // namespace tunic
