// More packets arrive than this host can take: those of its connections and sockets come before those of strangers. A peer that
// sends its connection nothing of use is as one of them.
//
// Under a flood the device's queue is full, and what waits there is lost whoever it belongs to. So what belongs to nobody must
// cost little: a look at its addresses and ports. Some of it is taken all the same, since who wants to connect is a stranger too.
// A busy server has full batches as well, but not for long without a break, or not of strangers: of the packets of a connection
// one is a stranger's, its SYN.
#include <algorithm>

#include "base/endian.hpp"
#include "host/host.hpp"

namespace tunic::host {

namespace {

/// So long the device has had more than was taken, again and again; a burst is worked off sooner. And so long looks are counted.
constexpr Duration kBurst = std::chrono::milliseconds(20);

/// So long it has had no more: the host has caught up. Shorter pauses are those of its own work.
constexpr Duration kPause = std::chrono::milliseconds(2);

/// One batch in so many is looked at: a flow that keeps the host busy shall not pay for the question with each packet.
constexpr std::uint32_t kBatchesPerLook = 8;

/// One packet in so many of a batch may be a stranger's, if ...
constexpr std::size_t kStrangersShare = 8;
/// ... half of them are: of two fragments of a datagram that was taken the second is none.
constexpr bool is_flood(std::size_t strangers, std::size_t packets) {
  return strangers > 0 && strangers * 2 >= packets;
}

/// So many strangers in kBurst, of those who were looked at, are more than connect to a busy server.
constexpr std::size_t kMany = 256;

/// An IPv4 header with all its options, and behind it what says whose the packet is: ports, or an echo's identifier.
constexpr std::size_t kIdentity = 8;
constexpr std::size_t kLongestLook = 60 + kIdentity;

}  // namespace

void Host::receive(std::span<PacketBuffer> batch, Instant received_at, bool more_wait) {
  if (received_at - pressure_.last >= kPause) pressure_ = {};
  if (more_wait) pressure_.last = received_at;
  if (more_wait && !pressure_.since) pressure_.since = received_at;
  if (received_at - looks_.begin >= kBurst)
    looks_ = {.begin = received_at, .flood = is_flood(looks_.strangers, looks_.packets) && looks_.strangers >= kMany};
  if (batch.empty()) return;

  if (pressure_.flood) return receive_in_flood(batch, received_at);
  if (looks_.batches++ % kBatchesPerLook == 0) {
    const bool too_slow = pressure_.since && received_at - *pressure_.since >= kBurst;
    const bool flood = is_flood_of(batch);
    pressure_.flood = too_slow && flood;
    if (pressure_.flood) return receive_in_flood(batch, received_at);
  }
  for (PacketBuffer& packet : batch) receive(std::move(packet), received_at);
}

bool Host::is_flood_of(std::span<PacketBuffer> batch) {
  const auto strangers = static_cast<std::size_t>(
      std::ranges::count_if(batch, [this](PacketBuffer& packet) { return !is_expected(packet); }));
  count_looks(strangers, batch.size());
  return is_flood(strangers, batch.size());
}

void Host::receive_in_flood(std::span<PacketBuffer> batch, Instant received_at) {
  const std::size_t places = std::max<std::size_t>(batch.size() / kStrangersShare, 1);
  std::size_t strangers = 0;
  for (PacketBuffer& packet : batch) {
    if (!is_expected(packet) && ++strangers > places) {
      turn_away(std::move(packet), received_at);
    } else {
      receive(std::move(packet), received_at);
    }
  }
  count_looks(strangers, batch.size());
  pressure_.flood = is_flood(strangers, batch.size());
}

void Host::count_looks(std::size_t strangers, std::size_t packets) {
  looks_.strangers += strangers;
  looks_.packets += packets;
}

/// Whether a connection, a record, a socket or the beginning of its datagram is there for a packet. A connection whose peer
/// sends nothing of use, ICMP that answers no echo request of ours, and whatever is malformed: no.
bool Host::is_expected(PacketBuffer& packet) {
  packet.pull(std::min(packet.size(), kLongestLook));
  const auto front = packet.front();
  const auto ip = wire::parse_ipv4(front, packet.size());
  if (!ip) return false;
  if (ip->fragment_offset != 0) return reassembler_.knows(*ip);
  if (front.size() < ip->header_size + kIdentity) return false;
  const std::byte* content = front.data() + ip->header_size;
  const auto protocol = static_cast<wire::IpProtocol>(ip->protocol);
  if (protocol == wire::IpProtocol::Icmp) {
    const bool reply = load_u8(content) == static_cast<std::uint8_t>(wire::IcmpType::EchoReply);
    return reply && echo_ids_.contains(load_be16(content + 4));
  }
  const Endpoint source{ip->source, load_be16(content)};
  const Endpoint destination{ip->destination, load_be16(content + 2)};
  if (protocol == wire::IpProtocol::Tcp) {
    const Target target = demux_.find({destination, source});
    if (target.kind != Target::Kind::Connection) return target.kind != Target::Kind::None;
    const TcpEntry* entry = connections_.find(target.key);
    return entry != nullptr && !entry->connection.hears_nothing_new();
  }
  return protocol == wire::IpProtocol::Udp && find_udp(destination, source) != nullptr;
}

void Host::turn_away(PacketBuffer packet, Instant received_at) {
  now_ = std::max(now_, received_at);
  ++log_.counters.packets_in;
  log_.counters.bytes_in += packet.size();
  const auto ip = wire::parse_ipv4(packet.front(), packet.size());
  drop_packet(Why::DropStranger, ip.value_or(wire::Ipv4Header{}), packet.size());
}

}  // namespace tunic::host
