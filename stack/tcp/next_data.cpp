// Which data leaves now: what was lost first, then a probe for the tail, then what is new, as far as the windows, Nagle's
// algorithm and corks let it. RFC 9293 §3.8.6 and §3.7.4, RFC 5681, RFC 6675 §5, RFC 8985 §7.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/isn.hpp"

namespace tunic::tcp {

/// A segment for `range`, which may end with our FIN.
Segment Connection::build_data(SeqRange range, Why why, Instant now) {
  const std::uint32_t offset = SeqRange{tcb_.snd.una, range.begin}.length();
  const bool with_fin = fin_queued_ && range.end == fin_seq() + 1;
  const std::uint32_t size = range.length() - (with_fin ? 1 : 0);
  TcpFlags flags;
  if (with_fin) flags |= TcpFlags::Fin;
  // MUST-61: PSH on the last buffered data.
  if (size > 0 && offset + size == send_buffer_.size()) flags |= TcpFlags::Psh;
  Segment segment = build(flags, range.begin, why, now);
  if (size > 0) segment.payload = send_buffer_.share(offset, size);
  last_sent_at_ = now;
  if (!timers_.running(Timer::Retransmission)) timers_.start(Timer::Retransmission, later(now, rtt_.rto()));
  await_delivery(now);
  return segment;
}

std::optional<Segment> Connection::next_resend(Instant now) {
  const bool new_data = unsent() > 0 && usable_window() > 0;
  auto resend = recovery_.next(scoreboard_, congestion_room(), payload_room(), new_data);
  if (!resend) {
    if (scoreboard_.has_lost()) hold(Why::HoldCongestionWindow, now);
    return std::nullopt;
  }
  // SHLD-16, not MAY-7: where the peer has taken back some of its window, only what it has room for; something in any case.
  const SeqNum edge = tcb_.snd.una + tcb_.snd.wnd.octets;
  if (after(resend->range.end, edge) && !fin_alone_at(resend->range.begin)) {
    if (after(edge, resend->range.begin)) {
      resend->range.end = edge;
    } else if (resend->range.begin != tcb_.snd.una) {
      hold(Why::HoldPeerWindow, now);
      return std::nullopt;
    }
  }
  const Why why = fin_alone_at(resend->range.begin) ? Why::FinRetransmit : resend->why;
  Segment segment = build_data(resend->range, why, now);
  note_sent(resend->range, now, scoreboard_.on_resent(resend->range, now));
  recovery_.on_resent(*resend);
  // What the peer waits for is on its way again, so the timer counts from now, but for the impatient (RFC 6582 §4).
  const bool partial = resend->why == Why::PartialAckRetransmit && context_.tcp().impatient_newreno;
  if (resend->range.begin == tcb_.snd.una && !partial) restart_retransmission_timer(now);
  std::optional<std::uint32_t> timestamp;
  if (tcb_.ts.on) timestamp = timestamp_clock(now) + tcb_.ts.offset;
  if (flight_) flight_->alarm.on_resent(resend->range.length(), timestamp);
  ++retransmitted_;
  sent(segment, now);
  return segment;
}

/// RFC 8985 §7.3: new data if the peer's window has room for it, whatever the congestion window; else the last segment again.
std::optional<Segment> Connection::next_loss_probe(Instant now) {
  if (!std::exchange(loss_probe_due_, false) || all_acked()) return std::nullopt;
  const std::uint32_t mss = payload_room();
  const std::uint32_t size = std::min({unsent(), mss, usable_window()});
  if (size > 0) {
    Segment segment = send_new_data(size, Why::LossProbe, now);
    flight().probe.on_sent(tcb_.snd.nxt, false);
    timers_.stop(Timer::LossProbe);  // one probe at a time
    return segment;
  }
  const auto last = scoreboard_.last_unsacked(mss);
  if (!last) return std::nullopt;
  if (after(last->end, tcb_.snd.una + tcb_.snd.wnd.octets) && !fin_alone_at(last->begin)) {
    // The peer has taken back its window (SHLD-16): the timeout's resending, of what it has room for, is the probe.
    const Instant due = later(scoreboard_.transmissions().front().sent_at, rtt_.rto());
    timers_.start(Timer::Retransmission, std::max(due, now + std::chrono::milliseconds(1)));
    hold(Why::HoldPeerWindow, now);
    return std::nullopt;
  }
  Segment segment = build_data(*last, Why::LossProbe, now);
  flight().probe.on_sent(tcb_.snd.nxt, true);
  note_sent(*last, now, scoreboard_.on_probed(*last, now));
  ++retransmitted_;
  sent(segment, now);
  return segment;
}

std::optional<Segment> Connection::next_new_data(Instant now, std::uint32_t super_segment) {
  const std::uint32_t waiting = unsent();
  if (waiting == 0) return std::nullopt;
  // RFC 5681 §4.1: a window that was not probed for a timeout's time is not to be filled at once.
  if (all_acked()) congestion_control_->on_idle(now, now - last_sent_at_, rtt_.rto());

  const std::uint32_t mss = payload_room();
  const std::uint32_t usable = usable_window();
  const std::uint32_t size = std::min({waiting, mss, usable});
  if (const auto why = reason_to_wait(size, mss, waiting, usable)) {
    const bool override_needed = *why == Why::HoldPeerWindow || *why == Why::HoldSillyWindow;
    if (override_needed && all_acked() && !timers_.running(Timer::Persist) && !probe_due_) {
      constexpr Duration kOverrideMax = std::chrono::seconds(1);  // RFC 9293 §3.8.6.2.1: 0.1 to 1 s
      const Duration wait = probe_wait();
      timers_.start(Timer::Persist,
                    later(now, *why == Why::HoldSillyWindow ? std::min<Duration>(wait, kOverrideMax) : wait));
      await_delivery(now);
    }
    const bool cork_begins = *why == Why::HoldCork && all_acked() && !timers_.running(Timer::Cork);
    if (cork_begins) timers_.start(Timer::Cork, later(now, std::max(rtt_.rto(), context_.tcp().cork_max)));
    if (*why == Why::HoldCongestionWindow) flight().use.note({tcb_.snd.una, tcb_.snd.nxt}, true);
    hold(*why, now);
    return std::nullopt;
  }
  const bool beyond_window = sent_unacked() + size > congestion_window();
  const bool out_of_order = loss_detector_.duplicates() > 0 || (rack_ && scoreboard_.sacked() > 0);
  const bool limited_transmit = beyond_window && !recovery_.active() && out_of_order;
  if (limited_transmit) {
    flight().limited_transmit += size;
    return send_new_data(size, Why::LimitedTransmit, now);
  }
  const bool alone = out_of_order || recovery_.active() || size < mss;
  return send_new_data(alone ? size : std::max(size, whole_segments(super_segment)), Why::NewData, now);
}

/// How much new data a super-segment may carry, at most `limit`: as many whole segments as both windows take, so that no
/// small one leaves between others. 0 where what the header says is for one wire segment alone: SACK blocks, which would
/// count as so many duplicates, CWR, and the urgent pointer, which counts from each segment's number.
std::uint32_t Connection::whole_segments(std::uint32_t limit) const {
  const std::uint32_t mss = payload_room();
  if (mss < effective_mss() || cwr_owed_ || tcb_.snd.up) return 0;
  return std::min({limit, unsent(), usable_window(), congestion_room()}) / mss * mss;
}

Segment Connection::send_new_data(std::uint32_t size, Why why, Instant now) {
  const bool last = size == unsent();
  const std::uint32_t mss = payload_room();
  const bool small = size < mss;
  if (last && why == Why::NewData) why = Why::LastBufferedData;
  const SeqRange range{tcb_.snd.nxt, tcb_.snd.nxt + size + (last && fin_queued_ ? 1 : 0)};
  Segment segment = build_data(range, why, now);
  if (size > mss) segment.gso_size = static_cast<std::uint16_t>(mss);
  if (tcb_.ecn) {
    constexpr std::uint8_t kEct0 = 2;  // new data only: what is resent could be marked once too often (RFC 3168 §6.1.5)
    segment.tos |= kEct0;
    if (std::exchange(cwr_owed_, false)) segment.flags |= TcpFlags::Cwr;
  }
  if (last && fin_queued_) fin_sent_ = true;
  if (small) small_end_ = range.end;
  ack_policy_.on_data_sent(now, context_.tcp());
  tcb_.snd.nxt = range.end;
  note_sent(range, now, scoreboard_.on_sent(range, now));
  if (small) push_ = false;
  timers_.stop(Timer::Cork);
  probed_ = false;
  sent(segment, now);
  tell_room();
  return segment;
}

/// RFC 9293 §3.8.6.2.1 and §3.7.4, RFC 5681 §3.1: why `size` octets of the `waiting` ones must not be sent now.
std::optional<Why> Connection::reason_to_wait(std::uint32_t size, std::uint32_t mss, std::uint32_t waiting,
                                              std::uint32_t usable) const {
  if (usable == 0) return Why::HoldPeerWindow;
  if (in_flight() > 0 && congestion_room() < size) return Why::HoldCongestionWindow;
  if (size == mss) return std::nullopt;
  if (size < waiting) {
    // Cut by the peer's window: worth sending if it is at least half of the largest window seen.
    const bool worth = push_ || size >= tcb_.snd.max_wnd.octets / 2;
    return worth ? std::nullopt : std::optional(Why::HoldSillyWindow);
  }
  if (push_ || fin_queued_ || tcb_.snd.up) return std::nullopt;
  if (corked()) return Why::HoldCork;
  // Nagle's algorithm, with Minshall's condition: one small segment at a time may be unacknowledged.
  const bool small_outstanding = after(small_end_, tcb_.snd.una) && at_or_before(small_end_, tcb_.snd.nxt);
  if (!options().no_delay && small_outstanding) return Why::HoldNagle;
  return std::nullopt;
}

}  // namespace tunic::tcp
