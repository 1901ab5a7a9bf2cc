// What passes a device, as lines for people.
#include <fmt/format.h>

#include "segment/codec.hpp"
#include "segment/wire_packets.hpp"
#include "text/notation.hpp"
#include "text/packet_text.hpp"
#include "tunic/tun/wrappers.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace tunic::tun {

namespace {

std::string tcp_text(const wire::Ipv4Header& ip, PacketBuffer packet) {
  BlockPool pool;
  const auto segment = decode_segment(ip, std::move(packet), pool);
  if (!segment) {
    return fmt::format("{} > {} bad segment: {}", ip.source.to_string(), ip.destination.to_string(),
                       text(segment.error()));
  }
  return fmt::format("{} > {} {}", segment->source.to_string(), segment->destination.to_string(),
                     to_notation(describe(*segment, SeqNum(0), SeqNum(0))));
}

std::string icmp_text(const wire::Ipv4Header& ip, const PacketBuffer& packet) {
  const auto message = packet.to_vector();
  const auto icmp = wire::parse_icmp(message);
  if (!icmp) return fmt::format("icmp: {}", text(icmp.error()));
  return to_notation(IcmpInfo{.source = ip.source,
                              .destination = ip.destination,
                              .type = icmp->type,
                              .code = icmp->code,
                              .identifier = icmp->word1,
                              .sequence = icmp->word2,
                              .payload_size = static_cast<std::uint32_t>(message.size() - 8)});
}

std::string packet_text(PacketBuffer packet) {
  const auto ip = wire::parse_ipv4(packet.front(), packet.size());
  if (!ip) return fmt::format("{} octets: {}", packet.size(), text(ip.error()));
  packet.trim_back(packet.size() - ip->total_length);
  packet.trim_front(ip->header_size);
  const bool whole = !ip->is_fragment();
  if (whole && ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp))
    return tcp_text(*ip, std::move(packet));
  if (whole && ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Icmp)) return icmp_text(*ip, packet);
  if (whole && ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Udp)) {
    if (const auto udp = wire::parse_udp(packet.front(), packet.size())) {
      return to_notation(UdpInfo{.source = {ip->source, udp->source_port},
                                 .destination = {ip->destination, udp->destination_port},
                                 .payload_size = static_cast<std::uint32_t>(udp->length - wire::kUdpHeaderSize)});
    }
  }
  return to_notation(PacketInfo{.source = ip->source,
                                .destination = ip->destination,
                                .protocol = ip->protocol,
                                .size = ip->total_length,
                                .identification = ip->identification,
                                .fragment_offset = ip->fragment_offset,
                                .more_fragments = ip->more_fragments});
}

}  // namespace

void TracedDevice::send(PacketBuffer packet, Instant now) {
  show(Direction::Outbound, packet, now);
  inner_.send(std::move(packet), now);
}

std::size_t TracedDevice::receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) {
  const std::size_t count = inner_.receive(pool, batch, now);
  for (const PacketBuffer& packet : batch.first(count)) show(Direction::Inbound, packet, now);
  return count;
}

void TracedDevice::show(Direction direction, const PacketBuffer& packet, Instant now) {
  if (start_ == kNever) start_ = now;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now - start_).count();
  BlockPool pool;
  WirePackets pieces(packet.clone(), pool);
  while (auto piece = pieces.next()) {
    fmt::print(out_, "{:>6}.{:06} {} {}\n", microseconds / 1'000'000, microseconds % 1'000'000,
               direction == Direction::Inbound ? '<' : '>', packet_text(std::move(*piece)));
  }
}

}  // namespace tunic::tun
