// Runs of segments against what they are merged to: cut again, it is what came, octet by octet.
#include "segment/merging.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/endian.hpp"
#include "segment/codec.hpp"
#include "segment/wire_packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::any_in;
using test::Bytes;

constexpr std::size_t kText = 1000;
constexpr std::size_t kTcp = wire::kIpv4HeaderSize;

/// The n-th segment of a run, `text` octets long, that crosses 2^32.
Segment segment(BlockPool& pool, std::uint32_t n, std::size_t text = kText) {
  Segment segment;
  segment.source = {Ipv4Address(10, 9, 0, 2), 80};
  segment.destination = {Ipv4Address(10, 9, 0, 1), 40000};
  segment.seq = SeqNum(0xfffffa00) + n * static_cast<std::uint32_t>(kText);
  segment.ack = SeqNum(0x80000000);
  segment.flags = TcpFlags(TcpFlags::Ack);
  segment.wnd = RawWindow{502};
  segment.options.nop();
  segment.options.nop();
  segment.options.timestamps({7, 0xffffffff});
  segment.payload = Chain(pool.copy(test::pattern(text)));
  return segment;
}

/// As a device gives it: in one slice.
PacketBuffer packet_of(BlockPool& pool, const Segment& segment, const wire::Ipv4Header& ip = {}) {
  return PacketBuffer(Chain(pool.copy(encode_segment(segment, ip).to_vector())));
}

std::vector<Bytes> on_the_wire(BlockPool& pool, std::span<PacketBuffer> packets) {
  std::vector<Bytes> result;
  for (PacketBuffer& packet : packets) {
    WirePackets pieces(std::move(packet), pool);
    while (const auto piece = pieces.next()) result.push_back(piece->to_vector());
  }
  return result;
}

/// The first so many of a run.
std::vector<PacketBuffer> run_of(BlockPool& pool, std::uint32_t count) {
  std::vector<PacketBuffer> run;
  run.reserve(count + 2);
  for (std::uint32_t n = 0; n < count; ++n) run.push_back(packet_of(pool, segment(pool, n)));
  return run;
}

TEST(Merging, ARunBecomesASuperSegment) {
  BlockPool pool;
  std::vector<PacketBuffer> run = run_of(pool, 9);
  Segment last = segment(pool, 9, 300);
  last.flags |= TcpFlags::Psh;
  run.push_back(packet_of(pool, last));
  run.push_back(packet_of(pool, segment(pool, 20)));
  ASSERT_EQ(merge_segments(run), 2U);
  EXPECT_EQ(run[0].size(), 52U + 9 * kText + 300);
  EXPECT_EQ(run[0].offload.gso_size, kText);
  EXPECT_TRUE(run[0].offload.checksum_valid);
  EXPECT_EQ(run[1].offload.gso_size, 0);
  const auto ip = wire::parse_ipv4(run[0].front(), run[0].size());
  ASSERT_TRUE(ip.has_value());
  run[0].trim_front(kTcp);
  const auto merged = decode_segment(*ip, std::move(run[0]), pool);
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(merged->seq, segment(pool, 0).seq);
  EXPECT_EQ(merged->wire_segments(), 10U);
  EXPECT_TRUE(merged->flags.psh());
}

// Segments as they come, most of them in a run, many of them not: what is left is the same packets.
RC_GTEST_PROP(Merging, ChangesNoPacketOfAWire, ()) {
  BlockPool pool;
  std::vector<PacketBuffer> packets;
  std::uint32_t n = 0;
  const auto count = any_in<std::size_t>(0, 80);
  for (std::size_t i = 0; i < count; ++i) {
    const bool odd = any_in<int>(0, 5) == 0;
    Segment next = segment(pool, n, odd ? any_in<std::size_t>(0, 2 * kText) : kText);
    n += any_in<int>(0, 9) == 0 ? 0 : 1;
    wire::Ipv4Header ip;
    switch (any_in<int>(0, 30)) {
      case 0:
        next.flags |= TcpFlags::Psh;
        break;
      case 1:
        next.flags |= TcpFlags::Fin;
        break;
      case 2:
        next.ack += 1;
        break;
      case 3:
        next.wnd = RawWindow{503};
        break;
      case 4:
        ip.tos = 3;
        break;
      case 5:
        next.destination.port = 40001;
        break;
      default:
        break;
    }
    packets.push_back(packet_of(pool, next, ip));
    if (any_in<int>(0, 20) == 0) packets.back().writable_front()[any_in<std::size_t>(0, 59)] ^= std::byte{1};
  }
  std::vector<Bytes> before;
  before.reserve(packets.size());
  for (const PacketBuffer& packet : packets) before.push_back(packet.to_vector());
  const std::size_t left = merge_segments(packets);
  RC_ASSERT(on_the_wire(pool, std::span(packets).first(left)) == before);
}

struct Difference {
  const char* name;
  std::function<void(PacketBuffer&)> make;
};

/// Writes into the packet's header, and the checksums anew.
Difference octet(const char* name, std::size_t at, std::uint8_t change) {
  return {name, [at, change](PacketBuffer& packet) {
            const std::span<std::byte> bytes = packet.writable_front();
            bytes[at] ^= std::byte{change};
            store_be16(&bytes[10], 0);
            Checksum ip;
            ip.add(bytes.first(kTcp));
            store_be16(&bytes[10], ip.finish());
            store_be16(&bytes[kTcp + 16], 0);
            Checksum tcp = wire::pseudo_header(Ipv4Address(load_be32(&bytes[12])), Ipv4Address(load_be32(&bytes[16])),
                                               wire::IpProtocol::Tcp, bytes.size() - kTcp);
            tcp.add(bytes.subspan(kTcp));
            store_be16(&bytes[kTcp + 16], tcp.finish());
          }};
}

class MergingNot : public ::testing::TestWithParam<Difference> {};

INSTANTIATE_TEST_SUITE_P(
    Where, MergingNot,
    ::testing::Values(
        octet("Tos", 1, 3), octet("DontFragment", 6, 0x40), octet("MoreFragments", 6, 0x20), octet("Ttl", 8, 1),
        octet("Source", 15, 1), octet("Destination", 19, 1), octet("SourcePort", kTcp + 1, 1),
        octet("DestinationPort", kTcp + 3, 1), octet("Number", kTcp + 7, 1), octet("Acknowledgment", kTcp + 11, 1),
        octet("AccurateEcn", kTcp + 12, 1), octet("Fin", kTcp + 13, 1), octet("Cwr", kTcp + 13, 0x80),
        octet("Urgent", kTcp + 13, 0x20), octet("Window", kTcp + 15, 1), octet("Timestamp", kTcp + 28, 1),
        Difference{"Checksum", [](PacketBuffer& packet) { packet.writable_front()[100] ^= std::byte{1}; }},
        Difference{"HeaderChecksum", [](PacketBuffer& packet) { packet.writable_front()[10] ^= std::byte{1}; }},
        Difference{"Padding",
                   [](PacketBuffer& packet) {
                     Bytes octets = packet.to_vector();
                     octets.resize(octets.size() + 1);
                     packet = PacketBuffer(Chain(packet.payload().slice(0).pool()->copy(octets)));
                   }},
        Difference{"SuperSegment", [](PacketBuffer& packet) { packet.offload.gso_size = 500; }}),
    [](const auto& difference) { return std::string(difference.param.name); });

// In the second of three, and in the first.
TEST_P(MergingNot, WhereTheyDiffer) {
  BlockPool pool;
  for (const std::size_t where : {0U, 1U}) {
    std::vector<PacketBuffer> run = run_of(pool, 3);
    GetParam().make(run[where]);
    EXPECT_EQ(merge_segments(run), where == 0 ? 2U : 3U);
  }
}

// A duplicate that an emulated link has made shares its octets: its header must stay.
TEST(Merging, NotWhatIsShared) {
  BlockPool pool;
  std::vector<PacketBuffer> run = run_of(pool, 3);
  const PacketBuffer duplicate = run[0].clone();
  EXPECT_EQ(merge_segments(run), 2U);
  EXPECT_EQ(duplicate.to_vector(), packet_of(pool, segment(pool, 0)).to_vector());
}

TEST(Merging, NoMoreThanAPacketHolds) {
  BlockPool pool;
  std::vector<PacketBuffer> run = run_of(pool, 70);
  ASSERT_EQ(merge_segments(run), 2U);
  EXPECT_EQ(run[0].size(), 52U + 65 * kText);
}

TEST(Merging, NothingIsNothing) {
  EXPECT_EQ(merge_segments({}), 0U);
}

}  // namespace
}  // namespace tunic
