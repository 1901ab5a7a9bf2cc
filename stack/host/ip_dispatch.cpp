// A packet arrives: IPv4's checks, ICMP, and the way to the transport protocols. RFC 791, RFC 792, RFC 1122 §3.2.
#include <algorithm>

#include "base/checksum.hpp"
#include "host/host.hpp"
#include "ip/icmp_reply.hpp"
#include "wire/udp.hpp"

namespace tunic::host {

void Host::receive_from(PacketBuffer packet, ip::Ingress ingress) {
  ++log_.counters.packets_in;
  log_.counters.bytes_in += packet.size();
  // The header is looked at in one piece, with what a quote or a transport header may need behind it.
  constexpr std::size_t kLongestHeaders = 120;
  packet.pull(std::min(packet.size(), kLongestHeaders));
  const auto header = wire::parse_ipv4(packet.front(), packet.size());
  if (!header) return drop_packet(header.error(), {}, packet.size());
  packet.trim_back(packet.size() - header->total_length);  // what a link layer added
  if (const auto why = ip::check_input(*header, addresses_, ingress)) return drop_packet(*why, *header, packet.size());

  const auto protocol = static_cast<wire::IpProtocol>(header->protocol);
  if (protocol == wire::IpProtocol::Tcp) {
    packet.trim_front(header->header_size);
    return receive_tcp(*header, std::move(packet));
  }
  if (relief_.spent) return drop_packet(Why::DropNoMemory, *header, packet.size());
  const PacketBuffer whole = packet.clone();  // shares the bytes: an error quotes them from the IP header on
  packet.trim_front(header->header_size);
  if (protocol == wire::IpProtocol::Icmp) return receive_icmp(*header, std::move(packet));
  if (protocol == wire::IpProtocol::Udp) return receive_udp(*header, packet, whole.front());
  drop_packet(Why::DropIpProtocol, *header, packet.size());
  send_unreachable(*header, whole.front(), wire::UnreachableCode::Protocol, Why::IcmpProtocolUnreachable);
}

// ---- ICMP ----

void Host::receive_icmp(const wire::Ipv4Header& ip, PacketBuffer packet) {
  Chain message = packet.take_chain(pool_);
  std::vector<std::byte> gathered;  // only where the message came in several pieces
  std::span<const std::byte> bytes =
      message.slice_count() == 1 ? message.slice(0).bytes() : std::span<const std::byte>();
  if (message.slice_count() > 1) bytes = gathered = message.to_vector();
  const auto icmp = wire::parse_icmp(bytes);
  if (!icmp) return drop_packet(icmp.error(), ip, message.size());
  if (icmp->is_error()) return receive_icmp_error(ip, *icmp, bytes.subspan(wire::kIcmpHeaderSize));

  const std::size_t data_size = message.size() - wire::kIcmpHeaderSize;
  if (icmp->type != static_cast<std::uint8_t>(wire::IcmpType::Echo)) {
    log_.count_dropped(Why::DropIcmpType);
    return report_icmp(EventKind::Drop, Why::DropIcmpType, ip, *icmp, data_size);
  }
  if (addresses_.is_group(ip.destination)) {
    log_.count_dropped(Why::DropEchoToBroadcast);
    return report_icmp(EventKind::Drop, Why::DropEchoToBroadcast, ip, *icmp, data_size);
  }
  report_icmp(EventKind::Recv, Why::SegmentEcho, ip, *icmp, data_size);
  message.trim_front(wire::kIcmpHeaderSize);
  wire::Ipv4Header reply = ip;
  std::swap(reply.source, reply.destination);
  queue_icmp(ip::echo_reply(ip, *icmp, std::move(message), config_.ttl), Why::IcmpEchoReply, reply,
             {0, 0, icmp->word1, icmp->word2}, data_size);
}

void Host::receive_icmp_error(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                              std::span<const std::byte> quote) {
  const auto ignore = [&](Why why) {
    log_.count_dropped(why);
    report_icmp(EventKind::Drop, why, ip, icmp, quote.size());
  };
  // Source quench and redirects are ignored (MUST-55, RFC 6633).
  const auto type = static_cast<wire::IcmpType>(icmp.type);
  const bool heard = type == wire::IcmpType::DestinationUnreachable || type == wire::IcmpType::TimeExceeded ||
                     type == wire::IcmpType::ParameterProblem;
  if (!heard) return ignore(Why::DropIcmpType);
  const auto quoted = wire::parse_icmp_quote(quote);
  if (!quoted) return ignore(quoted.error());
  const FourTuple tuple{{quoted->source, quoted->source_port}, {quoted->destination, quoted->destination_port}};
  const Target target = demux_.find(tuple);
  TcpEntry* entry = target.kind == Target::Kind::Connection ? connections_.find(target.key) : nullptr;
  const bool tcp = quoted->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  const bool credible = tcp && entry != nullptr && entry->connection.in_flight_at(SeqNum(quoted->sequence));
  if (!credible) return ignore(Why::DropIcmpQuote);
  report_icmp(EventKind::Recv, Why::SegmentIcmpError, ip, icmp, quote.size());
  entry->connection.on_icmp_error(icmp.type, icmp.code, now_);
  touch(*entry);
}

/// RFC 1122 §3.2.2: about a packet to us alone, from somebody who can be answered.
void Host::send_unreachable(const wire::Ipv4Header& ip, std::span<const std::byte> whole, wire::UnreachableCode code,
                            Why why) {
  if (addresses_.is_group(ip.destination) || ip.source.is_unspecified()) return;
  const wire::IcmpHeader icmp{static_cast<std::uint8_t>(wire::IcmpType::DestinationUnreachable),
                              static_cast<std::uint8_t>(code)};
  wire::Ipv4Header reply;
  reply.source = ip.destination;
  reply.destination = ip.source;
  if (!icmp_limit_.allow(now_)) return report_icmp(EventKind::Hold, Why::HoldIcmpLimit, reply, icmp, 0);
  queue_icmp(ip::unreachable(ip, whole, code, config_.ttl, pool_), why, reply, icmp, whole.size());
}

// ---- UDP: nobody is bound yet, so every port is unreachable ----

void Host::receive_udp(const wire::Ipv4Header& ip, const PacketBuffer& packet, std::span<const std::byte> whole) {
  const auto udp = wire::parse_udp(packet.front(), packet.size());
  if (!udp) return drop_packet(udp.error(), ip, packet.size());
  drop_packet(Why::DropUdpNoPort, ip, packet.size());
  send_unreachable(ip, whole, wire::UnreachableCode::Port, Why::IcmpPortUnreachable);
}

// ---- Events ----

void Host::drop_packet(Why why, const wire::Ipv4Header& ip, std::size_t size) {
  log_.count_dropped(why);
  if (!log_.observed()) return;
  log_.emit({.at = now_,
             .kind = EventKind::Drop,
             .why = why,
             .subject = PacketInfo{ip.source, ip.destination, ip.protocol, static_cast<std::uint32_t>(size)},
             .detail = {}});
}

void Host::report_icmp(EventKind kind, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                       std::size_t payload) {
  if (!log_.observed()) return;
  log_.emit({.at = now_,
             .kind = kind,
             .why = why,
             .subject = IcmpInfo{ip.source, ip.destination, icmp.type, icmp.code, icmp.word1, icmp.word2,
                                 static_cast<std::uint32_t>(payload)},
             .detail = {}});
}

}  // namespace tunic::host
