// RFC 791, RFC 792, RFC 768: headers and zeros.
#include "script/packets.hpp"

#include <array>
#include <span>

#include "base/endian.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace tunic::script {

namespace {

using wire::IpProtocol;

wire::Ipv4Header between(const Endpoint& source, const Endpoint& destination) {
  wire::Ipv4Header header;
  header.source = source.address;
  header.destination = destination.address;
  return header;
}

/// An IPv4 packet of `size` octets of content, of which `content` are there.
std::vector<std::byte> ipv4_packet(wire::Ipv4Header header, IpProtocol protocol, std::span<const std::byte> content,
                                   std::size_t size) {
  std::vector<std::byte> packet(wire::kIpv4HeaderSize);
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + size);
  header.protocol = static_cast<std::uint8_t>(protocol);
  wire::emit_ipv4(header, packet);
  packet.insert(packet.end(), content.begin(), content.end());
  return packet;
}

}  // namespace

std::vector<std::byte> icmp_octets(const IcmpPacket& written, const Flow& flow) {
  const bool tcp = written.quote != IcmpPacket::Quote::Udp;
  std::array<std::byte, 8> transport{};  // as much as RFC 792 asks for: ports, and TCP's sequence number
  store_be16(&transport[0], flow.stack.port);
  store_be16(&transport[2], flow.peer.port);
  const std::size_t header_size = tcp ? wire::kTcpHeaderSize : wire::kUdpHeaderSize;
  const std::size_t quoted_size = header_size + written.length;
  store_be32(&transport[4], tcp ? flow.live_quoted(written.start) : static_cast<std::uint32_t>(quoted_size) << 16);
  const auto quote =
      ipv4_packet(between(flow.stack, flow.peer), tcp ? IpProtocol::Tcp : IpProtocol::Udp, transport, quoted_size);
  std::vector<std::byte> icmp(wire::kIcmpHeaderSize);
  const std::array<std::span<const std::byte>, 1> parts{quote};
  wire::emit_icmp({.type = written.type, .code = written.code, .word2 = written.mtu}, parts, icmp);
  icmp.insert(icmp.end(), quote.begin(), quote.end());
  return ipv4_packet(between(flow.peer, flow.stack), IpProtocol::Icmp, icmp, icmp.size());
}

std::vector<std::byte> udp_octets(const UdpPacket& written, const Flow& flow) {
  std::vector<std::byte> udp(wire::kUdpHeaderSize + written.length);
  wire::emit_udp({.source_port = flow.peer.port,
                  .destination_port = flow.stack.port,
                  .length = static_cast<std::uint16_t>(udp.size())},
                 udp);
  wire::Ipv4Header header = between(flow.peer, flow.stack);
  header.tos = written_tos(written.head);
  header.ttl = written.head.ttl.value_or(header.ttl);
  return ipv4_packet(header, IpProtocol::Udp, udp, udp.size());
}

}  // namespace tunic::script
