// Runs of segments against what they become: cut again, it is what came, octet by octet.
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

Bytes octets_of(const Segment& segment, const wire::Ipv4Header& ip = {}) {
  return encode_segment(segment, ip).to_vector();
}

/// The first so many of a run.
std::vector<Bytes> run_of(BlockPool& pool, std::uint32_t count) {
  std::vector<Bytes> run;
  run.reserve(count + 2);
  for (std::uint32_t n = 0; n < count; ++n) run.push_back(octets_of(segment(pool, n)));
  return run;
}

/// What comes of the packets, read in batches of so many places. Each read writes over all that it is given.
std::vector<PacketBuffer> read_all(BlockPool& pool, std::span<const Bytes> packets, std::size_t places = 64) {
  constexpr std::size_t kMtu = 2060;
  std::size_t at = 0;
  const auto read = [&](std::span<std::byte> room) {
    EXPECT_EQ(room.size(), kMtu);
    std::ranges::fill(room, std::byte{0xa5});
    if (at == packets.size()) return std::size_t{0};
    std::ranges::copy(packets[at], room.begin());
    return packets[at++].size();
  };
  std::vector<PacketBuffer> result;
  for (;;) {
    std::vector<PacketBuffer> batch(places);
    const std::size_t count = read_merged(read, kMtu, pool, batch);
    for (PacketBuffer& packet : std::span(batch).first(count)) result.push_back(std::move(packet));
    if (count < places) return result;
  }
}

std::vector<Bytes> on_the_wire(BlockPool& pool, std::vector<PacketBuffer> packets) {
  std::vector<Bytes> result;
  for (PacketBuffer& packet : packets) {
    WirePackets pieces(std::move(packet), pool);
    while (const auto piece = pieces.next()) result.push_back(piece->to_vector());
  }
  return result;
}

TEST(Merging, ARunBecomesASuperSegment) {
  BlockPool pool;
  std::vector<Bytes> packets = run_of(pool, 9);
  Segment last = segment(pool, 9, 300);
  last.flags |= TcpFlags::Psh;
  packets.push_back(octets_of(last));
  packets.push_back(octets_of(segment(pool, 20)));
  auto run = read_all(pool, packets);
  ASSERT_EQ(run.size(), 2U);
  EXPECT_EQ(run[0].size(), 52U + 9 * kText + 300);
  EXPECT_EQ(run[0].payload().slice_count(), 1U);
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
  EXPECT_EQ(merged->payload.slice(0).pinned(), 16384U);  // not the block that it was read to
}

// Segments as they come, most of them in a run, many of them not: what is left is the same packets.
RC_GTEST_PROP(Merging, ChangesNoPacketOfAWire, ()) {
  BlockPool pool;
  std::vector<Bytes> packets;
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
    packets.push_back(octets_of(next, ip));
    const auto place = any_in<std::size_t>(0, 59);
    if (any_in<int>(0, 20) == 0 && place < packets.back().size()) packets.back()[place] ^= std::byte{1};
  }
  RC_ASSERT(on_the_wire(pool, read_all(pool, packets, any_in<std::size_t>(1, 6))) == packets);
}

struct Difference {
  const char* name;
  std::function<void(Bytes&)> make;
};

/// Writes into the packet's header, and the checksums anew.
Difference octet(const char* name, std::size_t at, std::uint8_t change) {
  return {name, [at, change](Bytes& packet) {
            const std::span<std::byte> bytes = packet;
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
    ::testing::Values(octet("Tos", 1, 3), octet("DontFragment", 6, 0x40), octet("MoreFragments", 6, 0x20),
                      octet("Ttl", 8, 1), octet("Source", 15, 1), octet("Destination", 19, 1),
                      octet("SourcePort", kTcp + 1, 1), octet("DestinationPort", kTcp + 3, 1),
                      octet("Number", kTcp + 7, 1), octet("Acknowledgment", kTcp + 11, 1),
                      octet("AccurateEcn", kTcp + 12, 1), octet("Fin", kTcp + 13, 1), octet("Cwr", kTcp + 13, 0x80),
                      octet("Urgent", kTcp + 13, 0x20), octet("Window", kTcp + 15, 1), octet("Timestamp", kTcp + 28, 1),
                      Difference{"Checksum", [](Bytes& packet) { packet[100] ^= std::byte{1}; }},
                      Difference{"HeaderChecksum", [](Bytes& packet) { packet[10] ^= std::byte{1}; }},
                      Difference{"Padding", [](Bytes& packet) { packet.resize(packet.size() + 1); }}),
    [](const auto& difference) { return std::string(difference.param.name); });

// In the second of three, and in the first.
TEST_P(MergingNot, WhereTheyDiffer) {
  BlockPool pool;
  for (const std::size_t where : {0U, 1U}) {
    std::vector<Bytes> run = run_of(pool, 3);
    GetParam().make(run[where]);
    EXPECT_EQ(read_all(pool, run).size(), where == 0 ? 2U : 3U);
  }
}

TEST(Merging, NoMoreThanAPacketHolds) {
  BlockPool pool;
  const auto run = read_all(pool, run_of(pool, 70));
  ASSERT_EQ(run.size(), 2U);
  EXPECT_EQ(run[0].size(), 52U + 64 * kText);  // the longest packet would not find room behind it

  std::vector<Bytes> packets;
  packets.reserve(40);
  for (std::uint32_t n = 0; n < 40; ++n) packets.push_back(octets_of(segment(pool, 2 * n, 2 * kText)));
  const auto long_run = read_all(pool, packets);
  ASSERT_EQ(long_run.size(), 2U);
  EXPECT_EQ(long_run[0].size(), 52U + 64 * kText);
}

// Who has a place for one packet gets one, and no other is read for it.
TEST(Merging, NotWithoutASecondPlace) {
  BlockPool pool;
  int reads = 0;
  const Bytes packet = octets_of(segment(pool, 0));
  const auto read = [&](std::span<std::byte> room) {
    ++reads;
    std::ranges::copy(packet, room.begin());
    return packet.size();
  };
  std::vector<PacketBuffer> batch(1);
  EXPECT_EQ(read_merged(read, 1500, pool, batch), 1U);
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(batch[0].to_vector(), packet);
  EXPECT_EQ(batch[0].payload().slice(0).pinned(), 2048U);
}

TEST(Merging, NothingIsNothing) {
  BlockPool pool;
  EXPECT_TRUE(read_all(pool, {}).empty());
}

}  // namespace
}  // namespace tunic
