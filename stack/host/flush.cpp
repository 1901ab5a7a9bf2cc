// What leaves, and in which order: answers without a connection first, then the connections in turn.
#include <algorithm>

#include "host/host.hpp"

namespace tunic::host {

namespace {
constexpr std::uint32_t kQuantum = 16;  // segments of one connection before the next has its turn
}

void Host::flush(PacketSink& sink, Budget budget) {
  while (budget.packets > 0 && !replies_.empty() && sink.ready()) {
    Reply reply = std::move(replies_.front());
    replies_.pop_front();
    transmit(std::move(reply.packet), reply.destination, sink);
    --budget.packets;
  }
  while (budget.packets > 0 && !dirty_.empty() && sink.ready()) {
    const SlotKey key = dirty_.front();
    dirty_.pop_front();
    TcpEntry* entry = connections_.find(key);
    if (entry == nullptr) continue;
    bool more = true;
    for (std::uint32_t sent = 0; more && sent < kQuantum && budget.packets > 0 && sink.ready(); ++sent) {
      const auto segment = entry->connection.next_segment(now_, 0xffff);
      more = segment.has_value();
      if (!more) break;
      transmit(encode(*segment), segment->destination.address, sink);
      --budget.packets;
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

PacketBuffer Host::encode(const Segment& segment) const {
  wire::Ipv4Header ip;
  ip.ttl = segment.ttl != 0 ? segment.ttl : config_.ttl;
  ip.tos = segment.tos;
  // DF is set and nothing is fragmented on the way: such datagrams need no identification (RFC 6864 §4.1).
  return encode_segment(segment, ip);
}

void Host::queue_segment(const Segment& segment, ConnectionNumber number, SeqNum seq_base, SeqNum ack_base) {
  if (replies_.size() >= config_.max_packets_queued) {
    return drop_segment(Why::DropQueueFull, segment, number, seq_base, ack_base);
  }
  log_.count_sent(segment.why);
  report_segment(EventKind::Send, segment.why, segment, number, seq_base, ack_base);
  replies_.push_back({encode(segment), segment.destination.address});
}

void Host::queue_icmp(PacketBuffer packet, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                      std::size_t payload) {
  if (replies_.size() >= config_.max_packets_queued) {
    log_.count_dropped(Why::DropQueueFull);
    return report_icmp(EventKind::Drop, Why::DropQueueFull, ip, icmp, payload);
  }
  log_.count_sent(why);
  report_icmp(EventKind::Send, why, ip, icmp, payload);
  replies_.push_back({std::move(packet), ip.destination});
}

/// To the device, or inside if it is for ourselves: such packets never reach the device.
bool Host::transmit(PacketBuffer packet, Ipv4Address destination, PacketSink& sink) {
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
