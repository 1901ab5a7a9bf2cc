// Reads the copied front of a packet with the wire room's parsers; where they object, the packet is just a packet.
#include "link/peek.hpp"

#include "base/endian.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace tunic::link {

namespace {

PacketInfo packet_info(const wire::Ipv4Header& ip, std::size_t size) {
  return {.source = ip.source,
          .destination = ip.destination,
          .protocol = ip.protocol,
          .size = static_cast<std::uint32_t>(size),
          .identification = ip.identification,
          .fragment_offset = ip.fragment_offset,
          .more_fragments = ip.more_fragments};
}

UdpInfo udp_info(const wire::Ipv4Header& ip, const wire::UdpHeader& udp) {
  return {.source = {ip.source, udp.source_port},
          .destination = {ip.destination, udp.destination_port},
          .payload_size = static_cast<std::uint32_t>(udp.length - wire::kUdpHeaderSize)};
}

SegmentInfo segment_info(const wire::Ipv4Header& ip, const wire::TcpHeader& tcp, std::span<const std::byte> bytes,
                         std::size_t segment_size) {
  return {.source = {ip.source, tcp.source_port},
          .destination = {ip.destination, tcp.destination_port},
          .seq = tcp.seq.value(),
          .ack = tcp.ack.value(),
          .flags = tcp.flags.bits(),
          .window = tcp.window.value,
          .urgent = tcp.urgent,
          .payload_size = static_cast<std::uint32_t>(segment_size - tcp.header_size),
          .options = bytes.first(tcp.header_size).subspan(wire::kTcpHeaderSize),
          .tos = ip.tos,
          .ttl = ip.ttl};
}

IcmpInfo icmp_info(const wire::Ipv4Header& ip, std::span<const std::byte> bytes, std::size_t message_size) {
  return {.source = ip.source,
          .destination = ip.destination,
          .type = load_u8(bytes.data()),
          .code = load_u8(bytes.data() + 1),
          .identifier = load_be16(bytes.data() + 4),
          .sequence = load_be16(bytes.data() + 6),
          .payload_size = static_cast<std::uint32_t>(message_size - wire::kIcmpHeaderSize)};
}

}  // namespace

Peek::Peek(const PacketBuffer& packet) {
  const std::span bytes = std::span<const std::byte>(front_).first(packet.copy_to(front_));
  const auto ip = wire::parse_ipv4(bytes, packet.size());
  if (!ip) {
    subject_ = PacketInfo{.size = static_cast<std::uint32_t>(packet.size())};
    return;
  }
  subject_ = packet_info(*ip, packet.size());
  const std::size_t content_size = ip->total_length - ip->header_size;
  const auto content = bytes.subspan(ip->header_size).first(std::min(content_size, bytes.size() - ip->header_size));
  if (ip->is_fragment()) return;
  if (ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) {
    const auto tcp = wire::parse_tcp(content, content_size);
    if (tcp) subject_ = segment_info(*ip, *tcp, content, content_size);
  } else if (ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Icmp) &&
             content_size >= wire::kIcmpHeaderSize) {
    subject_ = icmp_info(*ip, content, content_size);
  } else if (ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Udp)) {
    if (const auto udp = wire::parse_udp(content, content_size)) subject_ = udp_info(*ip, *udp);
  }
}

}  // namespace tunic::link
