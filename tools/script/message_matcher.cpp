// Reads first, compares then: what is shown and what is compared cannot be two things.
#include "script/message_matcher.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "script/matcher.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace tunic::script {

namespace {

using wire::IpProtocol;
using Octets = std::span<const std::byte>;

constexpr std::uint8_t kUnreachable = 3;
constexpr std::size_t kDataOffsetAt = 12;  // in a TCP header

bool has_protocol(std::uint8_t number, IpProtocol protocol) {
  return number == static_cast<std::uint8_t>(protocol);
}

/// Octets of payload that the quoted packet had; what is cut off counts.
std::uint32_t quoted_length(const wire::Ipv4Header& ip, Octets transport) {
  std::size_t headers = ip.header_size + wire::kUdpHeaderSize;
  if (has_protocol(ip.protocol, IpProtocol::Tcp)) {
    const bool whole = transport.size() > kDataOffsetAt;
    headers = ip.header_size + (whole ? 4U * (load_u8(&transport[kDataOffsetAt]) >> 4) : wire::kTcpHeaderSize);
  }
  return static_cast<std::uint32_t>(ip.total_length - std::min<std::size_t>(headers, ip.total_length));
}

std::expected<IcmpPacket, std::string> read_icmp(Octets content, const Flow& flow) {
  const auto header = wire::parse_icmp(content);
  if (!header) return std::unexpected("its ICMP header is broken");
  IcmpPacket packet{.type = header->type, .code = header->code, .mtu = 0};
  if (!header->is_error()) return packet;
  packet.mtu = header->word2;
  const Octets quoted = content.subspan(wire::kIcmpHeaderSize);
  const auto ip = wire::parse_ipv4(quoted, 0xffff);
  const auto quote = wire::parse_icmp_quote(quoted);
  if (!ip || !quote) return std::unexpected("what it quotes is no IPv4 packet");
  packet.length = quoted_length(*ip, quoted.subspan(ip->header_size));
  if (has_protocol(ip->protocol, IpProtocol::Tcp)) {
    packet.quote = IcmpPacket::Quote::Tcp;
    packet.start = quote->sequence - flow.peer_isn.value_or(0);
  } else if (has_protocol(ip->protocol, IpProtocol::Udp)) {
    packet.quote = IcmpPacket::Quote::Udp;
  }
  return packet;
}

std::expected<UdpPacket, std::string> read_udp(const wire::Ipv4Header& ip, Octets content) {
  const auto header = wire::parse_udp(content, content.size());
  if (!header) return std::unexpected("its UDP header is broken");
  if (header->length != content.size()) return std::unexpected("its UDP length is not that of the packet");
  if (header->checksum == 0) return std::unexpected("it has no UDP checksum");
  Checksum sum;
  sum.add_be32(ip.source.value());
  sum.add_be32(ip.destination.value());
  sum.add_be16(ip.protocol);
  sum.add_be16(header->length);
  sum.add(content);
  if (sum.finish() != 0) return std::unexpected("its UDP checksum is wrong");
  UdpPacket packet;
  packet.head.source_port = header->source_port;
  packet.head.destination_port = header->destination_port;
  packet.length = static_cast<std::uint32_t>(content.size() - wire::kUdpHeaderSize);
  return packet;
}

template <typename T>
void compare(std::vector<std::string>& found, std::string_view what, T expected, T live) {
  if (expected != live) found.push_back(fmt::format("{}: expected {}, live {}", what, expected, live));
}

std::string quote_text(const IcmpPacket& packet) {
  switch (packet.quote) {
    case IcmpPacket::Quote::NotGiven:
      return {};
    case IcmpPacket::Quote::Udp:
      return fmt::format(" [udp({})]", packet.length);
    case IcmpPacket::Quote::Tcp:
      return fmt::format(" [{}:{}({})]", packet.start, packet.start + packet.length, packet.length);
  }
  return {};
}

std::string content_text(const IcmpPacket& packet) {
  const std::string mtu = packet.mtu == 0 ? "" : fmt::format(" mtu {}", packet.mtu);
  return fmt::format("icmp type_{} code_{}{}{}", packet.type, packet.code, mtu, quote_text(packet));
}
std::string content_text(const UdpPacket& packet) {
  return fmt::format("udp ({})", packet.length);
}

}  // namespace

std::expected<LiveMessage, std::string> read_message(Octets packet, const Flow& flow) {
  const auto ip = wire::parse_ipv4(packet, packet.size());
  if (!ip) return std::unexpected(fmt::format("its IP header is broken: {}", text(ip.error())));
  if (ip->total_length != packet.size()) return std::unexpected("its total length is not that of the packet");
  LiveMessage message{
      .source = {ip->source, 0}, .destination = {ip->destination, 0}, .tos = ip->tos, .ttl = ip->ttl, .content = {}};
  const Octets content = packet.subspan(ip->header_size);
  if (has_protocol(ip->protocol, IpProtocol::Icmp)) {
    auto icmp = read_icmp(content, flow);
    if (!icmp) return std::unexpected(icmp.error());
    message.content = *icmp;
    return message;
  }
  if (!has_protocol(ip->protocol, IpProtocol::Udp)) {
    return std::unexpected(fmt::format("its protocol is {}, neither ICMP nor UDP", ip->protocol));
  }
  const auto udp = read_udp(*ip, content);
  if (!udp) return std::unexpected(udp.error());
  message.source.port = *udp->head.source_port;
  message.destination.port = *udp->head.destination_port;
  message.content = *udp;
  return message;
}

std::string to_notation(const LiveMessage& message) {
  return std::visit([](const auto& content) { return content_text(content); }, message.content);
}

std::vector<std::string> differences(const IcmpPacket& written, const LiveMessage& live, const Flow& flow) {
  const auto* icmp = std::get_if<IcmpPacket>(&live.content);
  if (icmp == nullptr) return {"it is no ICMP message"};
  std::vector<std::string> found;
  compare<int>(found, "type", written.type, icmp->type);
  compare<int>(found, "code", written.code, icmp->code);
  if (written.type == kUnreachable) compare<int>(found, "mtu", written.mtu, icmp->mtu);
  compare(found, "destination", flow.peer.address.to_string(), live.destination.address.to_string());
  if (written.quote == IcmpPacket::Quote::NotGiven) return found;
  if (const auto expected = quote_text(written), actual = quote_text(*icmp); expected != actual) {
    found.push_back(fmt::format("quote: expected{}, live{}", expected, actual));
  }
  return found;
}

std::vector<std::string> differences(const UdpPacket& written, const LiveMessage& live, const Flow& flow) {
  const auto* udp = std::get_if<UdpPacket>(&live.content);
  if (udp == nullptr) return {"it is no UDP datagram"};
  std::vector<std::string> found;
  compare(found, "octets of data", written.length, udp->length);
  compare(found, "source", flow.stack.to_string(), live.source.to_string());
  compare(found, "destination", flow.peer.to_string(), live.destination.to_string());
  compare_ip_fields(found, written.head, live.tos, live.ttl);
  return found;
}

}  // namespace tunic::script
