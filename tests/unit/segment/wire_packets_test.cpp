// Super-segments against the segments that they stand for, octet by octet.
#include "segment/wire_packets.hpp"

#include <algorithm>
#include <vector>

#include "base/endian.hpp"
#include "segment/codec.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::any_in;
using test::Bytes;

const wire::Ipv4Header kIp{.tos = 2, .ttl = 61};

/// `payload` in slices of `piece` octets, as a send buffer would have it.
Chain chain_of(BlockPool& pool, std::span<const std::byte> payload, std::size_t piece) {
  Chain chain;
  for (; !payload.empty(); payload = payload.subspan(std::min(piece, payload.size())))
    chain.push_back(pool.copy(payload.first(std::min(piece, payload.size()))));
  return chain;
}

Segment segment_of(Chain payload, TcpFlags flags) {
  Segment segment;
  segment.source = {Ipv4Address(10, 9, 0, 2), 80};
  segment.destination = {Ipv4Address(10, 9, 0, 1), 40000};
  segment.seq = SeqNum(0xffffff00);
  segment.ack = SeqNum(0x80000000);
  segment.flags = flags;
  segment.wnd = RawWindow{502};
  segment.options.nop();
  segment.options.nop();
  segment.options.timestamps({7, 0xffffffff});
  segment.payload = std::move(payload);
  return segment;
}

/// As packets and as octets, which are the same.
std::vector<Bytes> cut(PacketBuffer packet, BlockPool& pool) {
  std::vector<Bytes> flat;
  WirePackets octets(packet.clone(), pool);
  Bytes room(65535);
  while (const std::size_t size = octets.next_into(room)) flat.emplace_back(room.data(), room.data() + size);
  std::vector<Bytes> result;
  WirePackets pieces(std::move(packet), pool);
  while (const auto piece = pieces.next()) result.push_back(piece->to_vector());
  EXPECT_EQ(flat, result);
  return result;
}

/// What a device takes in: everything in slices, nothing in the header room.
PacketBuffer as_from_a_device(const PacketBuffer& packet, BlockPool& pool) {
  PacketBuffer copy{chain_of(pool, packet.to_vector(), 2048)};
  copy.offload = packet.offload;
  return copy;
}

// Shows: MUST-2
RC_GTEST_PROP(WirePackets, AreTheSegmentsThatTheSuperSegmentStandsFor, ()) {
  BlockPool pool;
  const auto mss = static_cast<std::uint16_t>(any_in<std::size_t>(48, 1460));
  const auto size = any_in<std::size_t>(1, 20'000);
  const Bytes payload = test::pattern(size);
  const auto all = TcpFlags::Ack | TcpFlags::Psh | TcpFlags::Ece;
  std::vector<Bytes> separate;
  for (std::size_t at = 0; at < size; at += mss) {
    const std::size_t count = std::min<std::size_t>(mss, size - at);
    Segment one = segment_of(chain_of(pool, std::span(payload).subspan(at, count), 700), all);
    if (at == 0) one.flags |= TcpFlags::Cwr;
    if (at + count < size) one.flags = one.flags.without(TcpFlags::Psh);
    if (at + count == size) one.flags |= TcpFlags::Fin;
    one.seq += static_cast<std::uint32_t>(at);
    separate.push_back(encode_segment(one, kIp).to_vector());
  }
  Segment super = segment_of(chain_of(pool, payload, 3000), all | TcpFlags::Cwr | TcpFlags::Fin);
  super.gso_size = mss;
  const PacketBuffer packet = encode_segment(super, kIp);
  RC_ASSERT(cut(as_from_a_device(packet, pool), pool) == separate);
  RC_ASSERT(cut(packet.clone(), pool) == separate);
}

// What may be fragmented on the way has an identification of its own each (RFC 6864 §4.1, §4.2).
TEST(WirePackets, CountIdentificationsUp) {
  BlockPool pool;
  const auto identifications = [&](bool dont_fragment) {
    Segment super = segment_of(Chain(pool.copy(test::pattern(250))), TcpFlags::Ack);
    super.gso_size = 100;
    std::vector<unsigned> result;
    const wire::Ipv4Header ip{.identification = 0xffff, .dont_fragment = dont_fragment};
    for (const Bytes& packet : cut(encode_segment(super, ip), pool)) result.push_back(load_be16(&packet[4]));
    return result;
  };
  EXPECT_EQ(identifications(false), (std::vector<unsigned>{0xffff, 0, 1}));
  EXPECT_EQ(identifications(true), (std::vector<unsigned>{0xffff, 0, 1}));  // a kernel's, on the way in
}

TEST(WirePackets, CompleteAChecksumWithoutCutting) {
  BlockPool pool;
  const Segment segment = segment_of(Chain(pool.copy(test::pattern(333))), TcpFlags::Ack);
  EXPECT_EQ(cut(encode_segment(segment, kIp, true), pool),
            std::vector<Bytes>{encode_segment(segment, kIp).to_vector()});
}

// Pieces share the payload: what is in a send buffer must not change under a capture.
TEST(WirePackets, LeaveThePacketAsItIs) {
  BlockPool pool;
  Segment super = segment_of(Chain(pool.copy(test::pattern(3000))), TcpFlags::Ack);
  super.gso_size = 1000;
  const PacketBuffer packet = as_from_a_device(encode_segment(super, kIp), pool);
  const Bytes before = packet.to_vector();
  EXPECT_EQ(cut(packet.clone(), pool).size(), 3U);
  EXPECT_EQ(packet.to_vector(), before);
}

/// A UDP packet with `data`, its checksum left out.
Bytes datagram(std::size_t data) {
  Bytes packet(28);
  const auto size = static_cast<std::uint16_t>(28 + data);
  wire::emit_ipv4({.protocol = 17,
                   .source = Ipv4Address(10, 9, 0, 1),
                   .destination = Ipv4Address(10, 9, 0, 2),
                   .total_length = size},
                  packet);
  store_be16(&packet[20], 4000);
  store_be16(&packet[22], 7);
  store_be16(&packet[24], static_cast<std::uint16_t>(size - 20));
  return test::join({packet, test::pattern(data)});
}

TEST(WirePackets, KnowDatagramsToo) {
  BlockPool pool;
  PacketBuffer packet(Chain(pool.copy(datagram(250))));
  packet.offload = {.checksum_partial = true, .checksum_start = 20, .checksum_offset = 6, .gso_size = 100};
  const auto pieces = cut(std::move(packet), pool);
  const Bytes data = test::pattern(250);
  ASSERT_EQ(pieces.size(), 3U);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Bytes& piece = pieces[i];
    ASSERT_EQ(piece.size(), i < 2 ? 128U : 78U);
    EXPECT_EQ(load_be16(&piece[2]), piece.size());
    EXPECT_EQ(load_be16(&piece[24]), piece.size() - 20);
    PacketBuffer content(Chain(pool.copy(std::span(piece).subspan(20))));
    EXPECT_EQ(wire::transport_sum(Ipv4Address(10, 9, 0, 1), Ipv4Address(10, 9, 0, 2), wire::IpProtocol::Udp, content)
                  .finish(),
              0);
    EXPECT_TRUE(std::ranges::equal(std::span(piece).subspan(28), std::span(data).subspan(100 * i, piece.size() - 28)));
  }
}

// A packet that says of itself what is not true passes as it is: what it is worth is the receiver's to judge.
TEST(WirePackets, LetWhatIsBrokenPass) {
  BlockPool pool;
  const auto passes = [&](const Bytes& octets) {
    PacketBuffer packet(Chain(pool.copy(octets)));
    packet.offload = {.checksum_partial = true, .gso_size = 10};
    return cut(std::move(packet), pool) == std::vector<Bytes>{octets};
  };
  Segment segment = segment_of(Chain(pool.copy(test::pattern(100))), TcpFlags::Ack);
  const Bytes good = encode_segment(segment, kIp).to_vector();
  EXPECT_FALSE(passes(good));
  EXPECT_TRUE(passes(Bytes(good.begin(), good.begin() + 10)));
  EXPECT_TRUE(passes(Bytes(good.begin(), good.begin() + 30)));
  EXPECT_TRUE(passes(test::join({good, Bytes(1)})));
  Bytes offset = good;
  offset[32] = std::byte{0x40};
  EXPECT_TRUE(passes(offset));
}

}  // namespace
}  // namespace tunic
