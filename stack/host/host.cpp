#include "host/host.hpp"

#include <algorithm>

namespace tunic::host {

namespace {

/// What the configuration says, or keys that nobody else has.
FastOpenKeys fast_open_keys_of(const Config& config) {
  if (config.tcp.fast_open_keys) return *config.tcp.fast_open_keys;
  FastOpenKeys keys;
  const SipKey key = derive_key(config.seed, Purpose::FastOpen);
  for (std::size_t i = 0; i < 8; ++i) {
    keys.primary[i] = static_cast<std::byte>(key.k0 >> (8 * i));
    keys.primary[8 + i] = static_cast<std::byte>(key.k1 >> (8 * i));
  }
  return keys;
}

template <typename Entry>
Readiness readiness_of(const Entry& entry) {
  return Host::readiness(entry);
}
Readiness readiness_of(const TcpEntry& entry) {
  return Host::readiness(entry.connection);
}
Readiness readiness_of(const ListenerEntry& entry) {
  return {.readable = !entry.accept_queue.empty()};
}

template <typename Entry>
bool has_owner(const Entry&) {
  return true;
}
bool has_owner(const TcpEntry& entry) {
  return entry.owned;
}

}  // namespace

Host::Host(const Config& config)
    : config_(config),
      context_{config_,
               pool_,
               log_,
               derive_key(config.seed, Purpose::Isn),
               derive_key(config.seed, Purpose::TimestampOffset),
               fast_open_,
               tcp::SynCookies(derive_key(config.seed, Purpose::Cookies)),
               fast_open_keys_of(config),
               SocketOptions::defaults(config)},
      identifications_(derive_key(config.seed, Purpose::IpId)),
      port_random_(config.seed, Purpose::Ports),
      demux_(derive_key(config.seed, Purpose::Table)),
      reset_limit_(config.resets_per_second),
      icmp_limit_(config.icmp_per_second, config.seed) {}

Host::~Host() = default;

void Host::reconfigure(const Config& config) {
  config_ = config;
  context_.default_options = SocketOptions::defaults(config);
  context_.fast_open_keys = fast_open_keys_of(config);
  if (!config.tcp.fast_open_client) fast_open_.clear();
}

void Host::receive(PacketBuffer packet, Instant received_at) {
  now_ = std::max(now_, received_at);
  receive_from(std::move(packet), ip::Ingress::Device);
  mind_memory();
}

void Host::advance(Instant now) {
  now_ = std::max(now_, now);
  // What was sent to ourselves up to now; what it causes comes with the next call.
  for (std::size_t count = loopback_.size(); count > 0; --count) {
    PacketBuffer packet = std::move(loopback_.front());
    loopback_.pop_front();
    receive_from(std::move(packet), ip::Ingress::Loopback);
  }
  while (const auto cookie = wheel_.pop_due(now_)) {
    const auto index = static_cast<std::uint32_t>(*cookie);
    if (static_cast<TimerOf>(*cookie >> 32) == TimerOf::Connection) {
      TcpEntry& entry = connections_.at(index);
      entry.timer = TimingWheel::kNone;
      entry.connection.on_timers(now_);
      touch(entry);
    } else {
      syn_records_.at(index).timer = TimingWheel::kNone;
      syn_record_timeout(syn_records_.key_at(index));
    }
  }
  mind_memory();
  end_reassemblies();
  paths_.expire(now_);
  while (time_wait_.next_deadline() <= now_) end_time_wait(time_wait_.oldest(), Why::TimeWaitOver);
}

Instant Host::next_deadline() const {
  const bool waking = relief_.wake_next < relief_.wake_end && !relief_.spent;
  if (!loopback_.empty() || !nobody_is_ready() || waking) return now_;
  return std::min(
      {wheel_.next_deadline(), time_wait_.next_deadline(), reassembler_.next_deadline(), paths_.next_deadline()});
}

bool Host::nobody_is_ready() const {
  return ready_.empty() && ready_listeners_.empty() && ready_udp_.empty() && ready_echoes_.empty();
}

bool Host::run_ready() {
  if (nobody_is_ready()) return false;
  tell_ready(ready_listeners_, listeners_);
  tell_ready(ready_udp_, udp_);
  tell_ready(ready_echoes_, echoes_);
  tell_ready(ready_, connections_);
  return true;
}

/// A callback may do anything, also to its own socket: it is held here while it runs, and the list is taken first.
template <typename Entries>
void Host::tell_ready(std::vector<SlotKey>& list, Entries& entries) {
  std::vector<SlotKey> taken = std::exchange(list, std::exchange(spare_list_, {}));
  for (const SlotKey key : taken) {
    auto* entry = entries.find(key);
    if (entry == nullptr) continue;
    entry->ready = false;
    if (!entry->callback) continue;
    ReadyCallback callback = std::exchange(entry->callback, nullptr);
    entry->replaced = false;
    callback(readiness_of(*entry));
    entry = entries.find(key);
    if (entry != nullptr && !entry->replaced && has_owner(*entry)) entry->callback = std::move(callback);
  }
  taken.clear();
  spare_list_ = std::move(taken);
}

StackInfo Host::info() {
  StackInfo info;
  listeners_.for_each([&](SlotKey, ListenerEntry& listener) { info.listeners.push_back(listener.info()); });
  connections_.for_each([&](SlotKey, TcpEntry& entry) {
    if (!entry.attached) return;
    info.connections.push_back(entry.connection.info());
    info.bytes_queued += entry.connection.bytes_queued();
  });
  syn_records_.for_each([&](SlotKey, tcp::SynRecord& record) {
    ConnectionInfo connection;
    connection.number = record.number;
    connection.local = record.local;
    connection.remote = record.remote;
    connection.state = TcpState::SynReceived;
    info.connections.push_back(connection);
  });
  time_wait_.for_each([&](SlotKey, tcp::TimeWaitRecord& record) {
    if (record.suspended) return;
    ConnectionInfo connection;
    connection.number = record.number;
    connection.local = record.local;
    connection.remote = record.remote;
    connection.state = TcpState::TimeWait;
    info.connections.push_back(connection);
  });
  udp_.for_each([&](SlotKey, UdpEntry& entry) {
    info.bytes_queued += entry.queue.used() + entry.sending;
    if (entry.local.port == 0) return;
    info.udp.push_back({entry.local, entry.remote, entry.queue.used(), entry.sending, entry.dropped});
  });
  echoes_.for_each([&](SlotKey, EchoEntry& entry) { info.bytes_queued += entry.queue.used(); });
  std::ranges::sort(info.connections, {}, &ConnectionInfo::number);
  info.time_wait = time_wait_.size();
  info.pool_bytes = pool_.bytes_in_use();
  return info;
}

}  // namespace tunic::host
