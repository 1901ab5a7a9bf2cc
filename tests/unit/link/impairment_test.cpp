// The emulated link: what it does to packets, and that a seed says all of it.
#include "link/impairment.hpp"

#include <gtest/gtest.h>
#include <tins/tins.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "segment/codec.hpp"

namespace tunic::link {
namespace {

using namespace std::chrono_literals;
using wire::TcpFlags;

constexpr Instant kStart{1h};

class Link : public ::testing::Test, public Observer {
 protected:
  void on_event(const Event& event) override {
    ++heard[event.why];
    kinds[event.why] = event.kind;
  }

  void conditions(const Conditions& wanted) { link.emplace(wanted, pool, this); }

  /// A TCP segment whose sequence number tells it from others. The payload lies in a block of its own.
  PacketBuffer segment(std::uint32_t seq, std::size_t payload = 100, TcpFlags flags = TcpFlags::Ack,
                       std::uint8_t tos = 0) {
    Segment s;
    s.source = {Ipv4Address(10, 9, 0, 1), 40000};
    s.destination = {Ipv4Address(10, 9, 0, 2), 80};
    s.seq = SeqNum(seq);
    s.flags = flags;
    s.payload = Chain(pool.copy(std::vector<std::byte>(payload, std::byte{0x55})));
    return encode_segment(s, wire::Ipv4Header{.tos = tos});
  }

  static std::uint32_t seq_of(const PacketBuffer& packet) {
    const auto bytes = packet.to_vector();
    return load(bytes, 24);
  }
  static std::uint32_t load(const std::vector<std::byte>& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes.at(at + i));
    return value;
  }

  /// The sequence numbers of all that has arrived.
  std::vector<std::uint32_t> arrived(Instant now) {
    std::vector<std::uint32_t> seqs;
    while (auto packet = link->pop(now)) seqs.push_back(seq_of(*packet));
    return seqs;
  }

  using Seqs = std::vector<std::uint32_t>;

  BlockPool pool;
  std::optional<Impairment> link;
  std::map<Why, int> heard;
  std::map<Why, EventKind> kinds;
};

TEST_F(Link, PassesEverythingAtOnceByDefault) {
  conditions({});
  EXPECT_EQ(link->next_deadline(), kNever);
  link->push(segment(1), kStart);
  link->push(segment(2), kStart);
  EXPECT_EQ(link->next_deadline(), kStart);
  EXPECT_EQ(arrived(kStart), (Seqs{1, 2}));
  EXPECT_EQ(link->next_deadline(), kNever);
  EXPECT_TRUE(heard.empty());
}

TEST_F(Link, DelaysPackets) {
  conditions({.delay = 30ms});
  link->push(segment(1), kStart);
  EXPECT_EQ(link->next_deadline(), kStart + 30ms);
  EXPECT_EQ(arrived(kStart + 30ms - 1ns), Seqs{});
  EXPECT_EQ(arrived(kStart + 30ms), Seqs{1});
}

TEST_F(Link, SendsOneAfterTheOtherAtItsRate) {
  conditions({.delay = 1ms, .bits_per_second = 8'000'000});  // an octet per microsecond
  link->push(segment(1, 960), kStart);                       // 1000 octets with their headers
  link->push(segment(2, 460), kStart);
  EXPECT_EQ(link->next_deadline(), kStart + 2ms);
  EXPECT_EQ(arrived(kStart + 2ms), Seqs{1});
  EXPECT_EQ(link->next_deadline(), kStart + 2500us);
  EXPECT_EQ(arrived(kStart + 2500us), Seqs{2});
  link->push(segment(3, 960), kStart + 10ms);  // the link was free since
  EXPECT_EQ(link->next_deadline(), kStart + 12ms);
}

TEST_F(Link, DropsWhatItsQueueHasNoPlaceFor) {
  conditions({.bits_per_second = 8'000'000, .queue_packets = 2});
  for (std::uint32_t seq = 1; seq <= 3; ++seq) link->push(segment(seq, 960), kStart);
  EXPECT_EQ(heard[Why::LinkQueueFull], 1);
  EXPECT_EQ(kinds[Why::LinkQueueFull], EventKind::Drop);
  link->push(segment(4, 960), kStart + 1ms);  // the first has been sent
  EXPECT_EQ(heard[Why::LinkQueueFull], 1);
  EXPECT_EQ(arrived(kStart + 1s), (Seqs{1, 2, 4}));
}

TEST_F(Link, CountsTheOctetsOfItsQueueToo) {
  conditions({.bits_per_second = 8'000'000, .queue_bytes = 1500});
  link->push(segment(1, 960), kStart);
  link->push(segment(2, 961), kStart);  // 1 too many
  link->push(segment(3, 460), kStart);
  EXPECT_EQ(arrived(kStart + 1s), (Seqs{1, 3}));
}

TEST_F(Link, DropsWhatIsTooLong) {
  conditions({.size_limit = 140});
  link->push(segment(1, 100), kStart);
  link->push(segment(2, 101), kStart);
  EXPECT_EQ(arrived(kStart), Seqs{1});
  EXPECT_EQ(heard[Why::LinkTooLong], 1);
}

TEST_F(Link, HoldsAReorderedPacketUntilThreeLaterOnesHaveGone) {
  conditions({.rule = on_nth(1, carries_data, Fate::Reorder)});
  for (std::uint32_t seq = 1; seq <= 3; ++seq) link->push(segment(seq), kStart);
  EXPECT_EQ(arrived(kStart), (Seqs{2, 3}));
  link->push(segment(4), kStart + 1ms);
  link->push(segment(5), kStart + 1ms);
  EXPECT_EQ(arrived(kStart + 1ms), (Seqs{4, 1, 5}));
  EXPECT_EQ(heard[Why::LinkReorder], 1);
  EXPECT_EQ(kinds[Why::LinkReorder], EventKind::Hold);
}

TEST_F(Link, HoldsAReorderedPacketForFiveMillisecondsAtMost) {
  conditions({.rule = on_nth(1, carries_data, Fate::Reorder), .delay = 1ms});
  link->push(segment(1), kStart);
  link->push(segment(2), kStart);
  EXPECT_EQ(arrived(kStart + 6ms - 1ns), Seqs{2});
  EXPECT_EQ(arrived(kStart + 6ms), Seqs{1});
  for (std::uint32_t seq = 3; seq <= 5; ++seq) link->push(segment(seq), kStart + 6ms);
  EXPECT_EQ(arrived(kStart + 1s), (Seqs{3, 4, 5}));
}

TEST_F(Link, DuplicatesWithoutCopyingThePayload) {
  conditions({.rule = on_nth(1, carries_data, Fate::Duplicate)});
  const std::size_t before = pool.blocks_in_use();
  link->push(segment(1), kStart);
  EXPECT_EQ(pool.blocks_in_use(), before + 1);
  EXPECT_EQ(arrived(kStart), (Seqs{1, 1}));
  EXPECT_EQ(heard[Why::LinkDuplicate], 1);
}

TEST_F(Link, DropsByRule) {
  conditions({.rule = on_nth(2, carries_data, Fate::Drop)});
  link->push(segment(1, 0), kStart);
  link->push(segment(2), kStart);
  link->push(segment(3), kStart);
  link->push(segment(4), kStart);
  EXPECT_EQ(arrived(kStart), (Seqs{1, 2, 4}));
  EXPECT_EQ(heard[Why::LinkDrop], 1);
}

TEST_F(Link, TellsARuleWhichSegmentItIs) {
  std::vector<std::uint64_t> counts;
  conditions({.rule = [&counts](const SegmentInfo& segment, std::uint64_t count) {
    counts.push_back(count);
    return is_fin(segment) ? Fate::Drop : Fate::Pass;
  }});
  link->push(segment(1), kStart);
  link->push(PacketBuffer(Chain(pool.copy(std::vector<std::byte>(60, std::byte{0xff})))), kStart);  // no segment at all
  link->push(segment(2, 0, TcpFlags::Fin | TcpFlags::Ack), kStart);
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(heard[Why::LinkDrop], 1);
}

TEST_F(Link, KnowsKindsOfSegments) {
  EXPECT_TRUE(is_syn({.flags = 0x12}) && !is_syn({.flags = 0x11}));
  EXPECT_TRUE(is_fin({.flags = 0x11}) && !is_fin({.flags = 0x12}));
  EXPECT_TRUE(is_pure_ack({.flags = 0x10}) && !is_pure_ack({.flags = 0x11}));
  EXPECT_FALSE(is_pure_ack({.flags = 0x10, .payload_size = 1}));
}

TEST_F(Link, DamagesACopyThatNobodyShares) {
  conditions({.rule = [](const SegmentInfo&, std::uint64_t) { return Fate::Corrupt; }});
  for (std::uint32_t seq = 1; seq <= 200; ++seq) {
    const PacketBuffer original = segment(seq);
    const auto bytes = original.to_vector();
    link->push(original.clone(), kStart);
    EXPECT_EQ(original.to_vector(), bytes) << "the shared payload was touched";
    const auto damaged = link->pop(kStart)->to_vector();
    ASSERT_EQ(damaged.size(), bytes.size());
    int changed = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      changed += __builtin_popcount(std::to_integer<unsigned>(bytes[i] ^ damaged[i]));
    }
    EXPECT_GE(changed, 1);
    EXPECT_LE(changed, 3);
  }
  EXPECT_EQ(heard[Why::LinkCorrupt], 200);
}

TEST_F(Link, DamageNeverEscapesTheChecksums) {
  conditions({.seed = Seed::numbered(7), .corrupt = kCertain});
  for (std::uint32_t seq = 1; seq <= 20000; ++seq) {
    link->push(segment(seq, 11), kStart);
    PacketBuffer damaged = std::move(*link->pop(kStart));
    const auto ip = wire::parse_ipv4(damaged.front(), damaged.size());
    if (!ip) continue;
    damaged.trim_front(ip->header_size);
    ASSERT_FALSE(decode_segment(*ip, std::move(damaged), pool)) << "seq " << seq;
  }
}

TEST_F(Link, DoesNotBelieveAVerifiedChecksumOfADamagedPacket) {
  conditions({.corrupt = kCertain});
  PacketBuffer packet = segment(1);
  packet.offload.checksum_valid = true;
  link->push(std::move(packet), kStart);
  EXPECT_FALSE(link->pop(kStart)->offload.checksum_valid);
}

TEST_F(Link, MarksOnlyEcnCapablePackets) {
  conditions({.mark = kCertain});
  link->push(segment(1, 100, TcpFlags::Ack, 0), kStart);
  link->push(segment(2, 100, TcpFlags::Ack, 2), kStart);
  EXPECT_EQ(heard[Why::LinkMark], 1);
  const auto plain = link->pop(kStart)->to_vector();
  const auto marked = link->pop(kStart)->to_vector();
  EXPECT_EQ(plain[1], std::byte{0});
  EXPECT_EQ(marked[1], std::byte{3});
  Tins::IP ip(reinterpret_cast<const std::uint8_t*>(marked.data()), static_cast<std::uint32_t>(marked.size()));
  const auto checksum = ip.checksum();
  ip.serialize();  // computes it anew
  EXPECT_EQ(ip.checksum(), checksum);
}

/// What comes out of a link with every trouble at once, as one string of bytes.
std::vector<std::byte> run(std::uint64_t seed, const std::function<PacketBuffer(std::uint32_t)>& make) {
  BlockPool pool;
  Impairment link({.seed = Seed::numbered(seed),
                   .drop = 1000,
                   .duplicate = 500,
                   .reorder = 2000,
                   .corrupt = 500,
                   .delay = 3ms,
                   .bits_per_second = 10'000'000,
                   .queue_packets = 20},
                  pool);
  std::vector<std::byte> all;
  Instant now = kStart;
  for (std::uint32_t seq = 0; seq < 500; ++seq, now += 200us) {
    link.push(make(seq), now);
    while (auto packet = link.pop(now)) {
      const auto bytes = packet->to_vector();
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
  }
  return all;
}

TEST_F(Link, TheSameSeedGivesTheSameBytes) {
  const auto make = [this](std::uint32_t seq) { return segment(seq, 200); };
  const auto first = run(1, make);
  EXPECT_GT(first.size(), 240U * 300);
  EXPECT_EQ(first, run(1, make));
  EXPECT_NE(first, run(2, make));
}

TEST_F(Link, ChancesComeTrueAsOftenAsTheySay) {
  conditions({.seed = Seed::numbered(3), .drop = 1000, .duplicate = 500, .reorder = 250, .corrupt = 100});
  constexpr int kPackets = 50000;
  for (std::uint32_t seq = 0; seq < kPackets; ++seq) {
    link->push(segment(seq, 0), kStart);
    arrived(kStart);
  }
  const auto expect_about = [](int count, int of, int parts, int tolerance) {
    const int expected = of * parts / 10000;
    EXPECT_LE(std::abs(count - expected), tolerance) << count << " instead of about " << expected;
  };
  expect_about(heard[Why::LinkDrop], kPackets, 1000, 250);
  const int passed = kPackets - heard[Why::LinkDrop];
  expect_about(heard[Why::LinkDuplicate], passed, 500, 200);
  expect_about(heard[Why::LinkReorder], passed, 250, 150);
  expect_about(heard[Why::LinkCorrupt], passed, 100, 100);
}

TEST_F(Link, ReportsWhatThePacketIs) {
  struct Listener : Observer {
    void on_event(const Event& event) override {
      const auto* segment = std::get_if<SegmentInfo>(&event.subject);
      const auto* message = std::get_if<IcmpInfo>(&event.subject);
      const auto* datagram = std::get_if<UdpInfo>(&event.subject);
      const auto* packet = std::get_if<PacketInfo>(&event.subject);
      if (segment != nullptr) said.push_back("segment " + std::to_string(segment->payload_size));
      if (message != nullptr) said.push_back("icmp " + std::to_string(message->type));
      if (datagram != nullptr) said.push_back("udp " + std::to_string(datagram->payload_size));
      if (packet != nullptr) said.push_back("packet " + std::to_string(packet->size));
    }
    std::vector<std::string> said;
  } listener;
  Impairment lossy({.drop = kCertain}, pool, &listener);
  const auto push = [&](Tins::IP ip) {
    const auto octets = ip.serialize();
    lossy.push(PacketBuffer(Chain(pool.copy(std::as_bytes(std::span(octets))))), kStart);
  };
  lossy.push(segment(1, 7), kStart);
  push(Tins::IP("10.9.0.2", "10.9.0.1") / Tins::ICMP(Tins::ICMP::ECHO_REQUEST));
  push(Tins::IP("10.9.0.2", "10.9.0.1") / Tins::UDP(1, 2));
  lossy.push(PacketBuffer(Chain(pool.copy(std::vector<std::byte>(3)))), kStart);
  EXPECT_EQ(listener.said, (std::vector<std::string>{"segment 7", "icmp 8", "udp 0", "packet 3"}));
}

}  // namespace
}  // namespace tunic::link
