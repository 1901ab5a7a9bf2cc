// What sockets ask of the host: open, listen, accept, close, and being told. RFC 9293 §3.9.1, RFC 6056 for ports.
#include <fmt/format.h>
#include <algorithm>

#include "host/host.hpp"

namespace tunic::host {

// ---- Opening ----

Result<SlotKey> Host::connect(Endpoint remote, const ConnectOptions& options) {
  const bool unfit = remote.port == 0 || remote.address.is_unspecified() || addresses_.is_group(remote.address) ||
                     remote.address.is_reserved();
  if (unfit) return fail(Error::InvalidArgument);  // MUST-46
  if (relief_.refuse || connections_.size() >= config_.max_connections) return fail(Error::NoBufferSpace);
  // MUST-44: the source address is asked for before the first SYN.
  const auto source = options.local_address ? options.local_address : addresses_.source_for(remote.address);
  if (!source) return fail(Error::NetworkUnreachable);
  if (!addresses_.is_local(*source)) return fail(Error::AddressNotAvailable);
  if (source->is_loopback() != remote.address.is_loopback()) return fail(Error::InvalidArgument);

  Endpoint local{*source, options.local_port};
  if (local.port == 0) {
    const auto port = free_port(local.address, [&](Port candidate) {
      return demux_.find({{local.address, candidate}, remote}).kind != Target::Kind::None;
    });
    if (!port) return fail(Error::AddressNotAvailable);
    local.port = *port;
  }
  std::optional<SeqNum> minimum_iss;
  const Target target = demux_.find({local, remote});
  // Only timestamps tell the new connection's segments from the old one's (SHLD-4); without them TIME-WAIT lasts (MUST-13).
  const bool reusable = target.kind == Target::Kind::TimeWait && config_.tcp.connect_reuses_time_wait &&
                        time_wait_.find(target.key)->timestamps;
  if (reusable) {
    minimum_iss = time_wait_.find(target.key)->snd_nxt;
    end_time_wait(target.key, Why::TimeWaitReused);
  } else if (target.kind != Target::Kind::None) {
    return fail(Error::AddressInUse);
  }
  SharedOptions socket_options = options.options;
  if (options.send_buffer || options.receive_buffer) {
    SocketOptions changed = socket_options ? *socket_options : context_.default_options;
    changed.send_buffer = options.send_buffer.value_or(changed.send_buffer);
    changed.receive_buffer = options.receive_buffer.value_or(changed.receive_buffer);
    socket_options = std::make_shared<const SocketOptions>(changed);
  }
  const SlotKey key = add_connection(
      {.number = next_number_, .local = local, .remote = remote, .socket_options = std::move(socket_options)});
  ++next_number_;
  TcpEntry& entry = *connections_.find(key);
  entry.owned = true;
  entry.connection.open(now_, minimum_iss);
  touch(entry);
  return key;
}

/// RFC 6056 §3.3.1: a random port, then its neighbours until one is free.
std::optional<Port> Host::choose_port(const std::function<bool(Port)>& is_free) {
  const std::uint32_t first = config_.first_ephemeral_port;
  const std::uint32_t count = config_.last_ephemeral_port - first + 1u;
  const auto start = static_cast<std::uint32_t>(port_random_.below(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<Port>(first + (start + i) % count);
    if (is_free(port)) return port;
  }
  return std::nullopt;
}

std::optional<Port> Host::free_port(Ipv4Address local, const std::function<bool(Port)>& taken) {
  return choose_port([&](Port port) { return !listener_for({local, port}).valid() && !taken(port); });
}

SlotKey Host::add_connection(const tcp::ConnectionOptions& options) {
  const SlotKey key = connections_.emplace(context_, options);
  TcpEntry& entry = *connections_.find(key);
  entry.self = key;
  entry.attached = true;
  demux_.put({options.local, options.remote}, {Target::Kind::Connection, key});
  return key;
}

Result<SlotKey> Host::listen(Endpoint local, const ListenOptions& options) {
  if (options.backlog == 0) return fail(Error::InvalidArgument);
  if (!local.address.is_unspecified() && !addresses_.is_local(local.address)) return fail(Error::AddressNotAvailable);
  if (local.port == 0) {
    const auto port = free_port(local.address, [](Port) { return false; });
    if (!port) return fail(Error::AddressNotAvailable);
    local.port = *port;
  }
  const std::uint64_t name = name_of(local);
  if (listener_of_.contains(name)) return fail(Error::AddressInUse);
  const SlotKey key = listeners_.emplace();
  ListenerEntry& listener = *listeners_.find(key);
  listener.local = local;
  listener.backlog = std::min(options.backlog, config_.tcp.max_backlog);
  listener.options = options.options;
  listener_of_[name] = key;
  report_call(Why::UserListen, fmt::format("listen({})", local.to_string()));
  return key;
}

Result<SlotKey> Host::accept(SlotKey listener_key) {
  ListenerEntry* listener = listeners_.find(listener_key);
  if (listener == nullptr) return fail(Error::BadHandle);
  if (listener->accept_queue.empty()) return fail(Error::WouldBlock);
  const SlotKey key = listener->accept_queue.front();
  listener->accept_queue.pop_front();
  connections_.find(key)->connection.accepted(now_);
  return key;
}

void Host::close_listener(SlotKey listener_key) {
  ListenerEntry* listener = listeners_.find(listener_key);
  if (listener == nullptr) return;
  for (const SlotKey key : std::exchange(listener->accept_queue, {})) {
    TcpEntry& entry = *connections_.find(key);
    entry.connection.abort(now_);
    disown(entry);
  }
  // No farther than to the last one of its own: beside others that are flooded an idle listener closes at once.
  for (std::uint32_t index = 0; listener->syn_count > 0 && index < syn_records_.slot_count(); ++index) {
    const tcp::SynRecord* record = syn_records_.find_at(index);
    if (record != nullptr && record->listener == listener_key) {
      forget_syn_record(syn_records_.key_at(index), Why::UserClose);
    }
  }
  listener_of_.erase(name_of(listener->local));
  listeners_.erase(listener_key);
}

Result<void> Host::set_backlog(SlotKey listener_key, std::uint32_t backlog) {
  ListenerEntry* listener = listeners_.find(listener_key);
  if (listener == nullptr) return fail(Error::BadHandle);
  if (backlog == 0) return fail(Error::InvalidArgument);
  listener->backlog = std::min(backlog, config_.tcp.max_backlog);
  return {};
}

void Host::claim(const Endpoint& local, SharedOptions options) {
  claims_[name_of(local)] = std::move(options);
}

/// Of the socket that has bound the port, if there is one.
const SocketOptions& Host::options_of_closed(const Endpoint& local) const {
  auto claim = claims_.find(name_of(local));
  if (claim == claims_.end()) claim = claims_.find(name_of({Ipv4Address(), local.port}));
  return claim == claims_.end() || !claim->second ? context_.default_options : *claim->second;
}

bool Host::evict(ConnectionNumber number) {
  // A walk: operators ask for it, packets never do.
  TcpEntry* found = nullptr;
  connections_.for_each([&](SlotKey, TcpEntry& entry) {
    if (entry.attached && entry.connection.number() == number) found = &entry;
  });
  if (found != nullptr) {
    found->connection.evict(now_);
    touch(*found);
    return true;
  }
  SlotKey key;
  syn_records_.for_each([&](SlotKey candidate, tcp::SynRecord& record) {
    if (record.number == number) key = candidate;
  });
  if (key.valid()) {
    forget_syn_record(key, Why::UserAbort);
    return true;
  }
  time_wait_.for_each([&](SlotKey candidate, tcp::TimeWaitRecord& record) {
    if (record.number == number && !record.suspended) key = candidate;
  });
  if (key.valid()) end_time_wait(key, Why::UserAbort);
  return key.valid();
}

const SocketOptions& Host::options(SlotKey listener_key) const {
  const ListenerEntry* listener = listeners_.find(listener_key);
  return listener == nullptr || !listener->options ? context_.default_options : *listener->options;
}

// ---- After every change ----

void Host::touch(TcpEntry& entry) {
  if (entry.connection.state() == TcpState::TimeWait && entry.attached) enter_time_wait(entry);
  if (entry.early_of.valid() && entry.connection.state() != TcpState::SynReceived) end_early(entry);
  if (entry.connection.take_activity()) mark_ready(entry);
  if (!entry.dirty) {
    entry.dirty = true;
    dirty_.push_back(entry.self);
  }
  rearm(entry);
}

void Host::disown(TcpEntry& entry) {
  entry.owned = false;
  entry.callback = nullptr;
  if (++orphans_ > config_.max_orphans) entry.connection.end_orphan(Why::TooManyOrphans, now_);
  touch(entry);  // flush() erases it when it has said what it owes
}

void Host::erase_if_over(TcpEntry& entry) {
  const bool over = entry.connection.finished() || entry.connection.state() == TcpState::TimeWait;
  if (!over) return;
  detach(entry);
  if (entry.owned) return;
  if (entry.timer != TimingWheel::kNone) wheel_.cancel(entry.timer);
  connections_.erase(entry.self);
  --orphans_;
}

void Host::detach(TcpEntry& entry) {
  if (!std::exchange(entry.attached, false)) return;
  demux_.erase({entry.connection.local(), entry.connection.remote()});
}

void Host::rearm(TcpEntry& entry) {
  const Instant deadline = entry.connection.next_deadline();
  if (deadline == kNever) {
    if (entry.timer != TimingWheel::kNone) wheel_.cancel(std::exchange(entry.timer, TimingWheel::kNone));
  } else if (entry.timer == TimingWheel::kNone) {
    entry.timer =
        wheel_.set(deadline, std::uint64_t{static_cast<std::uint8_t>(TimerOf::Connection)} << 32 | entry.self.index);
  } else {
    wheel_.move(entry.timer, deadline);
  }
}

// ---- Being told ----

Readiness Host::readiness(const tcp::Connection& connection) {
  const TcpState state = connection.state();
  return {.readable = connection.readable(),
          .writable = connection.writable(),
          .peer_closed = connection.fin_received(),
          .error = static_cast<bool>(connection.error()),
          .closed = state == TcpState::Closed || state == TcpState::TimeWait,
          .urgent = connection.octets_to_mark().has_value(),
          .trouble = connection.options().tell_soft_errors && connection.soft_error()};
}

void Host::on_ready(TcpEntry& entry, ReadyCallback callback) {
  replace_callback(entry, std::move(callback));
  const Readiness now = readiness(entry.connection);
  if (entry.callback && (now.readable || now.writable)) mark_ready(entry);
}

void Host::on_ready(SlotKey key, ReadyCallback callback) {
  ListenerEntry* listener = listeners_.find(key);
  if (listener == nullptr) return;
  replace_callback(*listener, std::move(callback));
  if (listener->callback && !listener->accept_queue.empty()) mark_ready(key);
}

void Host::mark_ready(TcpEntry& entry) {
  if (!entry.callback || std::exchange(entry.ready, true)) return;
  ready_.push_back(entry.self);
}

void Host::mark_ready(SlotKey key) {
  ListenerEntry* listener = listeners_.find(key);
  if (listener == nullptr || std::exchange(listener->ready, true)) return;
  ready_listeners_.push_back(key);
}

}  // namespace tunic::host
