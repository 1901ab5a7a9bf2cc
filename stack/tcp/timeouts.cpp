// RFC 9293 §3.10.8: timeouts. RFC 6298 §5 for retransmission, §3.8.3 for R1 and R2, §3.8.6.1 for the persist timer.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::on_timers(Instant now) {
  while (const auto timer = timers_.pop_due(now)) {
    switch (*timer) {
      case Timer::Retransmission:
        on_retransmission_timeout(now);
        break;
      case Timer::LossProbe:
        on_loss_probe_timeout(now);
        break;
      case Timer::Reordering:
        on_reordering_timeout(now);
        break;
      case Timer::Persist:
        on_persist_timeout(now);
        break;
      case Timer::DelayedAck:
        ack_policy_.on_timer();
        if (context_.log.observed()) report(EventKind::Timer, Why::DelayedAckDue, now, nullptr);
        break;
      case Timer::Cork:
        push_ = true;
        report(EventKind::Timer, Why::CorkTimeout, now, nullptr);
        break;
      case Timer::Orphan:
        enter(TcpState::Closed, Why::OrphanTimedOut, now);
        break;
      case Timer::KeepAlive:
        on_keep_alive_timeout(now);
        break;
      case Timer::User:
        give_up(Why::UserTimeout, now);
        break;
    }
  }
  check_invariants();
}

// ---- R1 and R2: RFC 9293 §3.8.3 ----

bool Connection::r2_reached() const {
  const TcpConfig& config = context_.tcp();
  // MUST-21: an application that gives a time means it in place of the count.
  std::uint8_t limit = options().user_timeout > Duration::zero() ? std::uint8_t{0} : config.retransmits_r2;
  if (!synchronized(state_)) {  // of an active open, also where the SYNs have crossed
    limit = options().syn_retransmits;
    if (limit != 0) limit = static_cast<std::uint8_t>(std::min(limit + config.syn_linear_timeouts, 255));
  }
  if (opening_early()) limit = config.syn_ack_retransmits;
  if (orphaned_ && config.orphan_retransmits != 0) {
    limit = limit == 0 ? config.orphan_retransmits : std::min(limit, config.orphan_retransmits);
  }
  return limit != 0 && timeouts_in_row_ >= limit;
}

/// R1 (SHLD-9): whoever wants to know may look for another way meanwhile.
void Connection::count_timeout(Instant now) {
  if (timeouts_in_row_ < 255) ++timeouts_in_row_;
  if (timeouts_in_row_ != context_.tcp().retransmits_r1) return;
  report(EventKind::Timer, Why::DeliveryTrouble, now, nullptr);
  if (!soft_error_) note_soft_error(Error::TimedOut);
}

void Connection::note_soft_error(Error error) {
  soft_error_ = error;
  if (options().tell_soft_errors) activity_ = true;
}

/// Something waits to be delivered from now on, if nothing did before: the user timeout runs until it moves.
void Connection::await_delivery(Instant now) {
  const Duration limit = options().user_timeout;
  if (limit > Duration::zero() && !timers_.running(Timer::User)) timers_.start(Timer::User, later(now, limit));
}

/// The application has changed the user timeout from `before`.
void Connection::rearm_user_timer(Duration before, Instant now) {
  const Duration limit = options().user_timeout;
  if (limit == before) return;
  const Instant deadline = timers_.deadline(Timer::User);
  timers_.stop(Timer::User);
  if (limit == Duration::zero()) return;
  if (deadline != kNever) {
    timers_.start(Timer::User, later(deadline - before, limit));
  } else if (!all_acked() || timers_.running(Timer::Persist)) {
    await_delivery(now);
  }
}

// ---- Retransmission: RFC 6298 §5 ----

/// Deviation (RFC 6298 §5.5: "set RTO <- RTO * 2"): a host may be set to repeat its first SYNs at even intervals.
bool Connection::syn_timeout_is_linear() const {
  return state_ == TcpState::SynSent && timeouts_in_row_ <= context_.tcp().syn_linear_timeouts;
}

/// When an open gives up, however many SYNs are left.
Instant Connection::open_deadline() const {
  const Duration limit = options().open_limit;
  return limit == Duration(0) || early_ ? kNever : later(last_heard_at_, limit);
}

void Connection::on_retransmission_timeout(Instant now) {
  const bool handshake = state_ == TcpState::SynSent || state_ == TcpState::SynReceived;
  if (r2_reached() || (handshake && now >= open_deadline())) {
    return give_up(handshake ? Why::HandshakeTimedOut : Why::RetransmissionsUsedUp, now);
  }
  count_timeout(now);
  if (!syn_timeout_is_linear()) rtt_.back_off(context_.tcp());
  const Instant deadline = later(now, rtt_.rto());
  timers_.start(Timer::Retransmission, handshake ? std::min(deadline, open_deadline()) : deadline);
  if (handshake) {
    syn_due_ = true;
    syn_resent_ = true;
    syn_why_ = state_ == TcpState::SynSent ? Why::SynRetransmit : Why::SynAckRetransmit;
  } else {
    // RFC 2018 §8: a peer that acknowledged selectively what it still does not acknowledge has thrown it away.
    if (scoreboard_.first_is_sacked()) scoreboard_.forget_sacks();
    take_all_for_lost(now);
    timers_.stop(Timer::Reordering);
    timers_.stop(Timer::LossProbe);
    if (flight_) flight_->probe.forget();
    loss_probe_due_ = false;
  }
  report(EventKind::Timer, Why::RetransmissionTimeout, now, nullptr);
}

void Connection::take_all_for_lost(Instant now) {
  // The flight of an episode has had its reduction.
  const bool reduced = rate_reduced() && before(tcb_.snd.una, recovery_.recovery_point());
  const bool first = timeouts_in_row_ == 1 && !reduced;
  const std::uint32_t flight_size = flight_to_reduce();
  if (first) flight().alarm.begin({tcb_.snd.una, tcb_.snd.nxt});
  flight().forward_rto.begin(context_.tcp().forward_rto && (!recovery_.repairing() || timeouts_in_row_ > 1));
  loss_detector_.on_timeout();
  // RFC 8985 §6.3: what was sent a moment ago may still arrive.
  scoreboard_.mark_all_lost(rack_ ? rack_->recent(now) : now);
  scoreboard_.mark_first_lost(effective_mss());
  recovery_.enter_timeout(tcb_.snd.nxt);
  congestion_control_->on_rto(now, flight_size, in_flight(), first);
}

void Connection::restart_retransmission_timer(Instant now) {
  if (all_acked()) {
    timers_.stop(Timer::Retransmission);
  } else {
    timers_.start(Timer::Retransmission, later(now, rtt_.rto()));
  }
}

// ---- Persist: RFC 9293 §3.8.6.1 ----

/// SHLD-29, SHLD-30: the RTO at first, and twice as long with each probe.
Duration Connection::probe_wait() const {
  return std::min<Duration>(rtt_.rto() * (std::int64_t{1} << persist_backoff_), context_.tcp().persist_max);
}

void Connection::on_persist_timeout(Instant now) {
  if (unsent() == 0 || !all_acked()) return;
  // A peer that acknowledges probes of a closed window keeps a connection (MUST-37), but not one that nobody owns (B39).
  const std::uint8_t orphan_limit = context_.tcp().orphan_retransmits;
  const bool orphan_stuck = orphaned_ && orphan_limit != 0 && persist_backoff_ >= orphan_limit;
  if (r2_reached() || orphan_stuck) return give_up(Why::RetransmissionsUsedUp, now);
  if (usable_window() > 0) {
    push_ = true;  // RFC 9293 §3.8.6.2.1 (4)
  } else {
    probe_due_ = true;
    count_timeout(now);
    if (persist_backoff_ < 16) ++persist_backoff_;
  }
  report(EventKind::Timer, Why::PersistTimeout, now, nullptr);
}

// ---- The end of an orphan ----

/// FIN-WAIT-2, and nobody is there who could wait: for some time the stack does.
void Connection::await_peers_fin(Instant now) {
  const Duration patience = options().fin_wait_2;
  if (patience > Duration::zero()) return timers_.start(Timer::Orphan, later(now, patience));
  reset_due_ = true;
  reset_why_ = Why::OrphanTimedOut;
  enter(TcpState::Closed, Why::OrphanTimedOut, now);
}

// ---- Keep-alive: RFC 9293 §3.8.4 ----

/// The connection is established, or the application has changed what was `before`.
void Connection::rearm_keep_alive(const KeepAlive& before, Instant now) {
  const KeepAlive& keep = options().keep_alive;
  if (!keep.on) {
    timers_.stop(Timer::KeepAlive);
    keep_alive_probes_ = 0;
  } else if (!before.on) {
    timers_.start(Timer::KeepAlive, later(now, keep.idle));
  } else if (keep.idle != before.idle) {
    timers_.start(Timer::KeepAlive, std::max(now, later(last_heard_at_, keep.idle)));
  }
}

/// Arrivals do not move the timer; it finds out here how long nothing was heard.
void Connection::on_keep_alive_timeout(Instant now) {
  const KeepAlive& keep = options().keep_alive;
  const bool outstanding = !all_acked() || unsent() > 0;  // MUST-26: other timers ask there
  if (outstanding) return timers_.start(Timer::KeepAlive, later(now, keep.idle));
  const Duration silence = now - last_heard_at_;
  if (silence < keep.idle) return timers_.start(Timer::KeepAlive, later(last_heard_at_, keep.idle));
  // MUST-29: one probe may be lost. A user timeout rules over the count, as it does over R2.
  const Duration limit = options().user_timeout;
  const bool gone =
      limit > Duration::zero() ? keep_alive_probes_ > 0 && silence >= limit : keep_alive_probes_ >= keep.count;
  if (gone) return give_up(Why::KeepAliveUnanswered, now);
  ++keep_alive_probes_;
  keep_alive_due_ = true;
  timers_.start(Timer::KeepAlive, later(now, keep.interval));
  report(EventKind::Timer, Why::KeepAliveDue, now, nullptr);
}

}  // namespace tunic::tcp
