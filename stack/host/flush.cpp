// What leaves, and in which order: answers without a connection first, then the connections in turn.
#include <algorithm>

#include "host/host.hpp"
#include "ip/fragmenter.hpp"

namespace tunic::host {

namespace {
constexpr std::uint32_t kLongestDatagram = 65535;  // what the loopback carries
constexpr std::uint32_t kQuantum = 16;             // segments of one connection before the next has its turn
// An IPv4 packet's 65535 octets without the longest headers.
constexpr std::uint32_t kLongestSuperSegment =
    65535 - wire::kIpv4HeaderSize - wire::kTcpHeaderSize - wire::kTcpMaxOptionsSize;
}  // namespace

void Host::flush(PacketSink& sink, Budget budget) {
  // Answers to a flood have no end: connections that have something to say get half.
  send_replies(sink, budget, dirty_.empty() ? 0 : budget.packets / 2);
  send_segments(sink, budget);
  send_replies(sink, budget, 0);
}

/// As long as more than `kept` of the budget is left.
void Host::send_replies(PacketSink& sink, Budget& budget, std::uint32_t kept) {
  while (budget.packets > kept && !replies_.empty() && sink.ready()) {
    Reply reply = std::move(replies_.front());
    replies_.pop_front();
    const std::size_t size = reply.packet.size();
    if (!reply.sender.valid()) reply.packet.addressee = Addressee::Stranger;
    transmit(std::move(reply.packet), reply.destination, sink);
    if (reply.sender.valid()) packet_left(reply.sender, size);
    --budget.packets;
  }
}

void Host::send_segments(PacketSink& sink, Budget& budget) {
  const DeviceCapabilities device = sink.capabilities();
  context_.super_segments_arrive = device.segmentation_offload && !device.in_software;
  while (budget.packets > 0 && !dirty_.empty() && sink.ready()) {
    const SlotKey key = dirty_.front();
    dirty_.pop_front();
    TcpEntry* entry = connections_.find(key);
    if (entry == nullptr) continue;
    tell_path_mtu(*entry);
    const Ipv4Address to = entry->connection.remote().address;
    const bool partial = device.checksum_offload && !addresses_.is_local(to);
    const std::uint32_t super_segment = super_segment_to(to, device);
    bool more = true;
    for (std::uint32_t sent = 0; more && sent < kQuantum && budget.packets > 0 && sink.ready(); ++sent) {
      const auto segment = entry->connection.next_segment(now_, super_segment);
      more = segment.has_value();
      if (!more) break;
      if (segment->gso_size != 0) sent = kQuantum;  // one is a turn
      PacketBuffer packet = encode(*segment, partial);
      if (entry->connection.hears_nothing_new()) packet.addressee = Addressee::Nuisance;
      transmit(std::move(packet), to, sink);
      budget.packets -= device.in_software ? std::min(budget.packets, segment->wire_segments()) : 1;
    }
    if (more) {
      dirty_.push_back(key);
      continue;
    }
    entry->dirty = false;
    if (entry->connection.take_activity()) mark_ready(*entry);
    rearm(*entry);
    erase_if_over(*entry);
  }
}

/// How much a super-segment may carry; 0: there is to be none. What may be fragmented on the way has identifications, and
/// these are told one by one.
std::uint32_t Host::super_segment_to(Ipv4Address destination, const DeviceCapabilities& device) const {
  const bool cut_later = device.segmentation_offload && !addresses_.is_local(destination);
  return cut_later && !paths_.below_floor(destination) ? kLongestSuperSegment : 0;
}

PacketBuffer Host::encode(const Segment& segment, bool partial_checksum) {
  wire::Ipv4Header ip;
  ip.ttl = segment.ttl != 0 ? segment.ttl : config_.ttl;
  ip.tos = segment.tos;
  // With DF nothing is fragmented on the way, and the datagram needs no identification (RFC 6864 §4.1).
  const Ipv4Address to = segment.destination.address;
  ip.dont_fragment = !paths_.below_floor(to);
  if (!ip.dont_fragment) {
    ip.identification =
        identifications_.next(segment.source.address, to, static_cast<std::uint8_t>(wire::IpProtocol::Tcp));
  }
  return encode_segment(segment, ip, partial_checksum);
}

/// All connections to a host hear of its path when they are about to send (RFC 1191 §6.4).
void Host::tell_path_mtu(TcpEntry& entry) {
  if (std::exchange(entry.path_generation, paths_.generation()) == paths_.generation()) return;
  entry.connection.set_path_mtu(paths_.mtu(entry.connection.remote().address, config_.mtu));
}

void Host::queue_segment(const Segment& segment, ConnectionNumber number, SeqNum seq_base, SeqNum ack_base) {
  if (replies_.size() >= config_.max_packets_queued) {
    return drop_segment(Why::DropQueueFull, segment, number, seq_base, ack_base);
  }
  log_.count_sent(segment.why);
  report_segment(EventKind::Send, segment.why, segment, number, seq_base, ack_base);
  replies_.push_back({encode(segment), segment.destination.address});
}

std::uint32_t Host::mtu_to(Ipv4Address destination) const {
  return addresses_.is_local(destination) ? kLongestDatagram : paths_.mtu(destination, config_.mtu);
}

/// What is not a segment: fragmented where the path is too narrow for it. The caller fills in addresses, protocol, TOS and
/// TTL, and what is to be told if it can be sent; false: there is no room for it in the queue.
bool Host::queue_datagram(wire::Ipv4Header ip, PacketBuffer content, const Event& announcement, const SentBy& by) {
  const std::size_t size = wire::kIpv4HeaderSize + content.size();
  const std::uint32_t mtu = mtu_to(ip.destination);
  const bool whole = size <= mtu;
  const std::size_t per_fragment = (mtu - wire::kIpv4HeaderSize) / 8 * 8;
  const std::size_t packets = whole ? 1 : (content.size() + per_fragment - 1) / per_fragment;
  if (replies_.size() + packets > config_.max_packets_queued) return false;

  // A datagram that nobody may fragment needs no identification (RFC 6864 §4.1).
  const bool fits = whole && !paths_.below_floor(ip.destination);
  ip.dont_fragment = by.dont_fragment == DontFragment::WhereItFits ? fits : by.dont_fragment == DontFragment::Always;
  if (!ip.dont_fragment) ip.identification = identifications_.next(ip.source, ip.destination, ip.protocol);
  ip.total_length = static_cast<std::uint16_t>(size);
  wire::emit_ipv4(ip, content.prepend(wire::kIpv4HeaderSize));
  log_.count_sent(announcement.why);
  log_.emit(announcement);
  const auto push = [&](PacketBuffer packet) {
    if (by.socket != nullptr) by.socket->sending += packet.size();
    replies_.push_back({std::move(packet), ip.destination, by.socket == nullptr ? SlotKey() : by.socket->self});
  };
  if (whole) {
    push(std::move(content));
    return true;
  }
  for (PacketBuffer& fragment : ip::fragment(std::move(content), mtu, pool_)) {
    const auto header = wire::parse_ipv4(fragment.front(), fragment.size());
    log_.count_sent(Why::FragmentSent);
    report_packet(EventKind::Send, Why::FragmentSent, *header, fragment.size());
    push(std::move(fragment));
  }
  return true;
}

/// To the device, or inside if it is for ourselves: such packets never reach the device.
bool Host::transmit(PacketBuffer&& packet, Ipv4Address destination, PacketSink& sink) {
  ++log_.counters.packets_out;
  log_.counters.bytes_out += packet.size();
  if (!addresses_.is_local(destination)) {
    sink.send(std::move(packet), now_);
    return true;
  }
  if (loopback_.size() >= config_.max_packets_queued) {
    const auto ip = wire::parse_ipv4(packet.front(), packet.size());
    drop_packet(Why::DropQueueFull, ip.value_or(wire::Ipv4Header{}), packet.size());
    return false;
  }
  loopback_.push_back(std::move(packet));
  return true;
}

}  // namespace tunic::host
