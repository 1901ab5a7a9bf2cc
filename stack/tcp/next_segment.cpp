// The door out: the only place where a segment of a connection is born. The order is fixed: RST, SYN, lost data, new data,
// FIN, probe, pure ACK. RFC 9293 §3.8.6, RFC 5681, RFC 6675 §5.
#include <algorithm>

#include "base/assert.hpp"
#include "tcp/connection.hpp"
#include "tcp/isn.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

std::optional<Segment> Connection::next_segment(Instant now, std::uint32_t super_segment) {
  if (reply_count_ > 0) {
    const Reply reply = replies_[0];
    replies_[0] = replies_[1];
    --reply_count_;
    return reset(TcpFlags::Rst, reply.seq, reply.why, now);  // "<SEQ=SEG.ACK><CTL=RST>"
  }
  if (reset_due_) {
    reset_due_ = false;
    return reset(TcpFlags::Rst | TcpFlags::Ack, tcb_.snd.nxt, reset_why_, now);
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

wire::OptionBytes Connection::current_options(Instant now) {
  std::optional<wire::Timestamps> timestamps;
  if (tcb_.ts.on) {
    timestamps = wire::Timestamps{.value = timestamp_clock(now) + tcb_.ts.offset, .echo_reply = tcb_.ts.recent};
  }
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

RawWindow Connection::announce_window() {
  const Window window = window_worth_announcing();
  RawWindow field = raw(window, tcb_.rcv.shift);
  // Rounding down would take back up to one unit of what was offered: round up instead.
  if (scaled(field, tcb_.rcv.shift) < tcb_.rcv.wnd && field.value < 65535) ++field.value;
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

Segment Connection::reset(TcpFlags flags, SeqNum seq, Why why, Instant now) {
  Segment segment = blank(why);
  segment.seq = seq;
  segment.flags = flags;
  if (flags.ack()) segment.ack = tcb_.rcv.nxt;
  sent(segment, now);
  return segment;
}

// ---- SYN, SYN-ACK of a simultaneous open ----

std::optional<Segment> Connection::next_syn(Instant now) {
  if (!syn_due_) return std::nullopt;
  if (syn_waits_) {
    hold(Why::HoldFirstData, now);
    return std::nullopt;
  }
  syn_due_ = false;
  const TcpConfig& config = context_.tcp();
  const bool answer = state_ == TcpState::SynReceived;
  Segment segment = blank(syn_why_);
  segment.seq = tcb_.snd.iss;
  segment.flags = TcpFlags::Syn;
  segment.wnd = RawWindow{static_cast<std::uint16_t>(std::min<std::uint32_t>(receive_room(), 65535))};
  const bool plain = plain_syn();
  SynOffer offer{.mss = context_.own_mss(options()),
                 .window_scale = {},
                 .sack_permitted = config.sack && !plain,
                 .timestamps = {}};
  if (config.window_scaling && !plain) offer.window_scale = tcb_.rcv.shift;
  if (config.timestamps && !plain) offer.timestamps = wire::Timestamps{timestamp_clock(now) + tcb_.ts.offset, 0};
  if (answer) {
    segment.flags |= TcpFlags::Ack;
    if (tcb_.ecn) segment.flags |= TcpFlags::Ece;
    segment.ack = tcb_.rcv.nxt;
    // RFC 7323 §2.2 and §3.2, RFC 2018 §2: only what the peer's SYN offered.
    if (!peer_scales_) offer.window_scale.reset();
    offer.sack_permitted = tcb_.sack;
    if (!config.answers_with_own_offer) offer.timestamps.reset();
    if (tcb_.ts.on) offer.timestamps = wire::Timestamps{timestamp_clock(now) + tcb_.ts.offset, tcb_.ts.recent};
    if (early_) tcb_.rcv.wnd = std::max(tcb_.rcv.wnd, Window{segment.wnd.value});
    if (grant_) {
      offer.fast_open = grant_->cookie;
      offer.fast_open_experimental = grant_->experimental;
    }
    ack_policy_.on_sent();
  }
  // A network that drops such SYNs must not keep us from connecting (RFC 3168 §6.1.1.1).
  ecn_requested_ = !answer && config.ecn == Ecn::Request && timeouts_in_row_ <= config.ecn_syn_retransmits;
  if (ecn_requested_) segment.flags |= TcpFlags::Ece | TcpFlags::Cwr;
  if (!answer && !options().no_options && options().fast_open && config.fast_open_client && timeouts_in_row_ == 0)
    ride_in_syn(segment, offer, now);
  if (!options().no_options) segment.options = encode_syn_options(offer, config.syn_option_layout);
  grant_.reset();  // once is enough
  if (!early_) tcb_.snd.nxt = tcb_.snd.iss + 1;
  last_sent_at_ = now;
  if (!timers_.running(Timer::Retransmission)) {
    timers_.start(Timer::Retransmission, std::min(later(now, rtt_.rto()), open_deadline()));
  }
  await_delivery(now);
  sent(segment, now);
  return segment;
}

/// RFC 7413 §4.2.2: the SYN asks for a cookie, or shows the one we have and carries the first data. A repeated SYN does
/// neither (§4.1.3.1: the option may be what the network drops).
void Connection::ride_in_syn(Segment& segment, SynOffer& offer, Instant now) {
  static constexpr FastOpenCache::Entry kUnknown;
  const FastOpenCache::Entry* found = context_.fast_open.find(remote_.address);
  const FastOpenCache::Entry& server = found == nullptr ? kUnknown : *found;
  const bool may_carry = syn_may_carry_data();
  if (!may_carry && server.off(now)) return;
  if (!sends_without_cookie()) {
    fast_open_asked_ = true;
    offer.fast_open = server.cookie();
    offer.fast_open_experimental = server.experimental;
  }
  if (!may_carry) return;
  const std::size_t room = std::min(server.mss, context_.mtu_mss()) - wire::kTcpMaxOptionsSize;
  segment.payload = send_buffer_.share(0, std::min(send_buffer_.size(), room));
  syn_data_ = static_cast<std::uint32_t>(segment.payload.size());
  if (syn_data_ > 0) segment.why = Why::FastOpenData;
}

// ---- Data ----

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
  const std::optional timestamp(timestamp_clock(now) + tcb_.ts.offset);
  if (flight_) flight_->alarm.on_resent(resend->range.length(), tcb_.ts.on ? timestamp : std::nullopt);
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
      const Duration longest = *why == Why::HoldSillyWindow ? kOverrideMax : context_.tcp().persist_max;
      const Duration interval = std::min<Duration>(rtt_.rto() * (std::int64_t{1} << persist_backoff_), longest);
      timers_.start(Timer::Persist, later(now, interval));
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
