// Datagrams in fragments, both ways. RFC 791 §3.2, RFC 1122 §3.3.2 and §3.3.3, RFC 5722 §4; B13 to B17, B21.
#include <gtest/gtest.h>

#include "base/endian.hpp"
#include "ip/fragmenter.hpp"
#include "ip/reassembler.hpp"
#include "segment/codec.hpp"
#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kUdp = 17;

Octets echo(std::size_t size) {
  return testing::icmp_message({.type = 8, .word1 = 0x1234, .word2 = 1}, test::pattern(size));
}

/// A part of `content`, as a fragment of the datagram `id`.
Octets piece(const Octets& content, std::size_t begin, std::size_t end, std::uint16_t id = 7,
             std::uint8_t protocol = kIcmp, Ipv4Address to = kStack) {
  const Octets part(content.begin() + static_cast<std::ptrdiff_t>(begin),
                    content.begin() + static_cast<std::ptrdiff_t>(end));
  return testing::ipv4_packet({.identification = id,
                               .dont_fragment = false,
                               .more_fragments = end < content.size(),
                               .fragment_offset = static_cast<std::uint16_t>(begin),
                               .protocol = protocol,
                               .source = kPeer,
                               .destination = to},
                              part);
}

// The kernel's ping -s 60000, over a link of 1500 octets.
// Shows: RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2, RFC 1122 §3.3.3
TEST(Fragments, OfAPingMakeOnePingAndItsAnswerGoesInFragments) {
  Story story;
  const Octets request = echo(60000);
  for (std::size_t offset = 0; offset < request.size(); offset += 1480) {
    story.inject_packet(piece(request, offset, std::min(request.size(), offset + 1480)));
  }
  BlockPool pool;
  ip::Reassembler reassembler;
  std::optional<ip::Reassembler::Datagram> whole;
  std::optional<std::uint16_t> id;
  for (Octets packet = story.take_packet(); !packet.empty(); packet = story.take_packet()) {
    ASSERT_FALSE(whole.has_value());
    ASSERT_LE(packet.size(), 1500U);
    const auto header = wire::parse_ipv4(packet, packet.size());
    ASSERT_TRUE(header.has_value());
    EXPECT_FALSE(header->dont_fragment);
    EXPECT_EQ(header->identification, id.value_or(header->identification));
    id = header->identification;
    whole = reassembler.add(*header, PacketBuffer(Chain(pool.copy(packet))), {}, pool, story.now()).whole;
  }
  ASSERT_TRUE(whole.has_value());
  const Octets reply = whole->packet.to_vector();
  ASSERT_EQ(reply.size(), 20 + request.size());
  EXPECT_TRUE(std::equal(reply.begin() + 28, reply.end(), request.begin() + 8));
}

// RFC 6864 §4.1: what nobody may fragment needs no number; what may be fragmented gets one.
// Shows: RFC 6864 §4
TEST(Fragments, AreNotMadeOfWhatFits) {
  Story story;
  story.inject_packet(testing::ipv4_packet({.protocol = kIcmp, .source = kPeer, .destination = kStack}, echo(1472)));
  const Octets reply = story.take_packet();
  ASSERT_EQ(reply.size(), 1500U);
  EXPECT_EQ(load_be16(&reply[4]), 0);
  EXPECT_EQ(load_be16(&reply[6]), 0x4000);
}

// A segment in fragments is a segment.
TEST(Fragments, OfASegmentMakeASegment) {
  Story story;
  story.listen(80);
  BlockPool pool;  // outlives what is made of its blocks
  Segment syn;
  syn.source = {kPeer, 40000};
  syn.destination = {kStack, 80};
  syn.seq = SeqNum(testing::kStoryPeerIsn);
  syn.flags = TcpFlags::Syn;
  syn.wnd = {65535};
  syn.payload = Chain(pool.copy(test::pattern(100)));
  const Octets packet = encode_segment(syn, {}).to_vector();
  const Octets content(packet.begin() + 20, packet.end());
  story.inject_packet(piece(content, 64, content.size(), 1, 6));
  story.inject_packet(piece(content, 0, 64, 1, 6));
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
}

// RFC 1122 §3.3.2: "MUST discard ... and send an ICMP Time Exceeded message", if fragment zero was received.
// Shows: RFC 1122 §3.3.2
TEST(LostFragments, AreToldIfTheFirstIsThere) {
  Story story;
  const Octets content = echo(2000);
  story.inject_packet(piece(content, 0, 1480));
  story.advance(30s - 1ns);
  story.expect_nothing();
  story.advance(1ns);
  story.expect_drop(Why::DropFragmentsTimedOut);
  story.expect_icmp(11, 1, Why::IcmpReassemblyTimeExceeded);

  story.inject_packet(piece(content, 1480, 2008));
  story.advance(31s);
  story.expect_drop(Why::DropFragmentsTimedOut);
  story.expect_nothing();
}

// Shows: RFC 1122 §3.2.2
TEST(LostFragments, AreQuotedUpTo576Octets) {
  Story story;
  const Octets first = piece(echo(2000), 0, 1480);
  story.inject_packet(first);
  story.advance(30s);
  const Octets message = story.take_packet();
  ASSERT_EQ(message.size(), 576U);
  EXPECT_TRUE(std::equal(message.begin() + 28, message.end(), first.begin()));
}

// B21: never about an ICMP error, nor about what went to everybody.
// Shows: B21
TEST(LostFragments, AreNotToldOfErrorsAndGroups) {
  Story story;
  const Octets error = testing::icmp_message({.type = 3, .code = 3}, Octets(2000));
  story.inject_packet(piece(error, 0, 1480));
  story.inject_packet(piece(echo(2000), 0, 1480, 8, kIcmp, Ipv4Address(10, 9, 0, 255)));
  story.advance(31s);
  story.expect_drop(Why::DropFragmentsTimedOut);
  story.expect_drop(Why::DropFragmentsTimedOut);
  story.expect_nothing();
}

// B13, RFC 5722 §4: nothing is said of it, and the datagram's other fragments begin nothing new.
// Shows: B13
TEST(FragmentsThatOverlap, DiscardTheDatagram) {
  Story story;
  const Octets content = echo(92);
  story.inject_packet(piece(content, 0, 48));
  story.inject_packet(piece(content, 40, 100));
  story.expect_drop(Why::DropFragmentOverlap);
  story.inject_packet(piece(content, 48, 100));
  story.expect_drop(Why::DropFragmentDiscarded);
  story.advance(30s);
  story.expect_nothing();
  story.inject_packet(piece(content, 0, 48));
  story.inject_packet(piece(content, 0, 48));
  story.expect_drop(Why::DropFragmentDuplicate);
  story.inject_packet(piece(content, 48, 100));
  story.expect_icmp(0, 0, Why::IcmpEchoReply);
}

// B14, B16: each is dropped for its own reason.
// Shows: B14, B16
TEST(FragmentsThatCannotBe, AreDropped) {
  Story story;
  const Octets long_one(65535 - 20);
  Octets beyond = piece(long_one, 65512, 65515, 1, kUdp);
  beyond.resize(beyond.size() + 8);
  store_be16(&beyond[2], static_cast<std::uint16_t>(beyond.size()));
  beyond = testing::ipv4_packet({.identification = 1,
                                 .dont_fragment = false,
                                 .fragment_offset = 65512,
                                 .protocol = kUdp,
                                 .source = kPeer,
                                 .destination = kStack},
                                Octets(11));
  story.inject_packet(beyond);
  story.expect_drop(Why::DropFragmentTooLong);
  story.inject_packet(piece(Octets(100), 0, 9, 2, kUdp));
  story.expect_drop(Why::DropFragmentLength);
  story.inject_packet(piece(Octets(100), 0, 0, 3, kUdp));
  story.expect_drop(Why::DropFragmentLength);
  story.inject_packet(piece(Octets(100), 0, 16, 4, 6));
  story.expect_drop(Why::DropFragmentTiny);
  story.inject_packet(piece(Octets(100), 8, 100, 5, 6));
  story.expect_drop(Why::DropFragmentTiny);
  story.advance(31s);
  for (Octets packet = story.take_packet(); !packet.empty(); packet = story.take_packet()) {
    ADD_FAILURE() << "something was said of what is broken";
  }
}

TEST(FragmentsWithMarks, AreDroppedIfSomeKnowNoMarks) {
  Story story;
  const Octets content = echo(92);
  story.inject_packet(piece(content, 0, 48));
  Octets second = testing::ipv4_packet({.tos = 3,
                                        .identification = 7,
                                        .dont_fragment = false,
                                        .fragment_offset = 48,
                                        .protocol = kIcmp,
                                        .source = kPeer,
                                        .destination = kStack},
                                       Octets(content.begin() + 48, content.end()));
  story.inject_packet(second);
  story.expect_drop(Why::DropFragmentEcn);
  story.expect_nothing();
}

// B15: the oldest makes room.
// Shows: B15
TEST(ManyFragments, MakeRoomByTheOldest) {
  Config config = testing::plain_config();
  config.ip.reassembly_bytes_per_source = 8192;
  Story story(config);
  for (std::uint16_t id = 0; id < 16; ++id) story.inject_packet(piece(echo(2000), 1480, 2008, id));
  story.expect_drop(Why::DropFragmentsEvicted);
  EXPECT_GT(story.stack().counters().dropped(Why::DropFragmentsEvicted), 5U);
}

// B17: IP in IP, in fragments, of a protocol that is not spoken.
// Shows: B17
TEST(FragmentsOfOtherProtocols, AreOneDatagramToo) {
  Story story;
  const Octets inner = testing::ipv4_packet({.protocol = 17, .source = kPeer, .destination = kStack}, Octets(100));
  story.inject_packet(piece(inner, 0, 64, 1, 4));
  story.inject_packet(piece(inner, 64, 120, 1, 4));
  story.expect_drop(Why::DropIpProtocol);
  story.expect_icmp(3, 2, Why::IcmpProtocolUnreachable);
}

}  // namespace
}  // namespace tunic
