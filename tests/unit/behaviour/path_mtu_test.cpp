// Path MTU discovery: what a report changes for TCP and UDP, and which reports are believed. RFC 1191, RFC 5927 §7; B22, B23,
// MUST-16.
#include <tunic/udp_socket.hpp>

#include "base/endian.hpp"
#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using test::StorySocket;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr Ipv4Address kRouter(10, 9, 0, 254);

/// "Fragmentation needed", from a router on the way, about `packet` of ours.
Octets too_big(const Octets& packet, std::uint16_t mtu) {
  return testing::ipv4_packet({.protocol = 1, .source = kRouter, .destination = kStack},
                              testing::icmp_message({.type = 3, .code = 4, .word2 = mtu}, testing::quote(packet)));
}

/// A segment of ours that begins at this number, as a router saw it.
Octets segment_at(Story& story, std::uint32_t seq, std::size_t size = 1460) {
  Octets content(20 + size);
  store_be16(&content[0], story.flow().stack.port);
  store_be16(&content[2], story.flow().peer.port);
  store_be32(&content[4], story.flow().stack_isn + seq);
  return testing::ipv4_packet({.protocol = 6, .source = kStack, .destination = kPeer}, content);
}

class PathMtu : public ::testing::Test {
 protected:
  void SetUp() override {
    socket = established(story, "S 0:0(0) win 65535 <mss 1460>");
    socket.write(2920);
    story.expect(". 1:1461(1460) ack 1", Why::NewData);
    story.expect("P. 1461:2921(1460) ack 1", Why::LastBufferedData);
  }
  Story story;
  StorySocket socket;
};

// RFC 1191 §6.4: what was too big is sent again in smaller pieces, at once, and the congestion window stays.
// Shows: RFC 1191, MUST-16, B23
TEST_F(PathMtu, ThatIsSmallerCutsSegmentsAgain) {
  const auto before = story.connection();
  story.inject_packet(too_big(segment_at(story, 1), 1000));
  story.expect(". 1:961(960) ack 1", Why::PathMtuRetransmit);
  story.expect(". 961:1921(960) ack 1", Why::PathMtuRetransmit);
  story.expect(". 1921:2881(960) ack 1", Why::PathMtuRetransmit);
  story.expect("P. 2881:2921(40) ack 1", Why::PathMtuRetransmit);
  EXPECT_EQ(story.connection()->cwnd, before->cwnd);
  story.inject(". 1:1(0) ack 2921 win 65535");
  socket.write(2000);
  story.expect(". 2921:3881(960) ack 1", Why::NewData);
  story.expect(". 3881:4841(960) ack 1", Why::NewData);
  story.expect("P. 4841:4921(80) ack 1", Why::LastBufferedData);
}

// Shows: MUST-16 (against)
TEST_F(PathMtu, NeverMakesSegmentsLongerThanThePeerTakes) {
  story.inject(". 1:1(0) ack 2921 win 65535");
  story.advance(11min);
  socket.write(3000);
  story.expect(". 2921:4381(1460) ack 1");
  story.expect(". 4381:5841(1460) ack 1");
  story.expect("P. 5841:5921(80) ack 1");
}

// B22, B23, RFC 5927 §7: the quote must be of something in flight.
// Shows: B22, B23, RFC 5927 (against)
TEST_F(PathMtu, IsNotBelievedAboutNothingInFlight) {
  for (const std::uint32_t seq : {0U, 2921U, 0x80000001U}) {
    story.inject_packet(too_big(segment_at(story, seq), 1000));
    story.expect_drop(Why::DropIcmpQuote);
    story.expect_nothing();
  }
}

// Shows: B23
TEST_F(PathMtu, IsNeitherRaisedNorLowerThanTheFloor) {
  for (const std::uint16_t mtu : std::initializer_list<std::uint16_t>{1500, 1501, 65535, 1, 67}) {
    story.inject_packet(too_big(segment_at(story, 1), mtu));
    story.expect_drop(Why::DropPathMtu);
    story.expect_nothing();
  }
  story.inject_packet(too_big(segment_at(story, 1), 68));
  story.expect(". 1:513(512) ack 1", Why::PathMtuRetransmit);
  Octets packet = story.take_packet();
  EXPECT_EQ(load_be16(&packet[6]), 0) << "below the floor routers may fragment: no DF";
  EXPECT_EQ(packet.size(), 552U);
  while (!packet.empty()) packet = story.take_packet();
  for (int i = 0; i < 1000; ++i) story.inject_packet(too_big(segment_at(story, 1), 68));
  story.expect_drop(Why::DropPathMtu);
  story.expect_nothing();
}

// RFC 1191 §5: 0 is what older routers say.
// Shows: B23
TEST_F(PathMtu, OfARouterThatDoesNotSayIsGuessed) {
  story.inject_packet(too_big(segment_at(story, 1), 0));
  story.expect(". 1:1453(1452) ack 1", Why::PathMtuRetransmit);
  story.expect(". 1453:2905(1452) ack 1", Why::PathMtuRetransmit);
  story.expect("P. 2905:2921(16) ack 1", Why::PathMtuRetransmit);
}

// Every link carries 68 octets (RFC 791 §3.2): who quotes a packet no longer than that has refused none of ours.
// Shows: B23
TEST_F(PathMtu, IsNotGuessedFromWhatEveryLinkCarries) {
  for (const std::size_t size : {0U, 1U, 28U}) {
    story.inject_packet(too_big(segment_at(story, 1, size), 0));
    story.expect_drop(Why::DropPathMtu);
    story.expect_nothing();
  }
  story.inject_packet(too_big(segment_at(story, 1, 29), 0));
  story.expect(". 1:513(512) ack 1", Why::PathMtuRetransmit);
  while (!story.take_packet().empty()) {
  }
}

// RFC 1191 §6.3: ten minutes later the path may have become wider.
TEST_F(PathMtu, IsTriedAgainLater) {
  story.inject_packet(too_big(segment_at(story, 1), 1000));
  while (!story.take_packet().empty()) {
  }
  story.inject(". 1:1(0) ack 2921 win 65535");
  story.advance(10min);
  socket.write(1460);
  story.expect("P. 2921:4381(1460) ack 1");
}

// Another connection to the same host has the same path.
TEST_F(PathMtu, IsThatOfAllConnectionsToTheHost) {
  story.inject_packet(too_big(segment_at(story, 1), 1000));
  while (!story.take_packet().empty()) {
  }
  story.listen(81);
  story.use_flow({kPeer, 40001}, {kStack, 81});
  story.inject("40001 > 81 S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 <mss 1460>");
  story.inject(". 1:1(0) ack 1 win 65535");
  StorySocket other = story.accept(81);
  other.write(1500);
  story.expect(". 1:961(960) ack 1");
  story.expect("P. 961:1501(540) ack 1");
}

// UDP has no copy to send again; the next datagram goes in fragments.
// Shows: RFC 1191
TEST(PathMtuOfUdp, MakesFragments) {
  Story story;
  auto socket = *UdpSocket::bind(story.stack(), {kStack, 53});
  const auto send = [&](std::size_t size) {
    EXPECT_TRUE(socket.send_to(test::pattern(size), {kPeer, 5000}).has_value());
    story.settle();
    return story.take_packet();
  };
  const Octets first = send(1472);
  ASSERT_EQ(first.size(), 1500U);
  EXPECT_EQ(load_be16(&first[6]), 0x4000) << "DF";
  story.inject_packet(too_big(first, 1000));
  const Octets piece = send(1472);
  EXPECT_EQ(piece.size(), 996U);
  EXPECT_EQ(load_be16(&piece[6]), 0x2000) << "MF";
  EXPECT_EQ(story.take_packet().size(), 524U);
  story.inject_packet(too_big(first, 1000));
  story.expect_drop(Why::DropPathMtu);
  socket.close();
  story.inject_packet(too_big(first, 900));
  story.expect_drop(Why::DropIcmpQuote);
}

}  // namespace
}  // namespace tunic
