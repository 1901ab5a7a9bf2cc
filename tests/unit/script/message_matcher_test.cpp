// ICMP messages and datagrams of the stack, read and compared. The packets are written by the script's own side, whose
// checksums libtins knows to be right in tests of the simulation.
#include "script/message_matcher.hpp"

#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "script/packets.hpp"

namespace tunic::script {
namespace {

constexpr std::uint32_t kPeerIsn = 0xffffff80;

class MessageMatcherTest : public ::testing::Test {
 protected:
  MessageMatcherTest() {
    flow.stack = {Ipv4Address(192, 168, 0, 1), 8080};
    flow.peer = {Ipv4Address(192, 0, 2, 1), 54321};
    flow.peer_isn = kPeerIsn;
    // The packets module speaks for the peer: seen from there, the stack is the peer.
    mirrored.stack = flow.peer;
    mirrored.peer = flow.stack;
    mirrored.stack_isn = kPeerIsn;
  }

  LiveMessage read(const std::vector<std::byte>& octets) const {
    const auto message = read_message(octets, flow);
    EXPECT_TRUE(message.has_value()) << (message ? "" : message.error());
    return message.value_or(LiveMessage{});
  }
  template <typename Packet>
  std::string difference(const Packet& written, const LiveMessage& live) const {
    const auto found = differences(written, live, flow);
    return found.empty() ? "" : found.front();
  }

  Flow flow;
  Flow mirrored;
};

TEST_F(MessageMatcherTest, ComparesEveryFieldOfAnIcmpMessage) {
  const IcmpPacket sent{.type = 3, .code = 4, .mtu = 1200, .quote = IcmpPacket::Quote::Tcp, .start = 1, .length = 1460};
  const LiveMessage live = read(icmp_octets(sent, mirrored));
  EXPECT_EQ(to_notation(live), "icmp type_3 code_4 mtu 1200 [1:1461(1460)]");
  EXPECT_EQ(difference(sent, live), "");
  IcmpPacket other = sent;
  other.code = 3;
  EXPECT_EQ(difference(other, live), "code: expected 3, live 4");
  other = sent;
  other.mtu = 1500;
  EXPECT_EQ(difference(other, live), "mtu: expected 1500, live 1200");
  other = sent;
  other.start = 2;
  EXPECT_EQ(difference(other, live), "quote: expected [2:1462(1460)], live [1:1461(1460)]");
  other.quote = IcmpPacket::Quote::NotGiven;
  EXPECT_EQ(difference(other, live), "");
  other = sent;
  other.quote = IcmpPacket::Quote::Udp;
  EXPECT_EQ(difference(other, live), "quote: expected [udp(1460)], live [1:1461(1460)]");
}

TEST_F(MessageMatcherTest, ReadsTheQuoteOfADatagram) {
  const IcmpPacket sent{.type = 3, .code = 3, .mtu = 0, .quote = IcmpPacket::Quote::Udp, .length = 1000};
  EXPECT_EQ(to_notation(read(icmp_octets(sent, mirrored))), "icmp type_3 code_3 [udp(1000)]");
}

TEST_F(MessageMatcherTest, ComparesADatagram) {
  auto octets = udp_octets({.head = {.tos = std::uint8_t{0x20}}, .length = 5}, mirrored);
  EXPECT_EQ(read_message(octets, flow).error(), "it has no UDP checksum");
  // RFC 768: over the addresses, the protocol, the length and the datagram.
  Checksum sum;
  sum.add_be32(flow.stack.address.value());
  sum.add_be32(flow.peer.address.value());
  sum.add_be16(17);
  sum.add_be16(13);
  sum.add(std::span(octets).subspan(20));
  store_be16(&octets[26], sum.finish());
  const LiveMessage live = read(octets);
  EXPECT_EQ(to_notation(live), "udp (5)");
  EXPECT_EQ(difference(UdpPacket{.head = {.tos = std::uint8_t{0x20}}, .length = 5}, live), "");
  EXPECT_EQ(difference(UdpPacket{.head = {}, .length = 6}, live), "octets of data: expected 6, live 5");
  EXPECT_EQ(difference(UdpPacket{.head = {.tos = std::uint8_t{0x21}}, .length = 5}, live),
            "type of service: expected 33, live 32");
  octets.back() = std::byte{1};
  EXPECT_EQ(read_message(octets, flow).error(), "its UDP checksum is wrong");
}

}  // namespace
}  // namespace tunic::script
