// IPv4 packets at the border of what is right, beyond packets_test.cpp: every header length, options, padding, TTL, who may
// speak to whom. RFC 791 §3.1, RFC 1122 §3.2.1 and §3.2.2, RFC 7126; B1, B18, B19, B20, B52.
#include <fmt/format.h>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "segment/codec.hpp"
#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kStack(10, 9, 0, 2);

/// A SYN with right checksums.
Octets syn(Endpoint from, Endpoint to, std::uint8_t ttl = 64) {
  Segment segment;
  segment.source = from;
  segment.destination = to;
  segment.seq = SeqNum(testing::kStoryPeerIsn);
  segment.flags = TcpFlags::Syn;
  segment.wnd = {65535};
  return encode_segment(segment, {.ttl = ttl}).to_vector();
}
Octets syn() {
  return syn({kPeer, 40000}, {kStack, 80});
}

void repair_ip_checksum(Octets& packet) {
  const std::size_t header = std::min<std::size_t>((std::to_integer<std::size_t>(packet[0]) & 15) * 4, packet.size());
  store_be16(&packet[10], 0);
  Checksum checksum;
  checksum.add(std::span(packet).first(header));
  store_be16(&packet[10], checksum.finish());
}

Octets with_options(Octets packet, const Octets& options) {
  packet.insert(packet.begin() + 20, options.begin(), options.end());
  packet[0] = static_cast<std::byte>(0x40 | (5 + options.size() / 4));
  store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  repair_ip_checksum(packet);
  return packet;
}

class IpInput : public ::testing::Test {
 protected:
  void SetUp() override { story.listen(80); }
  void expect_taken(const Octets& packet) {
    story.inject_packet(packet);
    story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
    story.inject("R 1:1(0) win 0");
  }
  void expect_dropped(const Octets& packet, Why why) {
    story.inject_packet(packet);
    story.expect_drop(why);
    story.expect_nothing();
  }
  Story story;
};

// B1.
// Shows: B1
TEST_F(IpInput, HeaderLengthsThatLieAreDropped) {
  for (int length = 0; length < 16; ++length) {
    Octets packet = syn();
    packet[0] = static_cast<std::byte>(0x40 | length);
    repair_ip_checksum(packet);
    story.inject_packet(packet);
    if (length < 5) story.expect_drop(Why::DropIpHeaderLength);
    while (!story.take_packet().empty()) {
    }
  }
  for (std::size_t size = 0; size < 20; ++size) {
    const Octets whole = syn();
    expect_dropped(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), Why::DropTruncated);
  }
}

// Shows: B1
TEST_F(IpInput, TotalLengthsThatLieAreDropped) {
  for (const int total : {0, 19, 41, 1500, 65535}) {
    Octets packet = syn();
    store_be16(&packet[2], static_cast<std::uint16_t>(total));
    repair_ip_checksum(packet);
    expect_dropped(packet, Why::DropIpTotalLength);
  }
}

// What a link layer pads is no data.
// Shows: B1, RFC 1122 §3.2.1.1, RFC 791 §3.1
TEST_F(IpInput, PaddingIsCutOff) {
  Octets packet = syn();
  packet.resize(60, std::byte{0xee});
  expect_taken(packet);
}

// Every single bit of the header is covered by a check.
// Shows: RFC 1122 §3.2.1.2 (against), RFC 1122 §3.2.1.1 (against), RFC 1122 §3.2.1.2, RFC 791 §3.1 (against)
TEST_F(IpInput, DamagedHeadersAreDropped) {
  for (std::size_t bit = 0; bit < 160; ++bit) {
    Octets packet = syn();
    packet[bit / 8] ^= static_cast<std::byte>(0x80 >> bit % 8);
    story.inject_packet(packet);
    story.expect_nothing();
  }
  const auto& counters = story.stack().counters();
  EXPECT_EQ(counters.dropped(Why::DropIpChecksum) + counters.dropped(Why::DropIpVersion) +
                counters.dropped(Why::DropIpHeaderLength) + counters.dropped(Why::DropIpTotalLength),
            160U);
}

// Shows: MUST-3 (against)
TEST_F(IpInput, DamagedSegmentsAreDropped) {
  for (std::size_t bit = 160; bit < 320; ++bit) {
    Octets packet = syn();
    packet[bit / 8] ^= static_cast<std::byte>(0x80 >> bit % 8);
    story.inject_packet(packet);
    story.expect_nothing();
  }
}

// RFC 1122 §3.2.1.7: "a host MUST NOT discard a datagram just because it was received with TTL less than 2". B52.
// Shows: RFC 1122 §3.2.1.7 (against), B52
TEST_F(IpInput, SmallTtlIsNoReasonToDrop) {
  for (const int ttl : {0, 1, 255}) expect_taken(syn({kPeer, 40000}, {kStack, 80}, static_cast<std::uint8_t>(ttl)));
}

// RFC 1122 §3.2.1.8 (MUST-50): options that are not understood are passed over. B18.
// Shows: RFC 1122 §3.2.1.8, MUST-50, B18, RFC 6814
TEST_F(IpInput, OptionsAreSkipped) {
  for (const Octets& options :
       {test::bytes({1, 1, 1, 0}), test::bytes({7, 7, 4, 0, 0, 0, 0, 0}), test::bytes({68, 8, 5, 0, 0, 0, 0, 0}),
        test::bytes({148, 4, 0, 0}), test::bytes({136, 4, 0, 1}), test::bytes({0xde, 4, 1, 2}),
        Octets(40, std::byte{1}), test::bytes({0, 0xff, 0xff, 0xff})}) {
    expect_taken(with_options(syn(), options));
  }
}

// Shows: RFC 1122 §3.2.1.8 (against), B18
TEST_F(IpInput, OptionsThatLieAreDropped) {
  for (const Octets& options : {test::bytes({7, 0, 0, 0}), test::bytes({7, 1, 0, 0}), test::bytes({7, 5, 0, 0}),
                                test::bytes({1, 1, 1, 7}), test::bytes({68, 255, 0, 0})}) {
    story.inject_packet(with_options(syn(), options));
    story.expect_nothing();
  }
}

// RFC 7126 §4.3 and §4.4: Deviation (MUST-51 to MUST-53): loose and strict source routes are not followed.
// Shows: MUST-51, MUST-52, MUST-53, SHLD-24, RFC 7126, RFC 7126 (against), B18
TEST_F(IpInput, SourceRoutesAreDropped) {
  expect_dropped(with_options(syn(), test::bytes({131, 7, 8, 10, 9, 0, 2, 0})), Why::DropIpSourceRoute);
  expect_dropped(with_options(syn(), test::bytes({1, 137, 7, 4, 10, 9, 0, 2})), Why::DropIpSourceRoute);
}

// Nobody outside can have these addresses. No RST either: it would go to everybody, or to ourselves.
// Shows: MUST-63, B19, MUST-63 (against), RFC 1122 §3.2.1.3 (against), RFC 1122 §3.2.1.3
TEST_F(IpInput, SourcesThatCannotBeAreDropped) {
  for (const Ipv4Address source :
       {Ipv4Address(), Ipv4Address(0, 1, 2, 3), Ipv4Address(127, 0, 0, 1), Ipv4Address(224, 0, 0, 1),
        Ipv4Address(239, 1, 2, 3), Ipv4Address(240, 0, 0, 1), Ipv4Address(255, 255, 255, 255),
        Ipv4Address(10, 9, 0, 255), Ipv4Address(10, 9, 0, 0)}) {
    expect_dropped(syn({source, 40000}, {kStack, 80}), Why::DropIpSource);
    expect_dropped(syn({source, 40000}, {kStack, 81}), Why::DropIpSource);
  }
}

// CVE-1999-0016, B19: from our own address and port.
// Shows: B19
TEST_F(IpInput, LandIsDropped) {
  expect_dropped(syn({kStack, 80}, {kStack, 80}), Why::DropIpSource);
}

// Shows: RFC 1122 §3.2.1.3 (against)
TEST_F(IpInput, OtherHostsPacketsAreDropped) {
  for (const Ipv4Address to :
       {Ipv4Address(10, 9, 0, 3), Ipv4Address(127, 0, 0, 1), Ipv4Address(), Ipv4Address(8, 8, 8, 8)}) {
    expect_dropped(syn({kPeer, 40000}, {to, 80}), Why::DropIpDestination);
  }
}

// "MUST silently discard an incoming SYN segment that is addressed to a broadcast or multicast address".
// Shows: MUST-57, B20, MUST-57 (against), RFC 1122 §3.3.6 (against)
TEST_F(IpInput, SynsToGroupsAreDropped) {
  for (const Ipv4Address to : {Ipv4Address(255, 255, 255, 255), Ipv4Address(10, 9, 0, 255), Ipv4Address(10, 9, 0, 0),
                               Ipv4Address(224, 0, 0, 1)}) {
    expect_dropped(syn({kPeer, 40000}, {to, 80}), Why::DropTcpBroadcast);
    expect_dropped(syn({kPeer, 40000}, {to, 81}), Why::DropTcpBroadcast);
  }
}

TEST_F(IpInput, PortZeroIsNobodys) {
  expect_dropped(syn({kPeer, 0}, {kStack, 80}), Why::DropTcpPortZero);
  expect_dropped(syn({kPeer, 40000}, {kStack, 0}), Why::DropTcpPortZero);
}

// B2, B52.
// Shows: B2, B52
TEST_F(IpInput, TransportHeadersThatLieAreDropped) {
  for (int offset = 0; offset < 16; ++offset) {
    if (offset == 5) continue;
    Octets packet = syn();
    packet[20 + 12] = static_cast<std::byte>(offset << 4);
    expect_dropped(packet, Why::DropTcpOffset);
  }
  for (std::size_t size = 0; size < 8; ++size) {
    expect_dropped(testing::ipv4_packet({.protocol = 17, .source = kPeer, .destination = kStack}, Octets(size)),
                   Why::DropUdpTruncated);
    expect_dropped(testing::ipv4_packet({.protocol = 1, .source = kPeer, .destination = kStack}, Octets(size)),
                   Why::DropIcmpTruncated);
    expect_dropped(testing::ipv4_packet({.protocol = 6, .source = kPeer, .destination = kStack}, Octets(size)),
                   Why::DropTcpTruncated);
  }
}

// Replies that wait are capped, whatever they are; what does not fit is told.
TEST(ReplyQueues, AreCappedForIcmpToo) {
  Config config = testing::plain_config();
  config.max_packets_queued = 0;
  Story story(config);
  story.inject_packet(testing::ipv4_packet({.protocol = 1, .source = kPeer, .destination = kStack},
                                           testing::icmp_message({.type = 8}, Octets(8))));
  story.expect_drop(Why::DropQueueFull);
  story.inject_packet(testing::ipv4_packet({.protocol = 47, .source = kPeer, .destination = kStack}, Octets(8)));
  story.expect_drop(Why::DropQueueFull);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
