// Header by header.
#include "replay/packet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/endian.hpp"
#include "text/notation.hpp"
#include "text/packet_text.hpp"

namespace tunic::replay {

namespace {

using wire::IpProtocol;

constexpr std::size_t kTcpChecksum = 16;

bool is_of(const wire::Ipv4Header& ip, IpProtocol protocol) {
  return ip.protocol == static_cast<std::uint8_t>(protocol);
}

/// A capture taken where the segment was sent may have it before the device has completed the checksum: then the field holds
/// the sum of the pseudo-header.
bool tcp_checksum_good(const wire::Ipv4Header& ip, std::span<const std::byte> segment) {
  Checksum sum = wire::pseudo_header(ip.source, ip.destination, IpProtocol::Tcp, segment.size());
  if (load_be16(segment.data() + kTcpChecksum) == sum.folded()) return true;
  sum.add(segment);
  return sum.finish() == 0;
}

void read_transport(Packet& packet) {
  const auto content = std::span<const std::byte>(packet.octets).subspan(packet.ip.header_size);
  if (packet.ip.fragment_offset != 0) return;
  if (is_of(packet.ip, IpProtocol::Tcp) && !packet.ip.more_fragments) {
    if (const auto tcp = wire::parse_tcp(content, content.size())) packet.tcp = *tcp;
    const bool whole = packet.present == packet.octets.size();
    if (packet.tcp && whole) packet.checksum_good = tcp_checksum_good(packet.ip, content);
  } else if (is_of(packet.ip, IpProtocol::Udp) && content.size() >= wire::kUdpHeaderSize) {
    packet.udp = wire::UdpHeader{.source_port = load_be16(content.data()),
                                 .destination_port = load_be16(content.data() + 2),
                                 .length = load_be16(content.data() + 4),
                                 .checksum = load_be16(content.data() + 6)};
  } else if (is_of(packet.ip, IpProtocol::Icmp) && content.size() >= wire::kIcmpHeaderSize) {
    packet.icmp = wire::IcmpHeader{.type = load_u8(content.data()),
                                   .code = load_u8(content.data() + 1),
                                   .word1 = load_be16(content.data() + 4),
                                   .word2 = load_be16(content.data() + 6)};
  }
}

}  // namespace

Endpoint Packet::source() const {
  const Port port = tcp ? tcp->source_port : udp ? udp->source_port : Port{0};
  return {ip.source, port};
}

Endpoint Packet::destination() const {
  const Port port = tcp ? tcp->destination_port : udp ? udp->destination_port : Port{0};
  return {ip.destination, port};
}

std::span<const std::byte> Packet::payload() const {
  std::size_t headers = ip.header_size;
  if (tcp) headers += tcp->header_size;
  if (udp) headers += wire::kUdpHeaderSize;
  if (icmp) headers += wire::kIcmpHeaderSize;
  return std::span<const std::byte>(octets).subspan(std::min(headers, octets.size()));
}

std::span<const std::byte> Packet::options() const {
  if (!tcp) return {};
  return std::span<const std::byte>(octets).subspan(ip.header_size + wire::kTcpHeaderSize,
                                                    tcp->header_size - wire::kTcpHeaderSize);
}

std::uint32_t Packet::sequence_length() const {
  return static_cast<std::uint32_t>(payload().size()) + (flags().syn() ? 1 : 0) + (flags().fin() ? 1 : 0);
}

std::expected<Packet, std::string> read_packet(std::vector<std::byte> octets, std::size_t present) {
  const auto ip = wire::parse_ipv4(octets, octets.size());
  if (!ip) return std::unexpected(fmt::format("its IP header is broken: {}", text(ip.error())));
  Packet packet{.octets = std::move(octets), .present = present, .ip = *ip};
  packet.octets.resize(ip->total_length);
  packet.present = std::min(present, packet.octets.size());
  read_transport(packet);
  return packet;
}

std::optional<Endpoint> endpoint_named(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto address = Ipv4Address::parse(text.substr(0, colon));
  if (!address) return std::nullopt;
  if (colon == std::string_view::npos) return Endpoint{*address, 0};
  const std::string_view digits = text.substr(colon + 1);
  Port port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Endpoint{*address, port};
}

std::string to_notation(const Packet& packet, std::uint32_t seq_base, std::uint32_t ack_base) {
  const auto payload_size = static_cast<std::uint32_t>(packet.payload().size());
  if (packet.tcp) {
    return tunic::to_notation(SegmentInfo{.source = packet.source(),
                                          .destination = packet.destination(),
                                          .seq = packet.tcp->seq.value(),
                                          .ack = packet.tcp->ack.value(),
                                          .flags = packet.tcp->flags.bits(),
                                          .window = packet.tcp->window.value,
                                          .urgent = packet.tcp->urgent,
                                          .payload_size = payload_size,
                                          .options = packet.options(),
                                          .seq_base = seq_base,
                                          .ack_base = ack_base,
                                          .tos = packet.ip.tos,
                                          .ttl = packet.ip.ttl});
  }
  if (packet.icmp) {
    return tunic::to_notation(IcmpInfo{.source = packet.ip.source,
                                       .destination = packet.ip.destination,
                                       .type = packet.icmp->type,
                                       .code = packet.icmp->code,
                                       .identifier = packet.icmp->word1,
                                       .sequence = packet.icmp->word2,
                                       .payload_size = payload_size});
  }
  if (packet.udp && !packet.ip.is_fragment()) {
    return tunic::to_notation(
        UdpInfo{.source = packet.source(), .destination = packet.destination(), .payload_size = payload_size});
  }
  return tunic::to_notation(PacketInfo{.source = packet.ip.source,
                                       .destination = packet.ip.destination,
                                       .protocol = packet.ip.protocol,
                                       .size = packet.ip.total_length,
                                       .identification = packet.ip.identification,
                                       .fragment_offset = packet.ip.fragment_offset,
                                       .more_fragments = packet.ip.more_fragments});
}

}  // namespace tunic::replay
