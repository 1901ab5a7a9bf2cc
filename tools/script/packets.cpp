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

/// An IPv4 packet of `size` octets of content, of which `content` are there.
std::vector<std::byte> ipv4_packet(IpProtocol protocol, Ipv4Address source, Ipv4Address destination,
                                   std::span<const std::byte> content, std::size_t size) {
  std::vector<std::byte> packet(wire::kIpv4HeaderSize);
  wire::Ipv4Header header;
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + size);
  header.protocol = static_cast<std::uint8_t>(protocol);
  header.source = source;
  header.destination = destination;
  wire::emit_ipv4(header, packet);
  packet.insert(packet.end(), content.begin(), content.end());
  return packet;
}

}  // namespace

std::vector<std::byte> icmp_octets(const IcmpPacket& written, const Flow& flow) {
  const bool tcp = written.quote == IcmpPacket::Quote::Tcp;
  std::array<std::byte, 8> transport{};  // as much as RFC 792 asks for: ports, and TCP's sequence number
  store_be16(&transport[0], flow.stack.port);
  store_be16(&transport[2], flow.peer.port);
  const std::size_t header_size = tcp ? wire::kTcpHeaderSize : wire::kUdpHeaderSize;
  const std::size_t quoted_size = header_size + written.length;
  store_be32(&transport[4], tcp ? flow.live_quoted(written.start) : static_cast<std::uint32_t>(quoted_size) << 16);
  const auto quote = ipv4_packet(tcp ? IpProtocol::Tcp : IpProtocol::Udp, flow.stack.address, flow.peer.address,
                                 transport, quoted_size);
  std::vector<std::byte> icmp(wire::kIcmpHeaderSize);
  const std::array<std::span<const std::byte>, 1> parts{quote};
  wire::emit_icmp({.type = written.type, .code = written.code, .word2 = written.mtu}, parts, icmp);
  icmp.insert(icmp.end(), quote.begin(), quote.end());
  return ipv4_packet(IpProtocol::Icmp, flow.peer.address, flow.stack.address, icmp, icmp.size());
}

std::vector<std::byte> udp_octets(const UdpPacket& written, const Flow& flow) {
  std::vector<std::byte> udp(wire::kUdpHeaderSize + written.length);
  wire::emit_udp({.source_port = written.source_port.value_or(flow.peer.port),
                  .destination_port = written.destination_port.value_or(flow.stack.port),
                  .length = static_cast<std::uint16_t>(udp.size())},
                 udp);
  return ipv4_packet(IpProtocol::Udp, flow.peer.address, flow.stack.address, udp, udp.size());
}

}  // namespace tunic::script
