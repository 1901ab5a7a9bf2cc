#include "ip/icmp_reply.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tunic::ip {

namespace {

constexpr std::size_t kErrorSize = 576;

PacketBuffer message(Ipv4Address source, Ipv4Address destination, const wire::IcmpHeader& header, Chain data,
                     std::uint8_t ttl, std::uint8_t tos) {
  std::vector<std::span<const std::byte>> pieces;
  pieces.reserve(data.slice_count());
  for (std::size_t index = 0; index < data.slice_count(); ++index) pieces.push_back(data.slice(index).bytes());
  std::array<std::byte, wire::kIcmpHeaderSize> icmp{};
  wire::emit_icmp(header, pieces, icmp);
  PacketBuffer packet(std::move(data));
  std::ranges::copy(icmp, packet.prepend(icmp.size()).begin());
  wire::Ipv4Header ip;
  ip.tos = tos;
  ip.ttl = ttl;
  ip.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Icmp);
  ip.source = source;
  ip.destination = destination;
  ip.total_length = static_cast<std::uint16_t>(packet.size() + wire::kIpv4HeaderSize);
  wire::emit_ipv4(ip, packet.prepend(wire::kIpv4HeaderSize));
  return packet;
}

}  // namespace

PacketBuffer echo_reply(const wire::Ipv4Header& request, const wire::IcmpHeader& echo, Chain data, std::uint8_t ttl) {
  wire::IcmpHeader reply = echo;
  reply.type = static_cast<std::uint8_t>(wire::IcmpType::EchoReply);
  reply.code = 0;
  return message(request.destination, request.source, reply, std::move(data), ttl, request.tos);
}

PacketBuffer unreachable(const wire::Ipv4Header& about, std::span<const std::byte> quote, wire::UnreachableCode code,
                         std::uint8_t ttl, BlockPool& pool) {
  const std::size_t room = kErrorSize - wire::kIpv4HeaderSize - wire::kIcmpHeaderSize;
  const wire::IcmpHeader header{.type = static_cast<std::uint8_t>(wire::IcmpType::DestinationUnreachable),
                                .code = static_cast<std::uint8_t>(code)};
  constexpr std::uint8_t kInternetworkControl = 0xc0;  // RFC 1812 §4.3.2.5
  return message(about.destination, about.source, header, Chain(pool.copy(quote.first(std::min(quote.size(), room)))),
                 ttl, kInternetworkControl);
}

}  // namespace tunic::ip
