// What an arriving ACK tells of our data: RFC 9293 §3.10.7.4's fifth step after its checks, RFC 5681, RFC 6298, RFC 2018.
//
// The order matters: the scoreboard first, then who looks for losses, then recovery, and congestion control last.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/isn.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::process_ack(const Arrival& arrival) {
  const Instant now = arrival.now;
  const SeqNum ack = arrival.segment.ack;
  const std::uint32_t prior_in_flight = in_flight();
  const bool was_recovering = recovery_.phase() == Recovery::Phase::Fast;
  last_heard_at_ = now;
  keep_alive_probes_ = 0;
  soft_error_.reset();  // something works again
  if (probed_ && ack == tcb_.snd.nxt + 1) {
    // The window probe's octet was taken after all. Sent twice at least: no RTT sample (Karn).
    const SeqRange probe{tcb_.snd.nxt, ack};
    scoreboard_.on_sent(probe, now);
    scoreboard_.on_resent(probe, now);
    tcb_.snd.nxt = ack;
    probed_ = false;
  }
  const std::uint32_t newly_sacked = take_sack_blocks(arrival);
  const bool duplicate = is_duplicate_ack(arrival, newly_sacked);
  Scoreboard::Acked acked;
  std::optional<Duration> rtt;
  if (after(ack, tcb_.snd.una)) {
    const bool fin_acked = fin_sent() && ack == fin_seq() + 1;
    acked = scoreboard_.on_ack(ack);
    const std::size_t data = SeqRange{tcb_.snd.una, ack}.length() - (fin_acked ? 1 : 0);
    send_buffer_.consume(data);
    bytes_out_ += data;
    tcb_.snd.una = ack;
    timeouts_in_row_ = 0;
    limited_transmit_ = 0;
    rtt = rtt_sample(arrival, acked);
    if (rtt) rtt_.sample(*rtt, context_.tcp());
    // RFC 6298 §5.2 and §5.3; of NewReno's partial acknowledgments the first alone, so that many lost segments are left to
    // the timeout (RFC 6582 §3.2 (5)).
    const bool later_partial = was_recovering && recovery_.partially_acked() && before(ack, recovery_.recovery_point());
    if (!later_partial) restart_retransmission_timer(now);
    timers_.stop(Timer::User);
    if (!all_acked()) await_delivery(now);
    more_follows_ = false;  // what was announced need not come; a cork stays
    tell_room();
    take_window(arrival);
    detect_loss(arrival, duplicate, acked.octets);
    if (fin_acked) our_fin_acknowledged(now);
  } else {
    take_window(arrival);
    detect_loss(arrival, duplicate, 0);
  }
  take_ecn_echo(arrival);
  if (congestion_control_ && (acked.octets > 0 || newly_sacked > 0)) {
    congestion_control_->on_ack({.now = now,
                                 .acked = acked.octets,
                                 .sacked = newly_sacked,
                                 .prior_in_flight = prior_in_flight,
                                 .in_flight = in_flight(),
                                 .rtt = rtt,
                                 .in_recovery = was_recovering || recovery_.phase() == Recovery::Phase::Fast});
  }
}

void Connection::detect_loss(const Arrival& arrival, bool duplicate, std::uint32_t acked) {
  const SeqNum una = tcb_.snd.una;
  const bool fast = recovery_.phase() == Recovery::Phase::Fast;
  const bool found = loss_detector_.on_ack(scoreboard_, {.sack = tcb_.sack,
                                                         .duplicate = duplicate,
                                                         .acked = acked,
                                                         .partial = fast && before(una, recovery_.recovery_point()),
                                                         .may_begin = recovery_.may_enter(una, tcb_.sack),
                                                         .smss = effective_mss(),
                                                         .threshold = context_.tcp().duplicate_threshold});
  if (fast && acked > 0 && !tcb_.sack) recovery_.on_partial_ack();
  if (recovery_.on_ack(una)) {
    if (fast) congestion_control_->on_recovered(arrival.now, in_flight());
  } else if (found && recovery_.may_enter(una, tcb_.sack)) {
    // What limited transmit sent is no part of FlightSize here (RFC 5681 §3.2 (2)).
    congestion_control_->on_loss(arrival.now, sent_unacked() - limited_transmit_);
    recovery_.enter_fast(tcb_.snd.nxt, tcb_.sack);
  }
}

/// RFC 3168 §6.1.2: an echoed mark counts as a loss, at most once per window, and not beside a loss of the same window.
void Connection::take_ecn_echo(const Arrival& arrival) {
  if (!tcb_.ecn) return;
  const bool reacted = before(tcb_.snd.una, ecn_point_);
  if (!reacted) ecn_point_ = tcb_.snd.una;  // it follows, so that it stays near: numbers wrap
  if (reacted || !arrival.segment.flags.has(TcpFlags::Ece) || recovery_.active()) return;
  congestion_control_->on_ecn(arrival.now, sent_unacked());
  ecn_point_ = tcb_.snd.nxt;
  cwr_owed_ = true;
}

/// RFC 2018 §5. A block that can't be true of what is in flight is ignored (B6); so is a D-SACK (RFC 2883 §4).
std::uint32_t Connection::take_sack_blocks(const Arrival& arrival) {
  if (!tcb_.sack) return 0;
  std::uint32_t newly_sacked = 0;
  const SeqNum una = later_of(tcb_.snd.una, arrival.segment.ack);
  for (const SeqRange& block : arrival.options.sack_blocks()) {
    const bool sane = after(block.end, block.begin) && after(block.begin, una) && at_or_before(block.end, tcb_.snd.nxt);
    if (sane) newly_sacked += scoreboard_.on_sack(block, context_.tcp().max_sack_ranges);
  }
  return newly_sacked;
}

/// RFC 5681 §2, or with SACK RFC 6675 §2: what tells of new data at the peer.
bool Connection::is_duplicate_ack(const Arrival& arrival, std::uint32_t newly_sacked) const {
  if (tcb_.sack) return newly_sacked > 0;
  const Segment& segment = arrival.segment;
  return !all_acked() && segment.payload.empty() && !segment.flags.fin() && segment.ack == tcb_.snd.una &&
         scaled(segment.wnd, tcb_.snd.shift) == tcb_.snd.wnd;
}

/// Karn's algorithm (RFC 6298 §3): what was sent once gives a sample; else a timestamp tells which sending is answered.
std::optional<Duration> Connection::rtt_sample(const Arrival& arrival, const Scoreboard::Acked& acked) const {
  if (acked.sent_at) return arrival.now - *acked.sent_at;
  if (!tcb_.ts.on || !arrival.options.timestamps || arrival.options.timestamps->echo_reply == 0) return std::nullopt;
  const auto ticks =
      static_cast<std::int32_t>(timestamp_clock(arrival.now) + tcb_.ts.offset - arrival.options.timestamps->echo_reply);
  if (ticks < 0 || std::chrono::milliseconds(ticks) > context_.tcp().rto_max) return std::nullopt;
  return std::chrono::milliseconds(std::max(ticks, 1));
}

/// "If SND.UNA =< SEG.ACK =< SND.NXT, the send window should be updated", unless an older segment brings it.
void Connection::take_window(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (before(segment.ack, tcb_.snd.una)) return;
  const Window window = scaled(segment.wnd, tcb_.snd.shift);
  if (window.octets == 0)
    timeouts_in_row_ = 0;  // a peer that answers is alive, however long its window is closed (MUST-37)
  const bool newer =
      before(tcb_.snd.wl1, segment.seq) || (tcb_.snd.wl1 == segment.seq && at_or_before(tcb_.snd.wl2, segment.ack));
  if (!newer) return;
  tcb_.snd.wnd = window;
  tcb_.snd.max_wnd = std::max(tcb_.snd.max_wnd, window);
  tcb_.snd.wl1 = segment.seq;
  tcb_.snd.wl2 = segment.ack;
  if (after(tcb_.snd.una + window.octets, tcb_.snd.nxt)) {
    timers_.stop(Timer::Persist);
    if (all_acked()) timers_.stop(Timer::User);
    persist_backoff_ = 0;
    probe_due_ = false;
  }
}

void Connection::our_fin_acknowledged(Instant now) {
  switch (state_) {
    case TcpState::FinWait1:
      enter(TcpState::FinWait2, Why::FinAcknowledged, now);
      if (orphaned_) await_peers_fin(now);
      break;
    case TcpState::Closing:
      enter(TcpState::TimeWait, Why::BothFinished, now);
      break;
    case TcpState::LastAck:
      enter(TcpState::Closed, Why::BothFinished, now);
      break;
    default:
      break;
  }
}

}  // namespace tunic::tcp
