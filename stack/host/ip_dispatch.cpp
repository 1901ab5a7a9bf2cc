// A packet arrives: IPv4's checks, reassembly, and the way to the protocols. RFC 791, RFC 1122 §3.2 and §3.3.2.
#include <algorithm>

#include "base/endian.hpp"
#include "host/host.hpp"
#include "segment/wire_packets.hpp"

namespace tunic::host {

namespace {
// The front is looked at in one piece, with what a quote or a transport header may need behind the IP header.
constexpr std::size_t kLongestHeaders = 120;

/// `quote` begins with the IP header `ip`.
bool is_icmp_error(const wire::Ipv4Header& ip, std::span<const std::byte> quote) {
  if (ip.protocol != static_cast<std::uint8_t>(wire::IpProtocol::Icmp) || quote.size() <= ip.header_size) return false;
  return wire::IcmpHeader{.type = load_u8(quote.data() + ip.header_size)}.is_error();
}

}  // namespace

void Host::receive_from(PacketBuffer&& packet, ip::Ingress ingress) {
  ++log_.counters.packets_in;
  log_.counters.bytes_in += packet.size();
  packet.pull(std::min(packet.size(), kLongestHeaders));
  const auto header = wire::parse_ipv4(packet.front(), packet.size());
  if (!header) return drop_packet(header.error(), {}, packet.size());
  packet.trim_back(packet.size() - header->total_length);  // what a link layer added
  if (const auto why = ip::check_input(*header, addresses_, ingress)) return drop_packet(*why, *header, packet.size());
  if (header->is_fragment()) return receive_fragment(*header, std::move(packet));
  deliver(*header, std::move(packet));
}

void Host::receive_fragment(const wire::Ipv4Header& ip, PacketBuffer&& packet) {
  const std::size_t size = packet.size();
  if (relief_.spent) return drop_packet(Why::DropNoMemory, ip, size);
  auto result = reassembler_.add(ip, std::move(packet), config_.ip, pool_, now_);
  for (const auto& gone : result.evicted) drop_packet(Why::DropFragmentsEvicted, gone.header, gone.quote.size());
  if (result.drop) return drop_packet(*result.drop, ip, size);
  report_packet(EventKind::Recv, Why::FragmentHeld, ip, size);
  if (!result.whole) return;
  PacketBuffer& whole = result.whole->packet;
  whole.pull(std::min(whole.size(), kLongestHeaders));
  deliver(result.whole->header, std::move(whole));
}

/// RFC 1122 §3.3.2: the sender hears of it if the fragment is there that says who that is.
void Host::end_reassemblies() {
  while (const auto gone = reassembler_.take_expired(now_)) {
    drop_packet(Why::DropFragmentsTimedOut, gone->header, gone->quote.size());
    if (gone->quote.empty() || is_icmp_error(gone->header, gone->quote)) continue;
    send_icmp_error(gone->header, gone->quote, wire::IcmpType::TimeExceeded,
                    static_cast<std::uint8_t>(wire::TimeExceededCode::Reassembly), Why::IcmpReassemblyTimeExceeded);
  }
}

/// To the protocol of a whole datagram.
void Host::deliver(const wire::Ipv4Header& ip, PacketBuffer&& packet) {
  const auto protocol = static_cast<wire::IpProtocol>(ip.protocol);
  if (protocol == wire::IpProtocol::Tcp) {
    packet.trim_front(ip.header_size);
    return receive_tcp(ip, std::move(packet));
  }
  if (packet.offload.gso_size != 0) return deliver_datagrams(std::move(packet));
  if (relief_.spent) return drop_packet(Why::DropNoMemory, ip, packet.size());
  const PacketBuffer whole = packet.clone();  // shares the bytes: an error quotes them from the IP header on
  packet.trim_front(ip.header_size);
  if (protocol == wire::IpProtocol::Icmp) return receive_icmp(ip, std::move(packet));
  if (protocol == wire::IpProtocol::Udp) return receive_udp(ip, std::move(packet), whole.front());
  drop_packet(Why::DropIpProtocol, ip, packet.size());
  send_icmp_error(ip, whole.front(), wire::IcmpType::DestinationUnreachable,
                  static_cast<std::uint8_t>(wire::UnreachableCode::Protocol), Why::IcmpProtocolUnreachable);
}

/// What a device has not cut; datagrams, unlike segments, keep their borders.
void Host::deliver_datagrams(PacketBuffer super) {
  WirePackets pieces(std::move(super), pool_);
  while (auto piece = pieces.next()) {
    piece->offload.gso_size = 0;
    if (const auto header = wire::parse_ipv4(piece->front(), piece->size())) deliver(*header, std::move(*piece));
  }
}

// ---- Events ----

void Host::drop_packet(Why why, const wire::Ipv4Header& ip, std::size_t size) {
  log_.count_dropped(why);
  report_packet(EventKind::Drop, why, ip, size);
}

void Host::report_packet(EventKind kind, Why why, const wire::Ipv4Header& ip, std::size_t size) {
  if (!log_.observed()) return;
  log_.emit({.at = now_,
             .kind = kind,
             .why = why,
             .subject = PacketInfo{ip.source, ip.destination, ip.protocol, static_cast<std::uint32_t>(size),
                                   ip.identification, ip.fragment_offset, ip.more_fragments},
             .detail = {}});
}

}  // namespace tunic::host
