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
  if (!loopback_.empty() || !ready_.empty() || !ready_listeners_.empty() || !ready_udp_.empty() || waking) {
    return now_;
  }
  return std::min(
      {wheel_.next_deadline(), time_wait_.next_deadline(), reassembler_.next_deadline(), paths_.next_deadline()});
}

bool Host::run_ready() {
  if (ready_.empty() && ready_listeners_.empty() && ready_udp_.empty()) return false;
  // A callback may do anything, also to its own socket: it is held here while it runs, and the lists are taken first.
  for (const SlotKey key : std::exchange(ready_listeners_, {})) {
    ListenerEntry* listener = listeners_.find(key);
    if (listener == nullptr) continue;
    listener->ready = false;
    if (!listener->callback) continue;
    const ReadyCallback callback = std::move(listener->callback);
    listener->callback = nullptr;
    callback({.readable = !listener->accept_queue.empty()});
    listener = listeners_.find(key);
    if (listener != nullptr && !listener->callback) listener->callback = callback;
  }
  for (const SlotKey key : std::exchange(ready_udp_, {})) {
    UdpEntry* entry = udp_.find(key);
    if (entry == nullptr) continue;
    entry->ready = false;
    if (!entry->callback) continue;
    const ReadyCallback callback = std::move(entry->callback);
    entry->callback = nullptr;
    callback(readiness(*entry));
    entry = udp_.find(key);
    if (entry != nullptr && !entry->callback) entry->callback = callback;
  }
  for (const SlotKey key : std::exchange(ready_, {})) {
    TcpEntry* entry = connections_.find(key);
    if (entry == nullptr) continue;
    entry->ready = false;
    if (!entry->callback) continue;
    const ReadyCallback callback = std::move(entry->callback);
    entry->callback = nullptr;
    callback(readiness(entry->connection));
    entry = connections_.find(key);
    if (entry != nullptr && !entry->callback && entry->owned) entry->callback = callback;
  }
  return true;
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
  std::ranges::sort(info.connections, {}, &ConnectionInfo::number);
  info.time_wait = time_wait_.size();
  info.pool_bytes = pool_.bytes_in_use();
  return info;
}

}  // namespace tunic::host
