// The passive side: a SYN reaches a listener, and what becomes of it until there is a connection in the accept queue.
// RFC 9293 §3.10.7.2 and §3.10.7.4, RFC 4987.
//
// A half-open connection is a record, or nothing at all where SYN cookies are in use; the decisions are tcp/listen's.
#include "host/host.hpp"
#include "tcp/replies.hpp"

namespace tunic::host {

using Do = tcp::Reaction::Do;

// ---- LISTEN ----

SlotKey Host::listener_for(const Endpoint& local) const {
  const auto find = [this](Ipv4Address address, Port port) {
    const auto it = listener_of_.find(name_of({address, port}));
    return it == listener_of_.end() ? SlotKey() : it->second;
  };
  const SlotKey exact = find(local.address, local.port);
  return exact.valid() ? exact : find(Ipv4Address(), local.port);
}

/// Why one more connection would find no place; nullopt: it would. Those that are half open take none yet: a SYN that is
/// let in may have to wait once more when its handshake is complete.
std::optional<Why> Host::why_full(const ListenerEntry& listener) const {
  if (listener.accept_queue.size() >= listener.backlog) return Why::DropAcceptQueueFull;
  if (connections_.size() >= config_.max_connections) return Why::DropConnectionsFull;
  return std::nullopt;
}

/// `reopened`: the TIME-WAIT record of the same addresses and ports, if there is one: the segment is a new SYN for it.
void Host::arrives_at_listener(SlotKey listener_key, const Segment& segment, SlotKey reopened) {
  ListenerEntry& listener = *listeners_.find(listener_key);
  tcp::Reaction reaction = tcp::arrives_in_listen(segment, config_.tcp);
  if (segment.flags.ack() && !segment.flags.syn() && !segment.flags.rst() && now_ < listener.cookies_until) {
    if (open_by_cookie(listener_key, segment)) return;
    reaction.why = Why::DropBadCookie;
  }
  if (reaction.action != Do::Promote) {
    const bool reset = reaction.action == Do::Reset && config_.tcp.blackhole != Blackhole::Listeners;
    drop_segment(reaction.why, segment);
    if (reset) queue_reset(segment, options(listener_key), reaction.reply, 0, {}, {});
    return;
  }
  if (relief_.refuse) return drop_segment(Why::DropNoMemory, segment);
  if (const auto full = why_full(listener)) return drop_segment(*full, segment);
  std::optional<SeqNum> minimum_iss;
  if (const tcp::TimeWaitRecord* old = time_wait_.find(reopened)) minimum_iss = old->snd_nxt;
  const auto options = wire::parse_tcp_options(segment.options.bytes());
  tcp::SynRecord half_open =
      tcp::open_passively(segment, options, context_, this->options(listener_key), now_, minimum_iss);
  const SynCookiePolicy policy = config_.tcp.syn_cookies;
  if (policy == SynCookiePolicy::Always || listener.syn_count >= config_.tcp.syn_queue) {
    if (policy != SynCookiePolicy::Off) tcp::turn_into_cookie(half_open, context_.syn_cookies, now_);
    // A cookie's number is what it is: after a TIME-WAIT it may be too low.
    const bool too_low = minimum_iss && at_or_before(half_open.iss, *minimum_iss);
    if (policy == SynCookiePolicy::Off || too_low) return drop_segment(Why::DropSynQueueFull, segment);
    if (reopened.valid()) end_time_wait(reopened, Why::TimeWaitReused);
    listener.cookies_until = later(now_, tcp::SynCookies::kLifetime);
    report_segment(EventKind::Recv, reaction.why, segment, 0, half_open.irs, {});
    return queue_segment(tcp::syn_cookie(half_open, context_, now_), 0, half_open.iss, half_open.irs);
  }

  const tcp::FastOpenDecision fast = decide_fast_open(listener_key, segment, options);
  if (fast.accept) {
    open_early(listener_key, half_open, segment, fast.grant);
    // The connection is there: what it took the place of does not come back.
    time_wait_.erase(reopened);
    return;
  }

  const SlotKey key = syn_records_.emplace(half_open);
  tcp::SynRecord& record = *syn_records_.find(key);
  record.number = next_number_++;
  record.listener = listener_key;
  if (reopened.valid()) suspend_time_wait(reopened, record);
  ++listener.syn_count;
  demux_.put({record.local, record.remote}, {Target::Kind::SynRecord, key});
  record.timer = wheel_.set(later(now_, config_.tcp.rto_initial),
                            std::uint64_t{static_cast<std::uint8_t>(TimerOf::SynRecord)} << 32 | key.index);
  report_segment(EventKind::Recv, reaction.why, segment, record.number, record.irs, {});
  report_state(record.number, TcpState::Listen, TcpState::SynReceived, Why::SynReceived);
  const Why why = fast.grant ? Why::FastOpenGrant : Why::PassiveOpenReply;
  queue_segment(tcp::syn_ack(record, context_, now_, why, fast.grant), record.number, record.iss, record.irs);
}

/// RFC 4987 §3.6: the acknowledgment of a SYN cookie opens the connection, as if there had been a record. False: it is none.
bool Host::open_by_cookie(SlotKey listener_key, const Segment& segment) {
  const ListenerEntry& listener = *listeners_.find(listener_key);
  const auto options = wire::parse_tcp_options(segment.options.bytes());
  auto record = tcp::recall_cookie(segment, options, context_, this->options(listener_key), now_);
  if (!record) return false;
  if (const auto full = why_full(listener)) {
    drop_segment(*full, segment);  // the peer has data or patience: it will try again (B32)
    return true;
  }
  record->number = next_number_++;
  record->listener = listener_key;
  report_state(record->number, TcpState::Listen, TcpState::SynReceived, Why::SynReceived);
  complete(*record, Segment(segment));
  return true;
}

// ---- SYN-RECEIVED ----

void Host::arrives_at_syn_record(SlotKey key, Segment&& segment) {
  tcp::SynRecord& record = *syn_records_.find(key);
  const tcp::Reaction reaction =
      tcp::arrives_in_syn_received(record, segment, wire::parse_tcp_options(segment.options.bytes()), config_.tcp);
  const auto recv = [&] {
    report_segment(EventKind::Recv, reaction.why, segment, record.number, record.irs, record.iss);
  };
  const auto drop = [&](Why why) { drop_segment(why, segment, record.number, record.irs, record.iss); };
  switch (reaction.action) {
    case Do::Promote:
      // The peer, or our SYN-ACK's timer, will try again (B32).
      if (const auto full = why_full(*listeners_.find(record.listener))) return drop(*full);
      return promote(key, std::move(segment));
    case Do::Forget:
      recv();
      return forget_syn_record(key, Why::HandshakeReset);
    case Do::Reset:
      drop(reaction.why);
      return queue_reset(segment, options(record.listener), reaction.reply, record.number, record.iss, record.irs);
    case Do::Reply: {
      const bool repeated = reaction.reply == Why::SynAckRetransmit;
      if (repeated) {
        recv();
      } else {
        drop(reaction.why);
      }
      if (!record.answers.allow(now_, config_.tcp.challenge_acks_per_second)) {
        return report_segment(EventKind::Hold, Why::HoldChallengeLimit, segment, record.number, record.irs, record.iss);
      }
      if (repeated) {
        record.answered_again = true;
        return queue_syn_ack(record, reaction.reply);
      }
      return queue_segment(tcp::acknowledge(record, now_, reaction.reply), record.number, record.iss, record.irs);
    }
    default:
      return drop(reaction.why);
  }
}

/// The handshake is complete: a connection takes the record's place and gets the segment.
void Host::promote(SlotKey record_key, Segment&& segment) {
  const tcp::SynRecord record = *syn_records_.find(record_key);
  forget_syn_record(record_key, std::nullopt);
  complete(record, std::move(segment));
}

void Host::complete(const tcp::SynRecord& record, Segment&& segment) {
  const SlotKey key = add_connection({.number = record.number,
                                      .local = record.local,
                                      .remote = record.remote,
                                      .socket_options = listeners_.find(record.listener)->options});
  TcpEntry& entry = *connections_.find(key);
  entry.connection.open(record, now_);
  entry.owned = true;  // by the accept queue
  arrives_at_connection(entry, std::move(segment));
  listeners_.find(record.listener)->accept_queue.push_back(key);
  mark_ready(record.listener);
}

void Host::queue_syn_ack(const tcp::SynRecord& record, Why why) {
  queue_segment(tcp::syn_ack(record, context_, now_, why), record.number, record.iss, record.irs);
}

/// `why`: the handshake failed; nullopt: a connection takes the record's place.
void Host::forget_syn_record(SlotKey key, std::optional<Why> why) {
  tcp::SynRecord& record = *syn_records_.find(key);
  if (why) report_state(record.number, TcpState::SynReceived, TcpState::Closed, *why);
  if (ListenerEntry* listener = listeners_.find(record.listener)) --listener->syn_count;
  if (record.timer != TimingWheel::kNone) wheel_.cancel(record.timer);
  if (why) demux_.erase({record.local, record.remote});
  const SlotKey reopened = record.reopened;
  syn_records_.erase(key);
  if (why) {
    resume_time_wait(reopened);
  } else {
    time_wait_.erase(reopened);
  }
}

void Host::syn_record_timeout(SlotKey key) {
  tcp::SynRecord& record = *syn_records_.find(key);
  if (record.retransmits >= config_.tcp.syn_ack_retransmits) return forget_syn_record(key, Why::HandshakeTimedOut);
  ++record.retransmits;
  const Duration interval =
      std::min<Duration>(config_.tcp.rto_initial * (std::int64_t{1} << record.retransmits), config_.tcp.rto_max);
  record.timer =
      wheel_.set(later(now_, interval), std::uint64_t{static_cast<std::uint8_t>(TimerOf::SynRecord)} << 32 | key.index);
  queue_syn_ack(record, Why::SynAckRetransmit);
}

}  // namespace tunic::host
