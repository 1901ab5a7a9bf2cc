// What an arriving ACK tells of our data: RFC 9293 §3.10.7.4's fifth step after its checks, RFC 5681, RFC 6298, RFC 2018.
//
// The order matters: the scoreboard first, then who looks for losses, then recovery, and congestion control last.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/isn.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::process_ack(const Arrival& arrival) {
  last_heard_at_ = arrival.now;
  keep_alive_probes_ = 0;
  soft_error_.reset();  // something works again
  take_probe_octet(arrival);
  News news;
  news.duplicate = is_duplicate_ack(arrival, take_sack_blocks(arrival, news));
  const bool advances = after(arrival.segment.ack, tcb_.snd.una);
  const bool fin_acked = advances && fin_sent() && arrival.segment.ack == fin_seq() + 1;
  const bool was_over = !recovery_.active();
  const bool was_reducing = recovery_.reducing();
  const bool was_after_timeout = recovery_.phase() == Recovery::Phase::Timeout;
  if (advances) take_acknowledged(arrival, news);
  news.window = take_window(arrival);
  take_back_false_alarm(arrival, news);
  judge_timeout(arrival, news);
  detect_loss(arrival, news);
  take_ecn_echo(arrival, news);
  if (rate_reduced()) {
    flight().rate.on_ack({.delivered = news.delivered.octets,
                          .in_flight = in_flight(),
                          .safe = news.acked > 0 && !news.loss,
                          .smss = effective_mss()});
  }
  if (news.delivered.octets > 0) fruitless_ = 0;
  if (congestion_control_ && news.delivered.octets > 0) {
    const CongestionControl& control = *congestion_control_;
    const bool used = flight().use.allows_growth(control.cwnd(), control.ssthresh());
    const bool by_steps = context_.tcp().proportional_rate_reduction;  // then the window is where it belongs already
    congestion_control_->on_ack({.now = arrival.now,
                                 .acked = news.acked,
                                 .delivered = news.delivered.octets,
                                 .rtt = news.rtt,
                                 .window_used = used,
                                 .in_recovery = recovery_.reducing() || (was_reducing && !by_steps),
                                 .after_timeout = was_after_timeout,
                                 .reordered = rack_ && rack_->reordering() > context_.tcp().duplicate_threshold});
  }
  if (advances) {
    schedule_loss_probe(arrival.now);
    forget_flight(was_over);
  }
  if (fin_acked) our_fin_acknowledged(arrival.now);
}

/// The window probe's octet was taken after all. Sent twice at least: no RTT sample (Karn).
void Connection::take_probe_octet(const Arrival& arrival) {
  if (!probed_ || arrival.segment.ack != tcb_.snd.nxt + 1) return;
  const SeqRange probe{tcb_.snd.nxt, arrival.segment.ack};
  scoreboard_.on_sent(probe, arrival.now);
  scoreboard_.on_resent(probe, arrival.now);
  tcb_.snd.nxt = arrival.segment.ack;
  probed_ = false;
}

/// SND.UNA advances.
void Connection::take_acknowledged(const Arrival& arrival, News& news) {
  const SeqNum ack = arrival.segment.ack;
  const bool fin_acked = fin_sent() && ack == fin_seq() + 1;
  const Scoreboard::Acked acked = scoreboard_.on_ack(ack, news.delivered);
  const std::size_t data = SeqRange{tcb_.snd.una, ack}.length() - (fin_acked ? 1 : 0);
  send_buffer_.consume(data);
  bytes_out_ += data;
  tcb_.snd.una = ack;
  if (tcb_.snd.up && at_or_before(*tcb_.snd.up, ack)) tcb_.snd.up.reset();
  timeouts_in_row_ = 0;
  if (flight_) flight_->limited_transmit = 0;
  news.acked = acked.octets;
  news.rtt = rtt_sample(arrival, acked);
  if (news.rtt) rtt_.sample(*news.rtt, context_.tcp());
  // RFC 6298 §5.2 and §5.3; of NewReno's partial acknowledgments the first alone, so that many lost segments are left to
  // the timeout (RFC 6582 §3.2 (5)).
  const bool partial =
      !tcb_.sack && recovery_.phase() == Recovery::Phase::Fast && before(ack, recovery_.recovery_point());
  if (partial && !rate_reduced()) recovery_.force_next();
  const bool restart = !partial || recovery_.on_partial_ack() || !context_.tcp().impatient_newreno;
  if (restart) restart_retransmission_timer(arrival.now);
  suspect_reneging(arrival.now);
  timers_.stop(Timer::User);
  if (!all_acked()) await_delivery(arrival.now);
  more_follows_ = false;  // what was announced need not come; a cork stays
  tune_send_buffer();
  tell_room();
}

/// RFC 2018 §8: the peer acknowledges up to what it has acknowledged selectively, and no further: it may have thrown it away.
void Connection::suspect_reneging(Instant now) {
  constexpr Duration kLeast = std::chrono::milliseconds(10);
  if (!context_.tcp().suspect_reneging || !scoreboard_.first_is_sacked()) return;
  timers_.start(Timer::Retransmission, later(now, std::max(rtt_.srtt() / 2, kLeast)));
}

/// RFC 3168 §6.1.2: an echoed mark counts as a loss, at most once per window, and not beside a loss of the same window.
void Connection::take_ecn_echo(const Arrival& arrival, const News& news) {
  if (!tcb_.ecn || !arrival.segment.flags.has(TcpFlags::Ece) || recovery_.active()) return;
  congestion_control_->on_ecn(arrival.now, flight_to_reduce());
  reduce_rate(news.delivered.octets);
  recovery_.enter_reduced(tcb_.snd.nxt);
  cwr_owed_ = true;
}

/// RFC 2018 §5. A block that can't be true of what is in flight is ignored (B6). The first one may be a D-SACK (RFC 2883 §4):
/// it lies below the acknowledgment, or within the second.
std::uint32_t Connection::take_sack_blocks(const Arrival& arrival, News& news) {
  if (!tcb_.sack) return 0;
  std::uint32_t newly_sacked = 0;
  const SeqNum una = later_of(tcb_.snd.una, arrival.segment.ack);
  const auto blocks = arrival.options.sack_blocks();
  for (const SeqRange& block : blocks) {
    const bool sane = after(block.end, block.begin) && after(block.begin, una) && at_or_before(block.end, tcb_.snd.nxt);
    if (sane) newly_sacked += scoreboard_.on_sack(block, context_.tcp().max_sack_ranges, news.delivered);
  }
  if (blocks.empty()) return newly_sacked;
  const SeqRange first = blocks.front();
  const auto inside = [&first](const SeqRange& other) {
    return at_or_after(first.begin, other.begin) && at_or_before(first.end, other.end);
  };
  const bool below = at_or_before(first.end, arrival.segment.ack);
  if (sent_before(first) && (below || (blocks.size() > 1 && inside(blocks[1])))) news.dsack = first;
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
/// True: it changes the window.
bool Connection::take_window(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (before(segment.ack, tcb_.snd.una)) return false;
  const Window window = scaled(segment.wnd, tcb_.snd.shift);
  if (window.octets == 0)
    timeouts_in_row_ = 0;  // a peer that answers is alive, however long its window is closed (MUST-37)
  const bool newer =
      before(tcb_.snd.wl1, segment.seq) || (tcb_.snd.wl1 == segment.seq && at_or_before(tcb_.snd.wl2, segment.ack));
  if (!newer) return false;
  const bool changed = window != tcb_.snd.wnd;
  tcb_.snd.wnd = window;
  tcb_.snd.max_wnd = std::max(tcb_.snd.max_wnd, window);
  tcb_.snd.wl1 = segment.seq;
  tcb_.snd.wl2 = segment.ack;
  if (after(tcb_.snd.una + window.octets, tcb_.snd.nxt)) {
    timers_.stop(Timer::Persist);
    if (all_acked()) timers_.stop(Timer::User);
    persist_backoff_ = 0;
    probe_due_ = false;
  } else if (probe_unanswered_) {
    probe_unanswered_ = false;  // one answer counts: more of them must not put the next probe off
    const bool waits = timers_.running(Timer::Persist);
    if (waits && context_.tcp().probe_wait_from_answer) timers_.start(Timer::Persist, later(arrival.now, probe_wait()));
  }
  return changed;
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
