// The reassembler against a naive one that paints octets, and its budgets. RFC 815, RFC 5722 §4; B13 to B16, B51.
#include "ip/reassembler.hpp"

#include <algorithm>
#include <array>

#include "ip/fragmenter.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::ip {
namespace {

using namespace std::chrono_literals;
using test::Bytes;

constexpr Instant kStart{1h};

/// A fragment as it lies on the wire.
struct Piece {
  std::uint32_t offset = 0;
  Bytes octets;
  bool more = true;
  std::uint16_t id = 1;
  std::uint8_t source = 1;
  std::uint8_t protocol = 17;
  std::uint8_t tos = 0;
};

class Reassembly : public ::testing::Test {
 public:
  Reassembler::Result add(const Piece& piece, Instant now = kStart) {
    wire::Ipv4Header header{.tos = piece.tos,
                            .identification = piece.id,
                            .dont_fragment = false,
                            .more_fragments = piece.more,
                            .fragment_offset = static_cast<std::uint16_t>(piece.offset),
                            .protocol = piece.protocol,
                            .source = Ipv4Address(10, 9, 0, piece.source),
                            .destination = Ipv4Address(10, 9, 0, 2)};
    header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + piece.octets.size());
    Bytes packet(wire::kIpv4HeaderSize);
    wire::emit_ipv4(header, packet);
    packet.insert(packet.end(), piece.octets.begin(), piece.octets.end());
    return reassembler.add(header, PacketBuffer(Chain(pool.copy(packet))), config, pool, now);
  }

  BlockPool pool;
  IpConfig config;
  Reassembler reassembler;
};

Bytes payload_of(const Reassembler::Datagram& whole) {
  const Bytes octets = whole.packet.to_vector();
  return {octets.begin() + wire::kIpv4HeaderSize, octets.end()};
}

Bytes cut(const Bytes& whole, std::size_t begin, std::size_t end) {
  return {whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.begin() + static_cast<std::ptrdiff_t>(end)};
}

// Shows: RFC 815
TEST_F(Reassembly, TakesFragmentsInAnyOrder) {
  const Bytes whole = test::pattern(100);
  std::array<Piece, 4> pieces{Piece{0, cut(whole, 0, 24)}, Piece{24, cut(whole, 24, 48)}, Piece{48, cut(whole, 48, 96)},
                              Piece{96, cut(whole, 96, 100), false}};
  std::array<int, 4> order{0, 1, 2, 3};
  std::uint16_t id = 0;
  do {
    ++id;
    for (int i = 0; i < 4; ++i) {
      Piece piece = pieces[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
      piece.id = id;
      const auto result = add(piece);
      EXPECT_FALSE(result.drop.has_value());
      ASSERT_EQ(result.whole.has_value(), i == 3);
      if (i == 3) {
        EXPECT_EQ(payload_of(*result.whole), whole);
      }
    }
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(reassembler.datagrams(), 0U);
  EXPECT_EQ(reassembler.bytes(), 0U);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
}

// B51: the longest datagram there can be.
// Shows: B51
TEST_F(Reassembly, ReachesTheLongestDatagram) {
  const Bytes whole = test::pattern(65515);
  EXPECT_FALSE(add({65512, cut(whole, 65512, 65515), false}).drop.has_value());
  EXPECT_FALSE(add({32000, cut(whole, 32000, 65512)}).drop.has_value());
  const auto result = add({0, cut(whole, 0, 32000)});
  ASSERT_TRUE(result.whole.has_value());
  EXPECT_EQ(result.whole->header.total_length, 65535);
  EXPECT_EQ(payload_of(*result.whole), whole);
}

// B14, CVE-1999-0128: one octet more.
// Shows: B14
TEST_F(Reassembly, DiscardsWhatWouldBeLonger) {
  EXPECT_FALSE(add({0, test::pattern(800)}).drop.has_value());
  EXPECT_EQ(add({65512, test::pattern(4), false}).drop, Why::DropFragmentTooLong);
  EXPECT_EQ(add({800, test::pattern(8), false}).drop, Why::DropFragmentDiscarded);
}

// B14.
// Shows: B14
TEST_F(Reassembly, DiscardsLengthsThatCannotBe) {
  EXPECT_EQ(add({.offset = 0, .octets = test::pattern(9), .id = 1}).drop, Why::DropFragmentLength);
  EXPECT_EQ(add({.offset = 0, .octets = {}, .id = 2}).drop, Why::DropFragmentLength);
  EXPECT_EQ(add({.offset = 8, .octets = {}, .more = false, .id = 3}).drop, Why::DropFragmentLength);
}

// B16, RFC 1858 §3, RFC 3128.
// Shows: B16
TEST_F(Reassembly, DropsFragmentsThatHideATcpHeader) {
  Bytes tcp(40);
  tcp[12] = std::byte{0x80};  // 32 octets of header
  const auto first = [&](std::size_t size) { return Piece{.offset = 0, .octets = cut(tcp, 0, size), .protocol = 6}; };
  EXPECT_EQ(add(first(8)).drop, Why::DropFragmentTiny);
  EXPECT_EQ(add(first(16)).drop, Why::DropFragmentTiny);
  EXPECT_EQ(add(first(24)).drop, Why::DropFragmentTiny);
  EXPECT_FALSE(add(first(32)).drop.has_value());
  EXPECT_EQ(add({.offset = 8, .octets = Bytes(8), .protocol = 6}).drop, Why::DropFragmentTiny);
  EXPECT_FALSE(add({.offset = 8, .octets = Bytes(8), .protocol = 17}).drop.has_value());
}

// B13: teardrop and its kin.
// Shows: B13
TEST_F(Reassembly, DiscardsTheDatagramWhenFragmentsOverlap) {
  const std::array second{Piece{8, test::pattern(16)},     Piece{16, test::pattern(8, 9)},
                          Piece{0, test::pattern(24, 77)}, Piece{0, test::pattern(32)},
                          Piece{0, test::pattern(8)},      Piece{8, test::pattern(4), false}};
  std::uint16_t id = 0;
  for (const Piece& piece : second) {
    ++id;
    Piece first{0, test::pattern(24)};
    first.id = id;
    EXPECT_FALSE(add(first).drop.has_value());
    Piece other = piece;
    other.id = id;
    EXPECT_EQ(add(other).drop, Why::DropFragmentOverlap) << piece.offset;
    first.offset = 24;
    first.more = false;
    EXPECT_EQ(add(first).drop, Why::DropFragmentDiscarded) << "its key is remembered";
  }
}

// Shows: B13
TEST_F(Reassembly, DiscardsTheDatagramWhenEndsDiffer) {
  EXPECT_FALSE(add({.offset = 80, .octets = test::pattern(8), .more = false, .id = 1}).drop.has_value());
  EXPECT_EQ(add({.offset = 88, .octets = test::pattern(8), .more = false, .id = 1}).drop, Why::DropFragmentOverlap);
  EXPECT_FALSE(add({.offset = 80, .octets = test::pattern(8), .more = false, .id = 2}).drop.has_value());
  EXPECT_EQ(add({.offset = 88, .octets = test::pattern(8), .id = 2}).drop, Why::DropFragmentOverlap);
  EXPECT_FALSE(add({.offset = 80, .octets = test::pattern(8), .id = 3}).drop.has_value());
  EXPECT_EQ(add({.offset = 16, .octets = test::pattern(8), .more = false, .id = 3}).drop, Why::DropFragmentOverlap);
  EXPECT_FALSE(add({.offset = 80, .octets = test::pattern(8), .more = false, .id = 4}).drop.has_value());
  EXPECT_EQ(add({.offset = 80, .octets = test::pattern(8), .id = 4}).drop, Why::DropFragmentOverlap);
}

TEST_F(Reassembly, IgnoresExactDuplicates) {
  EXPECT_FALSE(add({8, test::pattern(8)}).drop.has_value());
  EXPECT_EQ(add({8, test::pattern(8)}).drop, Why::DropFragmentDuplicate);
  EXPECT_FALSE(add({16, test::pattern(3), false}).drop.has_value());
  EXPECT_EQ(add({16, test::pattern(3), false}).drop, Why::DropFragmentDuplicate);
  EXPECT_TRUE(add({0, test::pattern(8)}).whole.has_value());
}

TEST_F(Reassembly, KeepsDatagramsApart) {
  EXPECT_FALSE(add({.offset = 0, .octets = test::pattern(8), .id = 1}).whole.has_value());
  EXPECT_FALSE(add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 2}).whole.has_value());
  EXPECT_FALSE(add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 1, .source = 3}).whole.has_value());
  EXPECT_FALSE(add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 1, .protocol = 1}).whole.has_value());
  EXPECT_TRUE(add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 1}).whole.has_value());
}

// RFC 3168 §5.3.
TEST_F(Reassembly, KeepsMarks) {
  constexpr std::uint8_t kEct0 = 2;
  constexpr std::uint8_t kCe = 3;
  add({.offset = 0, .octets = test::pattern(8), .id = 1, .tos = 0x20 | kEct0});
  const auto marked = add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 1, .tos = 0x20 | kCe});
  ASSERT_TRUE(marked.whole.has_value());
  EXPECT_EQ(marked.whole->header.tos, 0x20 | kCe);
  add({.offset = 0, .octets = test::pattern(8), .id = 2});
  EXPECT_EQ(add({.offset = 8, .octets = test::pattern(8), .more = false, .id = 2, .tos = kCe}).drop,
            Why::DropFragmentEcn);
}

TEST_F(Reassembly, EndsInTime) {
  add({0, test::pattern(1000)}, kStart);
  add({.offset = 8, .octets = test::pattern(8), .id = 2}, kStart + 1s);
  EXPECT_EQ(reassembler.next_deadline(), kStart + 30s);
  EXPECT_FALSE(reassembler.take_expired(kStart + 30s - 1ns).has_value());
  const auto first = reassembler.take_expired(kStart + 30s);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->quote.size(), 576U);
  EXPECT_FALSE(reassembler.take_expired(kStart + 30s).has_value());
  const auto second = reassembler.take_expired(kStart + 31s);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->quote.empty()) << "the first fragment never came";
  EXPECT_EQ(reassembler.next_deadline(), kNever);
  EXPECT_EQ(reassembler.bytes(), 0U);
}

// B15, CVE-2018-5391: a flood of lone fragments from everywhere, and one honest datagram among them.
// Shows: B15
TEST_F(Reassembly, SurvivesAFloodWithinItsBudget) {
  std::uint64_t random = 88172645463325252ULL;
  const auto next = [&random](std::uint64_t below) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random % below;
  };
  std::size_t evicted = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Piece piece{.offset = static_cast<std::uint32_t>(next(8000) * 8),
                      .octets = Bytes(8 * (1 + next(20))),
                      .more = next(2) == 0,
                      .id = static_cast<std::uint16_t>(next(65536)),
                      .source = static_cast<std::uint8_t>(2 + next(250))};
    evicted += add(piece).evicted.size();
    ASSERT_LE(reassembler.bytes(), config.reassembly_bytes);
    ASSERT_LE(pool.bytes_in_use(), config.reassembly_bytes + 4096);
    if (i == 50'000) {
      EXPECT_FALSE(add({0, test::pattern(1480)}).drop.has_value());
    }
    if (i == 50'100) {
      EXPECT_TRUE(add({1480, test::pattern(1000), false}).whole.has_value());
    }
  }
  EXPECT_GT(evicted, 0U);
}

// The same from one source: it has no more than its own part.
// Shows: B15
TEST_F(Reassembly, SparesOtherSources) {
  EXPECT_FALSE(add({0, test::pattern(1480)}).drop.has_value());
  for (int i = 0; i < 10'000; ++i) {
    add({.offset = 8, .octets = Bytes(1480), .id = static_cast<std::uint16_t>(i), .source = 3});
    ASSERT_LE(reassembler.bytes(), config.reassembly_bytes_per_source + 4096);
  }
  EXPECT_TRUE(add({1480, test::pattern(1000), false}).whole.has_value());
}

// What the first fragment of a datagram of 8-octet pieces would pin is copied into a small block.
TEST_F(Reassembly, CountsWhatFragmentsPin) {
  add({0, test::pattern(8)});
  EXPECT_GE(reassembler.bytes(), pool.bytes_in_use());
  EXPECT_LE(pool.bytes_in_use(), 256U);
}

/// Paints octets: no structure that could be wrong.
struct Model {
  std::vector<int> octets = std::vector<int>(200, -1);
  std::optional<std::size_t> length;
  bool discarded = false;

  bool complete() const {
    if (!length) return false;
    return std::ranges::none_of(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(*length),
                                [](int octet) { return octet < 0; });
  }
};

RC_GTEST_FIXTURE_PROP(Reassembly, BehavesLikeAPainter, ()) {
  Model model;
  std::vector<Piece> sent;
  const int steps = test::any_in(1, 40);
  for (int step = 0; step < steps; ++step) {
    Piece piece;
    const bool again = !sent.empty() && test::any_in(0, 4) == 0;
    if (again) {
      piece = sent[test::any_in<std::size_t>(0, sent.size())];
    } else {
      piece.offset = test::any_in<std::uint32_t>(0, 12) * 8;
      piece.more = test::any_in(0, 4) != 0;
      const auto units = test::any_in<std::size_t>(1, 4);
      piece.octets = test::pattern(units * 8 - (piece.more ? 0 : test::any_in<std::size_t>(0, 8)),
                                   static_cast<std::uint8_t>(1 + piece.offset * 7));
      sent.push_back(piece);
    }
    const std::size_t end = piece.offset + piece.octets.size();
    std::size_t painted = 0;
    for (std::size_t i = piece.offset; i < end; ++i) painted += model.octets[i] >= 0 ? 1 : 0;
    bool beyond = false;
    for (std::size_t i = end; i < model.octets.size(); ++i) beyond = beyond || model.octets[i] >= 0;

    const auto result = add(piece);
    if (model.discarded) {
      RC_ASSERT(result.drop == Why::DropFragmentDiscarded);
      continue;
    }
    const bool contradicts = painted > 0 || (!piece.more && beyond) ||
                             (!piece.more && model.length && *model.length != end) ||
                             (model.length && end > *model.length);
    if (result.drop == Why::DropFragmentDuplicate) {
      RC_ASSERT(again || painted == piece.octets.size());
      continue;
    }
    if (contradicts) {
      RC_ASSERT(result.drop == Why::DropFragmentOverlap);
      model.discarded = true;
      continue;
    }
    RC_ASSERT(!result.drop.has_value());
    for (std::size_t i = piece.offset; i < end; ++i) {
      model.octets[i] = std::to_integer<int>(piece.octets[i - piece.offset]);
    }
    if (!piece.more) model.length = end;
    RC_ASSERT(result.whole.has_value() == model.complete());
    if (!result.whole) continue;
    const Bytes whole = payload_of(*result.whole);
    RC_ASSERT(whole.size() == *model.length);
    for (std::size_t i = 0; i < whole.size(); ++i) RC_ASSERT(std::to_integer<int>(whole[i]) == model.octets[i]);
    model = {};
    sent.clear();
  }
}

}  // namespace
}  // namespace tunic::ip
