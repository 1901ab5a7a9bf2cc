// Echo requests of ours, and what comes back: to the socket whose identifier it has. RFC 792, RFC 1122 §3.2.2.6.
#include "host/host.hpp"
#include "ip/icmp_message.hpp"

namespace tunic::host {

namespace {

constexpr std::uint8_t kEcho = static_cast<std::uint8_t>(wire::IcmpType::Echo);

Result<void> check(const EchoOptions& options) {
  constexpr std::uint32_t kLeastBuffer = 1024;
  constexpr std::uint32_t kMostBuffer = 16 * 1024 * 1024;
  const bool good = options.ttl > 0 && options.receive_buffer >= kLeastBuffer && options.receive_buffer <= kMostBuffer;
  return good ? Result<void>{} : fail(Error::InvalidArgument);
}

}  // namespace

// ---- In ----

void Host::receive_echo_reply(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, Chain data) {
  const auto found = echo_ids_.find(icmp.word1);
  if (found == echo_ids_.end() || addresses_.is_group(ip.destination)) {
    log_.count_dropped(Why::DropEchoReply);
    return report_icmp(EventKind::Drop, Why::DropEchoReply, ip, icmp, data.size());
  }
  const std::size_t size = data.size();
  const EchoAnswer answer{.source = ip.source,
                          .destination = ip.source,
                          .sequence = icmp.word2,
                          .tos = ip.tos,
                          .ttl = ip.ttl,
                          .size = size,
                          .received_at = now_};
  if (!enqueue(*echoes_.find(found->second), {answer, std::move(data)}, ip, icmp)) return;
  report_icmp(EventKind::Recv, Why::EchoReplyReceived, ip, icmp, size);
}

/// False: it quotes no request of ours.
bool Host::receive_icmp_about_echo(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                                   const wire::IcmpQuote& quoted, std::size_t size) {
  const auto found = echo_ids_.find(quoted.echo_identifier);
  const bool ours = quoted.icmp_type == kEcho && found != echo_ids_.end() && addresses_.is_local(quoted.source);
  if (!ours) return false;
  const bool too_big = icmp.is_too_big();
  const EchoAnswer answer{.source = ip.source,
                          .destination = quoted.destination,
                          .sequence = quoted.echo_sequence,
                          .type = icmp.type,
                          .code = icmp.code,
                          .next_hop_mtu = too_big ? icmp.word2 : std::uint16_t{0},
                          .tos = ip.tos,
                          .ttl = ip.ttl,
                          .received_at = now_};
  if (!enqueue(*echoes_.find(found->second), {answer, {}}, ip, icmp)) return true;
  if (too_big) {
    receive_too_big(ip, icmp, quoted, size, nullptr);
  } else {
    report_icmp(EventKind::Recv, Why::SegmentIcmpError, ip, icmp, size);
  }
  return true;
}

/// False: there was no room, and it is reported as dropped.
bool Host::enqueue(EchoEntry& entry, EchoEntry::Message message, const wire::Ipv4Header& ip,
                   const wire::IcmpHeader& icmp) {
  const std::size_t size = message.payload.size();
  const bool memory = memory_for_unread(entry.queue.empty());
  if (memory && entry.queue.push(std::move(message), entry.options.receive_buffer, pool_)) {
    mark_ready(entry);
    return true;
  }
  const Why why = memory ? Why::DropEchoQueueFull : Why::DropNoMemory;
  log_.count_dropped(why);
  report_icmp(EventKind::Drop, why, ip, icmp, size);
  return false;
}

// ---- Calls ----

Result<SlotKey> Host::open_echo(const EchoOptions& options) {
  if (const auto good = check(options); !good) return std::unexpected(good.error());
  if (echoes_.size() >= config_.ip.max_echo_sockets) return fail(Error::NoBufferSpace);
  const auto identifier = choose_port([&](std::uint16_t candidate) { return !echo_ids_.contains(candidate); });
  if (!identifier) return fail(Error::NoBufferSpace);
  const SlotKey key = echoes_.emplace();
  EchoEntry& entry = *echoes_.find(key);
  entry.self = key;
  entry.identifier = *identifier;
  entry.options = options;
  echo_ids_.emplace(*identifier, key);
  return key;
}

Result<void> Host::send(EchoEntry& entry, Ipv4Address to, std::uint16_t sequence, std::span<const std::byte> data) {
  if (to.is_this_network()) return fail(Error::InvalidArgument);
  if (addresses_.is_group(to)) return fail(Error::AccessDenied);
  if (to.is_reserved()) return fail(Error::InvalidArgument);
  const auto source = addresses_.source_for(to);
  if (!source) return fail(Error::NetworkUnreachable);
  const bool whole_only = entry.options.dont_fragment == DontFragment::Always;
  const std::size_t headers = wire::kIpv4HeaderSize + wire::kIcmpHeaderSize;
  if (data.size() > EchoSocket::kMaxSize || (whole_only && headers + data.size() > mtu_to(to)))
    return fail(Error::MessageSize);
  const wire::IcmpHeader icmp{.type = kEcho, .word1 = entry.identifier, .word2 = sequence};
  const wire::Ipv4Header ip{.tos = entry.options.tos,
                            .ttl = entry.options.ttl,
                            .protocol = static_cast<std::uint8_t>(wire::IpProtocol::Icmp),
                            .source = *source,
                            .destination = to};
  if (context_.memory_is_spent()) {
    report_icmp(EventKind::Hold, Why::HoldMemory, ip, icmp, data.size());
    return fail(Error::NoBufferSpace);
  }
  Chain payload = data.empty() ? Chain() : Chain(pool_.copy(data));
  const Event event = icmp_event(EventKind::Send, Why::EchoRequestSent, ip, icmp, data.size());
  const bool queued = queue_datagram(ip, ip::icmp_message(icmp, std::move(payload)), event,
                                     {.dont_fragment = entry.options.dont_fragment});
  return queued ? Result<void>{} : fail(Error::NoBufferSpace);
}

void Host::close_echo(SlotKey socket) {
  EchoEntry* entry = echoes_.find(socket);
  if (entry == nullptr) return;
  echo_ids_.erase(entry->identifier);
  echoes_.erase(socket);
}

// ---- Being told ----

Readiness Host::readiness(const EchoEntry& entry) {
  return {.readable = !entry.queue.empty(), .writable = true};
}

void Host::on_ready(EchoEntry& entry, ReadyCallback callback) {
  replace_callback(entry, std::move(callback));
  if (readiness(entry).readable) mark_ready(entry);
}

void Host::mark_ready(EchoEntry& entry) {
  if (!entry.callback || std::exchange(entry.ready, true)) return;
  ready_echoes_.push_back(entry.self);
}

}  // namespace tunic::host
