// UDP: a datagram arrives, an error about one arrives, and what sockets ask for. RFC 768, RFC 1122 §4.1, RFC 6056 for ports.
#include <fmt/format.h>
#include <algorithm>

#include "host/host.hpp"

namespace tunic::host {

namespace {

constexpr std::uint8_t kUdp = static_cast<std::uint8_t>(wire::IpProtocol::Udp);
constexpr std::uint8_t kGroupTtl = 1;  // RFC 1112 §6.1

/// RFC 1122 §3.2.2.1: what ends the hope that the next datagram arrives. The rest passes.
std::optional<Error> hard_error(const UdpIcmpError& icmp) {
  if (icmp.type != static_cast<std::uint8_t>(wire::IcmpType::DestinationUnreachable)) return std::nullopt;
  switch (icmp.code) {
    case 2:
      return Error::ProtocolUnreachable;
    case 3:
      return Error::ConnectionRefused;
    case 9:
      return Error::NetworkUnreachable;
    case 10:
    case 13:
      return Error::HostUnreachable;
    default:
      return std::nullopt;
  }
}

}  // namespace

// ---- In ----

void Host::receive_udp(const wire::Ipv4Header& ip, PacketBuffer&& packet, std::span<const std::byte> whole) {
  const std::size_t size = packet.size();
  auto datagram = udp::decode_datagram(ip, std::move(packet), pool_);
  if (!datagram) return drop_packet(datagram.error(), ip, size);
  if (datagram->destination.port == 0) return drop_datagram(Why::DropUdpPortZero, *datagram);
  if (addresses_.is_group(ip.destination)) return receive_udp_for_all(*datagram);
  if (UdpEntry* entry = find_udp(datagram->destination, datagram->source)) {
    return enqueue(*entry, std::move(*datagram));
  }
  drop_datagram(Why::DropUdpNoPort, *datagram);
  send_icmp_error(ip, whole, wire::IcmpType::DestinationUnreachable,
                  static_cast<std::uint8_t>(wire::UnreachableCode::Port), Why::IcmpPortUnreachable);
}

/// RFC 1122 §4.1.3.1, §3.3.6: all who have the port get a broadcast, and nobody is told if nobody has.
void Host::receive_udp_for_all(const udp::Datagram& datagram) {
  bool taken = false;
  const auto found = udp_ports_.find(datagram.destination.port);
  if (found != udp_ports_.end()) {
    for (const SlotKey key : found->second) {
      UdpEntry& entry = *udp_.find(key);
      if (entry.fit(datagram.destination, datagram.source) == 0) continue;
      enqueue(entry, datagram);
      taken = true;
    }
  }
  if (!taken) drop_datagram(Why::DropUdpNoPort, datagram);
}

/// Of sockets that fit equally well the youngest has it, as on other systems.
UdpEntry* Host::find_udp(const Endpoint& to, const Endpoint& from) {
  const auto found = udp_ports_.find(to.port);
  if (found == udp_ports_.end()) return nullptr;
  UdpEntry* best = nullptr;
  for (const SlotKey key : found->second) {
    UdpEntry* entry = udp_.find(key);
    const int fit = entry->fit(to, from);
    if (fit > 0 && (best == nullptr || fit >= best->fit(to, from))) best = entry;
  }
  return best;
}

void Host::enqueue(UdpEntry& entry, udp::Datagram datagram) {
  const UdpInfo info = udp::describe(datagram);
  const bool memory = memory_for_unread(entry.queue.empty());
  if (!memory || !entry.queue.push(std::move(datagram), entry.options.receive_buffer, pool_)) {
    const Why why = memory ? Why::DropUdpQueueFull : Why::DropNoMemory;
    ++entry.dropped;
    log_.count_dropped(why);
    return report_datagram(EventKind::Drop, why, info);
  }
  report_datagram(EventKind::Recv, Why::DatagramReceived, info);
  mark_ready(entry);
}

/// RFC 1122 §4.1.3.3. A socket without a connection keeps it for who asks; one with a connection fails, once.
bool Host::receive_icmp_about_udp(const wire::IcmpQuote& quoted, const wire::IcmpHeader& icmp) {
  const Endpoint destination{quoted.destination, quoted.destination_port};
  UdpEntry* entry = find_udp({quoted.source, quoted.source_port}, destination);
  if (entry == nullptr) return false;
  entry->icmp = UdpIcmpError{destination, icmp.type, icmp.code};
  const auto error = hard_error(*entry->icmp);
  if (error && entry->remote) entry->error = make_error_code(*error);
  mark_ready(*entry);
  return true;
}

// ---- Calls ----

Result<SlotKey> Host::open_udp() {
  if (udp_.size() >= config_.udp.max_sockets) return fail(Error::NoBufferSpace);
  const SlotKey key = udp_.emplace();
  UdpEntry& entry = *udp_.find(key);
  entry.self = key;
  entry.options = UdpOptions::defaults(config_);
  return key;
}

Result<void> Host::bind(UdpEntry& entry, Endpoint local) {
  if (entry.local.port != 0) return fail(Error::InvalidArgument);
  if (!is_local(local.address) && !addresses_.is_group(local.address)) return fail(Error::AddressNotAvailable);
  const auto taken = [&](Port port) {
    const auto found = udp_ports_.find(port);
    return found != udp_ports_.end() && std::ranges::any_of(found->second, [&](SlotKey key) {
             const UdpEntry& other = *udp_.find(key);
             const bool meet = other.local.address == local.address || other.local.address.is_unspecified() ||
                               local.address.is_unspecified();
             return meet && !(entry.options.reuse_address && other.options.reuse_address);
           });
  };
  entry.port_chosen = local.port != 0;
  if (local.port == 0) {
    const auto port = choose_port([&](Port candidate) { return !taken(candidate); });
    if (!port) return fail(Error::AddressInUse);
    local.port = *port;
  } else if (taken(local.port)) {
    return fail(Error::AddressInUse);
  }
  entry.local = local;
  entry.address_chosen = !local.address.is_unspecified();
  udp_ports_[local.port].push_back(entry.self);
  report_call(Why::UserBind, fmt::format("bind({})", local.to_string()));
  return {};
}

/// The address that `entry`'s datagrams to `remote` come from.
Result<Ipv4Address> Host::udp_source(const UdpEntry& entry, Endpoint remote) const {
  const Ipv4Address to = remote.address;
  const bool group = addresses_.is_group(to);
  if (remote.port == 0 || to.is_this_network() || (to.is_reserved() && !group)) return fail(Error::InvalidArgument);
  if (group && !to.is_multicast() && !entry.options.broadcast) return fail(Error::AccessDenied);
  const Ipv4Address own = entry.local.address;
  const auto source = own.is_unspecified() || addresses_.is_group(own) ? addresses_.source_for(to) : std::optional(own);
  if (!source) return fail(Error::NetworkUnreachable);
  if (source->is_loopback() && !is_local(to)) return fail(Error::InvalidArgument);  // RFC 1122 §3.2.1.3 (g)
  return *source;
}

Result<void> Host::connect(UdpEntry& entry, Endpoint remote) {
  const auto source = udp_source(entry, remote);
  if (!source) return std::unexpected(source.error());
  if (entry.local.port == 0) {
    if (const auto bound = bind(entry, {}); !bound) return bound;
  }
  if (!entry.address_chosen) entry.local.address = *source;
  entry.remote = remote;
  return {};
}

void Host::disconnect(UdpEntry& entry) {
  entry.remote.reset();
  entry.error = {};
  if (!entry.address_chosen) entry.local.address = Ipv4Address();
  if (!entry.port_chosen) unbind(entry);
}

void Host::unbind(UdpEntry& entry) {
  const auto found = udp_ports_.find(entry.local.port);
  if (found == udp_ports_.end()) return;
  std::erase(found->second, entry.self);
  if (found->second.empty()) udp_ports_.erase(found);
  entry.local.port = 0;
}

Result<void> Host::send(UdpEntry& entry, std::span<const std::byte> data, Endpoint remote) {
  if (entry.error) return std::unexpected(std::exchange(entry.error, {}));
  if (data.size() > UdpSocket::kMaxSize) return fail(Error::MessageSize);
  const auto source = udp_source(entry, remote);
  if (!source) return std::unexpected(source.error());
  if (entry.local.port == 0) {
    if (const auto bound = bind(entry, {}); !bound) return bound;
  }
  if (entry.sending > 0 && entry.sending + data.size() > entry.options.send_buffer) {
    entry.blocked = true;
    return fail(Error::WouldBlock);
  }
  udp::Datagram datagram{.source = {*source, entry.local.port}, .destination = remote, .payload = {}};
  if (context_.memory_is_spent()) {
    report_datagram(EventKind::Hold, Why::HoldMemory,
                    {datagram.source, remote, static_cast<std::uint32_t>(data.size())});
    return fail(Error::NoBufferSpace);
  }
  if (!data.empty()) datagram.payload = Chain(pool_.copy(data));
  const wire::Ipv4Header ip{.tos = entry.options.tos,
                            .ttl = addresses_.is_group(remote.address) ? kGroupTtl : entry.options.ttl,
                            .protocol = kUdp,
                            .source = *source,
                            .destination = remote.address};
  const Event event{
      .at = now_, .kind = EventKind::Send, .why = Why::DatagramSent, .subject = udp::describe(datagram), .detail = {}};
  if (!queue_datagram(ip, udp::encode_datagram(datagram, entry.options.checksum), event, {.socket = &entry})) {
    return fail(Error::NoBufferSpace);
  }
  return {};
}

void Host::close_udp(SlotKey key) {
  UdpEntry* entry = udp_.find(key);
  if (entry == nullptr) return;
  unbind(*entry);
  udp_.erase(key);
}

// ---- Being told ----

Readiness Host::readiness(const UdpEntry& entry) {
  return {.readable = !entry.queue.empty() || entry.error,
          .writable = entry.sending < entry.options.send_buffer || entry.error,
          .error = static_cast<bool>(entry.error)};
}

void Host::on_ready(UdpEntry& entry, ReadyCallback callback) {
  replace_callback(entry, std::move(callback));
  if (readiness(entry).readable) mark_ready(entry);
}

void Host::mark_ready(UdpEntry& entry) {
  if (!entry.callback || std::exchange(entry.ready, true)) return;
  ready_udp_.push_back(entry.self);
}

/// A packet of this socket has left.
void Host::packet_left(SlotKey sender, std::size_t size) {
  UdpEntry* entry = udp_.find(sender);
  if (entry == nullptr) return;
  entry->sending -= size;
  if (entry->sending == 0 && std::exchange(entry->blocked, false)) mark_ready(*entry);
}

// ---- Events ----

void Host::drop_datagram(Why why, const udp::Datagram& datagram) {
  log_.count_dropped(why);
  report_datagram(EventKind::Drop, why, udp::describe(datagram));
}

void Host::report_datagram(EventKind kind, Why why, const UdpInfo& datagram) {
  if (log_.observed()) log_.emit({.at = now_, .kind = kind, .why = why, .subject = datagram, .detail = {}});
}

}  // namespace tunic::host
