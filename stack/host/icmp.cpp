// ICMP both ways: echo, errors that we hear, errors that we send. RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2, RFC 5927.
#include "host/host.hpp"
#include "ip/icmp_message.hpp"

namespace tunic::host {

using wire::IcmpType;

namespace {
constexpr std::uint8_t kIcmp = static_cast<std::uint8_t>(wire::IpProtocol::Icmp);
}

// ---- In ----

void Host::receive_icmp(const wire::Ipv4Header& ip, PacketBuffer&& packet) {
  Chain message = packet.take_chain(pool_);
  std::vector<std::byte> gathered;  // only where the message came in several pieces
  std::span<const std::byte> bytes =
      message.slice_count() == 1 ? message.slice(0).bytes() : std::span<const std::byte>();
  if (message.slice_count() > 1) bytes = gathered = message.to_vector();
  const auto icmp = wire::parse_icmp(bytes);
  if (!icmp) return drop_packet(icmp.error(), ip, message.size());
  if (icmp->is_error()) return receive_icmp_error(ip, *icmp, bytes.subspan(wire::kIcmpHeaderSize));

  const std::size_t data_size = message.size() - wire::kIcmpHeaderSize;
  if (icmp->type == static_cast<std::uint8_t>(IcmpType::EchoReply)) {
    message.trim_front(wire::kIcmpHeaderSize);
    return receive_echo_reply(ip, *icmp, std::move(message));
  }
  if (icmp->type != static_cast<std::uint8_t>(IcmpType::Echo)) {
    log_.count_dropped(Why::DropIcmpType);
    return report_icmp(EventKind::Drop, Why::DropIcmpType, ip, *icmp, data_size);
  }
  if (addresses_.is_group(ip.destination)) {
    log_.count_dropped(Why::DropEchoToBroadcast);
    return report_icmp(EventKind::Drop, Why::DropEchoToBroadcast, ip, *icmp, data_size);
  }
  report_icmp(EventKind::Recv, Why::SegmentEcho, ip, *icmp, data_size);
  message.trim_front(wire::kIcmpHeaderSize);
  wire::IcmpHeader reply = *icmp;
  reply.type = static_cast<std::uint8_t>(IcmpType::EchoReply);
  reply.code = 0;
  queue_icmp(ip::icmp_message(reply, std::move(message)), Why::IcmpEchoReply,
             {.tos = ip.tos, .ttl = config_.ttl, .source = ip.destination, .destination = ip.source}, reply);
}

void Host::receive_icmp_error(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                              std::span<const std::byte> quote) {
  const auto ignore = [&](Why why) {
    log_.count_dropped(why);
    report_icmp(EventKind::Drop, why, ip, icmp, quote.size());
  };
  // Source quench and redirects are ignored (MUST-55, RFC 6633).
  const auto type = static_cast<IcmpType>(icmp.type);
  const bool heard =
      type == IcmpType::DestinationUnreachable || type == IcmpType::TimeExceeded || type == IcmpType::ParameterProblem;
  if (!heard) return ignore(Why::DropIcmpType);
  const auto quoted = wire::parse_icmp_quote(quote);
  if (!quoted) return ignore(quoted.error());
  if (quoted->protocol == kIcmp) {
    if (!receive_icmp_about_echo(ip, icmp, *quoted, quote.size())) ignore(Why::DropIcmpQuote);
    return;
  }
  const bool too_big = icmp.is_too_big();
  if (quoted->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Udp)) {
    if (too_big && find_udp({quoted->source, quoted->source_port}, {quoted->destination, quoted->destination_port})) {
      return receive_too_big(ip, icmp, *quoted, quote.size(), nullptr);
    }
    if (!receive_icmp_about_udp(*quoted, icmp)) return ignore(Why::DropIcmpQuote);
    return report_icmp(EventKind::Recv, Why::SegmentIcmpError, ip, icmp, quote.size());
  }
  const FourTuple tuple{{quoted->source, quoted->source_port}, {quoted->destination, quoted->destination_port}};
  const Target target = demux_.find(tuple);
  TcpEntry* entry = target.kind == Target::Kind::Connection ? connections_.find(target.key) : nullptr;
  const bool tcp = quoted->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  const bool credible = tcp && entry != nullptr && entry->connection.in_flight_at(SeqNum(quoted->sequence));
  if (!credible) return ignore(Why::DropIcmpQuote);
  if (too_big) return receive_too_big(ip, icmp, *quoted, quote.size(), entry);
  report_icmp(EventKind::Recv, Why::SegmentIcmpError, ip, icmp, quote.size());
  entry->connection.on_icmp_error(icmp.type, icmp.code, now_);
  touch(*entry);
}

/// RFC 1191 §3. The quote is of something that we sent: a segment of `entry` that is in flight, or a socket's datagram.
void Host::receive_too_big(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, const wire::IcmpQuote& quoted,
                           std::size_t size, TcpEntry* entry) {
  const bool lowered = paths_.lower(quoted.destination, icmp.word2, quoted.total_length, config_.mtu, config_.ip, now_);
  if (!lowered) {
    log_.count_dropped(Why::DropPathMtu);
    return report_icmp(EventKind::Drop, Why::DropPathMtu, ip, icmp, size);
  }
  report_icmp(EventKind::Recv, Why::PathMtuLowered, ip, icmp, size);
  if (entry == nullptr) return;
  tell_path_mtu(*entry);
  entry->connection.on_packet_too_big(now_);
  touch(*entry);
}

// ---- Out ----

/// RFC 1122 §3.2.2: about a packet to us alone, from somebody who can be answered. That it is no ICMP error and not a later
/// fragment is the caller's business.
void Host::send_icmp_error(const wire::Ipv4Header& about, std::span<const std::byte> quote, IcmpType type,
                           std::uint8_t code, Why why) {
  if (addresses_.is_group(about.destination)) return;
  constexpr std::uint8_t kInternetworkControl = 0xc0;  // RFC 1812 §4.3.2.5
  const wire::IcmpHeader icmp{.type = static_cast<std::uint8_t>(type), .code = code};
  const wire::Ipv4Header ip{
      .tos = kInternetworkControl, .ttl = config_.ttl, .source = about.destination, .destination = about.source};
  if (!icmp_limit_.allow(now_)) return report_icmp(EventKind::Hold, Why::HoldIcmpLimit, ip, icmp, 0);
  queue_icmp(ip::icmp_error(icmp, quote, pool_), why, ip, icmp);
}

void Host::queue_icmp(PacketBuffer message, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp) {
  const std::size_t payload = message.size() - wire::kIcmpHeaderSize;
  wire::Ipv4Header header = ip;
  header.protocol = kIcmp;
  const Event event = icmp_event(EventKind::Send, why, ip, icmp, payload);
  const bool queued = queue_datagram(header, std::move(message), event, {});
  if (queued) return;
  log_.count_dropped(Why::DropQueueFull);
  report_icmp(EventKind::Drop, Why::DropQueueFull, ip, icmp, payload);
}

// ---- Events ----

Event Host::icmp_event(EventKind kind, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                       std::size_t payload) const {
  return {.at = now_,
          .kind = kind,
          .why = why,
          .subject = IcmpInfo{ip.source, ip.destination, icmp.type, icmp.code, icmp.word1, icmp.word2,
                              static_cast<std::uint32_t>(payload)},
          .detail = {}};
}

void Host::report_icmp(EventKind kind, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                       std::size_t payload) {
  if (log_.observed()) log_.emit(icmp_event(kind, why, ip, icmp, payload));
}

}  // namespace tunic::host
