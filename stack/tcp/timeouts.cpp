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
      case Timer::Persist:
        on_persist_timeout(now);
        break;
      case Timer::DelayedAck:
        ack_policy_.on_timer();
        if (context_.log.observed()) report(EventKind::Timer, Why::DelayedAckDue, now, nullptr);
        break;
      case Timer::Orphan:
        enter(TcpState::Closed, Why::OrphanTimedOut, now);
        break;
    }
  }
  check_invariants();
}

bool Connection::r2_reached() const {
  const TcpConfig& config = context_.tcp();
  std::uint8_t limit = config.retransmits_r2;
  if (!synchronized(state_)) limit = config.syn_retransmits;  // of an active open, also where the SYNs have crossed
  if (orphaned_ && config.orphan_retransmits != 0) {
    limit = limit == 0 ? config.orphan_retransmits : std::min(limit, config.orphan_retransmits);
  }
  return limit != 0 && timeouts_in_row_ >= limit;
}

void Connection::on_retransmission_timeout(Instant now) {
  const bool handshake = state_ == TcpState::SynSent || state_ == TcpState::SynReceived;
  if (r2_reached()) {
    return fail(Error::TimedOut, handshake ? Why::HandshakeTimedOut : Why::RetransmissionsUsedUp, now);
  }
  if (timeouts_in_row_ < 255) ++timeouts_in_row_;
  rtt_.back_off(context_.tcp());
  timers_.start(Timer::Retransmission, later(now, rtt_.rto()));
  if (handshake) {
    syn_due_ = true;
    syn_resent_ = true;
    syn_why_ = state_ == TcpState::SynSent ? Why::SynRetransmit : Why::SynAckRetransmit;
  } else {
    // RFC 2018 §8: a peer that acknowledged selectively what it still does not acknowledge has thrown it away.
    if (scoreboard_.first_is_sacked()) scoreboard_.forget_sacks();
    congestion_control_->on_rto(now, sent_unacked(), timeouts_in_row_ == 1);
    loss_detector_.on_timeout();
    scoreboard_.mark_all_lost();
    recovery_.enter_timeout(tcb_.snd.nxt);
  }
  report(EventKind::Timer, Why::RetransmissionTimeout, now, nullptr);
}

void Connection::on_persist_timeout(Instant now) {
  if (unsent() == 0 || !all_acked()) return;
  // A peer that acknowledges probes of a closed window keeps a connection (MUST-37), but not one that nobody owns (B39).
  const std::uint8_t orphan_limit = context_.tcp().orphan_retransmits;
  const bool orphan_stuck = orphaned_ && orphan_limit != 0 && persist_backoff_ >= orphan_limit;
  if (r2_reached() || orphan_stuck) return fail(Error::TimedOut, Why::RetransmissionsUsedUp, now);
  if (after(tcb_.snd.una + tcb_.snd.wnd.octets, tcb_.snd.nxt)) {
    override_silly_window_ = true;  // RFC 9293 §3.8.6.2.1 (4)
  } else {
    probe_due_ = true;
    if (timeouts_in_row_ < 255) ++timeouts_in_row_;
    if (persist_backoff_ < 16) ++persist_backoff_;
  }
  report(EventKind::Timer, Why::PersistTimeout, now, nullptr);
}

void Connection::restart_retransmission_timer(Instant now) {
  if (all_acked()) {
    timers_.stop(Timer::Retransmission);
  } else {
    timers_.start(Timer::Retransmission, later(now, rtt_.rto()));
  }
}

}  // namespace tunic::tcp
