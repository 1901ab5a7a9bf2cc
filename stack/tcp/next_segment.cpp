// The door out: the order in which segments of a connection are born, RST, SYN, lost data, new data, FIN, probe, pure ACK, and
// what all of them have in common. RFC 9293 §3.8.6. SYNs are in next_syn.cpp, data in next_data.cpp.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/isn.hpp"

namespace tunic::tcp {

std::optional<Segment> Connection::next_segment(Instant now, std::uint32_t super_segment) {
  if (reply_count_ > 0) {
    const Reply reply = replies_[0];
    replies_[0] = replies_[1];
    --reply_count_;
    return answering_reset(reply, now);
  }
  if (reset_due_) {
    reset_due_ = false;
    return active_reset(now);
  }
  if (state_ == TcpState::Closed || state_ == TcpState::TimeWait) return std::nullopt;
  if (auto segment = next_syn(now)) return segment;
  if (congestion_control_) {
    if (auto segment = next_resend(now)) return segment;
    if (auto segment = next_loss_probe(now)) return segment;
    if (auto segment = next_new_data(now, super_segment)) return segment;
    if (try_in_place_of_resending()) {
      if (auto segment = next_resend(now)) return segment;
    }
    if (auto segment = next_fin(now)) return segment;
    if (auto segment = next_probe(now)) return segment;
    if (auto segment = next_keep_alive(now)) return segment;
  }
  auto segment = next_ack(now);
  if (!segment) check_invariants();
  return segment;
}

// ---- What all segments have in common ----

std::uint32_t Connection::effective_mss() const {
  // RFC 6691: the MSS does not count options; those that every segment carries come off here.
  constexpr std::uint32_t kTimestampsSize = 12;
  return std::min(tcb_.snd.mss, path_mss_) - (tcb_.ts.on ? kTimestampsSize : 0);
}

/// What the next segment can carry: SACK blocks need their place in it too (MUST-16, RFC 2525 §2.18).
std::uint32_t Connection::payload_room() const {
  const std::uint32_t fitting = tcb_.ts.on ? 3 : 4;
  const std::uint32_t known = static_cast<std::uint32_t>(reassembler_.ranges()) + (fin_at_ ? 1 : 0) + (dsack_ ? 1 : 0);
  const std::uint32_t blocks = tcb_.sack ? std::min(known, fitting) : 0;
  return effective_mss() - (blocks > 0 ? 4 + 8 * blocks : 0);
}

wire::Timestamps Connection::timestamps(Instant now) const {
  return {.value = timestamp_clock(now) + tcb_.ts.offset, .echo_reply = tcb_.ts.recent};
}

wire::OptionBytes Connection::current_options(Instant now) {
  std::optional<wire::Timestamps> timestamps;
  if (tcb_.ts.on) timestamps = this->timestamps(now);
  std::array<SeqRange, 4> blocks{};
  std::size_t count = 0;
  if (tcb_.sack && dsack_) blocks[count++] = *dsack_;  // RFC 2883 §4: the duplicate comes first
  if (tcb_.sack) count += held_blocks(std::span(blocks).subspan(count));
  dsack_.reset();
  return encode_options(timestamps, std::span(blocks).first(count));
}

/// What is held beyond a hole, and the FIN beyond one, which takes a number like an octet.
std::size_t Connection::held_blocks(std::span<SeqRange> out) const {
  std::size_t count = reassembler_.sack_blocks(out);
  if (!fin_at_) return count;
  const auto told = out.first(count);
  if (const auto last = std::ranges::find(told, *fin_at_, &SeqRange::end); last != told.end()) {
    last->end += 1;
    return count;
  }
  if (out.empty()) return count;
  // Alone it is a block of its own: the first one, if it was the last to come (RFC 2018 §4).
  count = std::min(count + 1, out.size());
  const auto place = fin_came_last_ ? out.begin() : out.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::copy_backward(place, out.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                     out.begin() + static_cast<std::ptrdiff_t>(count));
  *place = {*fin_at_, *fin_at_ + 1};
  return count;
}

/// The window that may be told: its right edge never moves left (SHLD-14), and to the right only by an amount that is
/// worth a segment (MUST-39).
Window Connection::window_worth_announcing() const {
  const std::uint32_t room = std::min(receive_room(), scaled(RawWindow{65535}, tcb_.rcv.shift).octets);
  const std::uint32_t old = tcb_.rcv.wnd.octets;
  if (room <= old) return Window{old};
  const bool freely =
      context_.tcp().announce_all_room && room >= std::min<std::uint32_t>(receive_capacity_ / 4, tcb_.rcv.mss);
  const std::uint32_t worth = freely ? 1 : std::min<std::uint32_t>(receive_capacity_ / 2, tcb_.rcv.mss);
  return Window{room - old < worth ? old : room};
}

RawWindow Connection::window_field() const {
  RawWindow field = raw(window_worth_announcing(), tcb_.rcv.shift);
  // Rounding down would take back up to one unit of what was offered: round up instead.
  if (scaled(field, tcb_.rcv.shift) < tcb_.rcv.wnd && field.value < 65535) ++field.value;
  return field;
}

RawWindow Connection::announce_window() {
  const RawWindow field = window_field();
  tcb_.rcv.wnd = scaled(field, tcb_.rcv.shift);
  return field;
}

Segment Connection::blank(Why why) const {
  Segment segment;
  segment.source = local_;
  segment.destination = remote_;
  segment.tos = options().tos;
  segment.ttl = options().ttl;
  segment.why = why;
  return segment;
}

Segment Connection::build(TcpFlags flags, SeqNum seq, Why why, Instant now) {
  Segment segment = blank(why);
  segment.seq = seq;
  segment.ack = tcb_.rcv.nxt;
  segment.flags = flags | TcpFlags::Ack;
  if (ece_owed_) segment.flags |= TcpFlags::Ece;
  segment.wnd = announce_window();
  segment.options = current_options(now);
  point_to_urgent(segment);
  tcb_.ts.last_ack_sent = tcb_.rcv.nxt;
  ack_policy_.on_sent();
  if (!ack_policy_.pending()) timers_.stop(Timer::DelayedAck);
  return segment;
}

void Connection::sent(const Segment& segment, Instant now) {
  segments_out_ += segment.wire_segments();
  last_hold_.reset();
  context_.log.count_sent(segment.why);
  report(EventKind::Send, segment.why, now, &segment);
}

/// Something waits: told once, until something is sent.
void Connection::hold(Why why, Instant now) {
  if (!context_.log.observed() || last_hold_ == why) return;
  last_hold_ = why;
  report(EventKind::Hold, why, now, nullptr);
}

/// RFC 9293 §3.8.5: every segment before the end of urgent data points there, or as far as the field goes (MUST-31).
void Connection::point_to_urgent(Segment& segment) const {
  if (!tcb_.snd.up || !before(segment.seq, *tcb_.snd.up)) return;
  segment.flags |= TcpFlags::Urg;
  segment.up = static_cast<std::uint16_t>(std::min(SeqRange{segment.seq, *tcb_.snd.up}.length(), 0xffffU));
}

// ---- RST ----

/// "<SEQ=SEG.ACK><CTL=RST>"
Segment Connection::answering_reset(const Reply& reply, Instant now) {
  Segment segment = blank(reply.why);
  segment.seq = reply.seq;
  segment.flags = TcpFlags::Rst;
  sent(segment, now);
  return segment;
}

/// Of our own accord, not in answer to a segment.
Segment Connection::active_reset(Instant now) {
  Segment segment = blank(reset_why_);
  segment.seq = tcb_.snd.nxt;
  segment.flags = TcpFlags::Rst | TcpFlags::Ack;
  segment.ack = tcb_.rcv.nxt;
  if (context_.tcp().window_in_reset) segment.wnd = window_field();
  // RFC 7323 §3.2: "<RST> segments SHOULD contain a TSopt if it was negotiated".
  if (context_.tcp().timestamps_in_reset && tcb_.ts.on) segment.options = encode_options(timestamps(now), {});
  sent(segment, now);
  return segment;
}

// ---- FIN, probe, ACK ----

/// A FIN alone: it needs neither the peer's window nor the congestion window.
std::optional<Segment> Connection::next_fin(Instant now) {
  if (!fin_queued_ || fin_sent_ || unsent() > 0) return std::nullopt;
  const SeqRange range{tcb_.snd.nxt, tcb_.snd.nxt + 1};
  Segment segment = build_data(range, Why::FinSent, now);
  fin_sent_ = true;
  tcb_.snd.nxt = range.end;
  note_sent(range, now, scoreboard_.on_sent(range, now));
  sent(segment, now);
  return segment;
}

/// One octet beyond the closed window. It does not count as sent until the peer takes it: SND.NXT stays.
std::optional<Segment> Connection::next_probe(Instant now) {
  if (!probe_due_) return std::nullopt;
  probe_due_ = false;
  if (unsent() == 0 || !all_acked()) return std::nullopt;
  const bool with_data = !context_.tcp().probe_without_data;
  Segment segment = build({}, with_data ? tcb_.snd.nxt : tcb_.snd.nxt - 1, Why::WindowProbe, now);
  if (with_data) segment.payload = send_buffer_.share(0, 1);
  probed_ = with_data;
  probe_unanswered_ = true;
  sent(segment, now);
  return segment;
}

/// SHLD-12: without data, so that a peer has nothing to take and answers with its numbers (§3.10.7.4, first).
std::optional<Segment> Connection::next_keep_alive(Instant now) {
  if (!std::exchange(keep_alive_due_, false)) return std::nullopt;
  if (unsent() > 0 || !all_acked()) return std::nullopt;
  Segment segment = build({}, tcb_.snd.nxt - 1, Why::KeepAliveProbe, now);
  sent(segment, now);
  return segment;
}

std::optional<Segment> Connection::next_ack(Instant now) {
  const auto why = ack_policy_.due();
  if (!why) {
    if (ack_policy_.pending()) hold(Why::HoldDelayedAck, now);
    return std::nullopt;
  }
  const bool challenge = *why == Why::ChallengeAckRst || *why == Why::ChallengeAckSyn || *why == Why::ChallengeAckData;
  const bool repeat_fin = context_.tcp().ack_repeats_fin && fin_sent() && !all_acked() && !challenge;
  Segment segment =
      repeat_fin ? build_data({fin_seq(), fin_seq() + 1}, Why::AckRepeatsFin, now) : build({}, tcb_.snd.nxt, *why, now);
  if (repeat_fin) {
    const SeqRange fin{fin_seq(), fin_seq() + 1};
    note_sent(fin, now, scoreboard_.on_resent(fin, now));
  }
  sent(segment, now);
  return segment;
}

}  // namespace tunic::tcp
