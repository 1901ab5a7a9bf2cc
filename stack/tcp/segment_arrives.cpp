// RFC 9293 §3.10.7: a segment arrives. The steps stand in the RFC's order, each a function; one that ends the processing
// returns false. RFC 5961's and RFC 7323's checks stand where those RFCs put them.
#include "tcp/connection.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::on_segment(Segment&& segment, Instant now) {
  Arrival arrival{std::move(segment), {}, now};
  arrival.options = wire::parse_tcp_options(arrival.segment.options.bytes());
  segments_in_ += arrival.segment.wire_segments();
  if (arrival.segment.payload.size() <= kSmall && fruitless_ < kFruitless) ++fruitless_;
  switch (state_) {
    case TcpState::Closed:
      drop(arrival, Why::DropNoConnection);
      break;
    case TcpState::SynSent:
      arrives_in_syn_sent(arrival);
      break;
    default:
      arrives_otherwise(arrival);
      break;
  }
  check_invariants();
}

// ---- §3.10.7.4: all other states ----

void Connection::arrives_otherwise(Arrival& arrival) {
  if (is_dropped_syn_fin(arrival)) return;
  if (state_ == TcpState::SynReceived && (!check_handshake_ack(arrival) || !strip_handshake_syn(arrival))) return;
  if (!check_timestamps(arrival)) return;
  if (!check_sequence_number(arrival)) return;
  if (!check_rst(arrival)) return;
  if (!check_syn(arrival)) return;
  if (!check_ack(arrival)) return;
  if (nobody_will_read(arrival)) return;
  check_urgent(arrival);
  take_text(arrival);
}

/// SYN and FIN together belong to no connection that is meant; some hosts are set not to look at such segments.
bool Connection::is_dropped_syn_fin(const Arrival& arrival) const {
  const wire::TcpFlags flags = arrival.segment.flags;
  if (!context_.tcp().drop_syn_fin || !flags.syn() || !flags.fin()) return false;
  drop(arrival, Why::DropSynFin);
  return true;
}

/// Deviation (RFC 9293 §3.10.7.4, first: SEG.SEQ): whoever acknowledges what is not our SYN is reset, wherever its segment
/// stands. As BSD does.
bool Connection::check_handshake_ack(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const bool looked_at = context_.tcp().handshake_ack_first && !early_ && segment.flags.ack() && !segment.flags.rst();
  if (!looked_at || segment.ack == tcb_.snd.iss + 1) return true;
  drop(arrival, Why::DropAckUnsent);
  owe_reset(segment.ack, Why::ResetBadAckInHandshake);
  return false;
}

/// In a simultaneous open the peer's SYN comes a second time, with the ACK of ours: only the SYN is old.
bool Connection::strip_handshake_syn(Arrival& arrival) {
  Segment& segment = arrival.segment;
  if (!segment.flags.syn() || segment.flags.rst() || segment.seq != tcb_.rcv.irs) return true;
  if (!segment.flags.ack()) {
    report_arrival(EventKind::Recv, Why::SegmentSyn, arrival);
    syn_due_ = true;
    return false;
  }
  report_arrival(EventKind::Recv, Why::SegmentSynAck, arrival);
  arrival.reported = true;
  const bool tells = context_.tcp().handshake_ack_first || context_.tcp().answers_with_own_offer;
  if (tells) ack_policy_.owe(Why::HandshakeAck);  // RFC 9293 figure 7 does without
  if (context_.tcp().answers_with_own_offer) dsack_ = SeqRange{segment.seq, segment.seq + 1};
  segment.seq += 1;
  segment.flags = segment.flags.without(TcpFlags::Syn);
  return true;
}

/// RFC 7323 §5.3 R1, and §3.2 for a segment without the option.
bool Connection::check_timestamps(Arrival& arrival) {
  if (!tcb_.ts.on || arrival.segment.flags.rst()) return true;
  if (!arrival.options.timestamps) {
    // Taken all the same in the handshake: better than an accept queue that never fills (§3.2 says SHOULD drop).
    if (state_ == TcpState::SynReceived) return true;
    // A peer that has restarted knows of no agreement: its SYN is challenged all the same (RFC 5961 §4.2).
    if (arrival.segment.flags.syn() || context_.tcp().tolerate_missing_timestamps) return true;
    drop(arrival, Why::DropNoTimestamp);
    return false;
  }
  // §5.5: after 24 days of silence the old value means nothing.
  constexpr Duration kOutdated = std::chrono::hours(24 * 24);
  const auto age = static_cast<std::int32_t>(arrival.options.timestamps->value - tcb_.ts.recent);
  if (age >= 0 || arrival.now - tcb_.ts.recent_at > kOutdated) return true;
  drop(arrival, Why::DropPaws);
  answer_limited(Why::PawsAck, Why::HoldDuplicateAckLimit, arrival.now);
  return false;
}

/// First, check the sequence number.
bool Connection::check_sequence_number(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (acceptable(segment)) {
    // RFC 7323 §4.3 (2) and §5.3 R3.
    if (tcb_.ts.on && arrival.options.timestamps && !segment.flags.rst() &&
        at_or_before(segment.seq, tcb_.ts.last_ack_sent)) {
      tcb_.ts.recent = arrival.options.timestamps->value;
      tcb_.ts.recent_at = arrival.now;
    }
    return true;
  }
  if (segment.flags.rst()) {
    drop(arrival, Why::DropRstOutOfWindow);
    return false;
  }
  if (segment.flags.syn()) return check_syn(arrival);  // "irrespective of the sequence number" (RFC 5961 §4.2)
  drop(arrival, Why::DropUnacceptable);
  if (segment.len() > 0) {
    if (at_or_before(segment.end(), tcb_.rcv.nxt))
      dsack_ = SeqRange{segment.seq, segment.end()};  // with a FIN's number
    ack_policy_.owe(Why::AckUnacceptable);
  } else {
    answer_limited(Why::AckUnacceptable, Why::HoldDuplicateAckLimit, arrival.now);  // no loop of ACKs (B44)
  }
  // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs,
  // URGs, and RSTs": a window probe's acknowledgment counts, its text does not.
  const bool probe = acceptance_window() == 0 && segment.seq == tcb_.rcv.nxt;
  // Deviation (RFC 9293 §3.10.7.4, first: "drop the segment and return"): BSD trims an old segment to nothing, and its
  // acknowledgment counts. A peer that repeats a segment tells by it what it has received since.
  const bool old = context_.tcp().accept_old_acks && before(segment.seq, tcb_.rcv.nxt);
  if (!probe && !old) return false;
  arrival.reported = true;
  arrival.segment.payload.clear();
  arrival.segment.flags = arrival.segment.flags.without(TcpFlags::Fin);
  return true;
}

bool Connection::acceptable(const Segment& segment) const {
  const SeqNum nxt = tcb_.rcv.nxt;
  const std::uint32_t window = acceptance_window();
  const SeqNum edge = nxt + window;
  // A RST counts by its place alone, also with text (SHLD-2) and at a closed window (MUST-66).
  if (segment.flags.rst()) return segment.seq == nxt || in_window(segment.seq, nxt, window);
  // Without text: also at the right edge itself, where a peer stands that has filled our window and now only acknowledges.
  if (segment.len() == 0) return at_or_after(segment.seq, nxt) && at_or_before(segment.seq, edge);
  // A FIN alone needs no room.
  if (segment.payload.empty() && segment.flags.fin() && segment.seq == nxt) return true;
  // Some of its text is in the window, the rest is trimmed.
  return after(segment.end(), nxt) && before(segment.seq, edge);
}

/// Second, check the RST bit: RFC 5961 §3.2.
bool Connection::check_rst(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (!segment.flags.rst()) return true;
  const bool at_edge = context_.tcp().reset_at_sacked_edge && segment.seq == reassembler_.end();
  if (segment.seq != tcb_.rcv.nxt && !at_edge && !context_.tcp().insecure_rst) {
    drop(arrival, Why::DropRstNotExact);
    answer_limited(Why::ChallengeAckRst, Why::HoldChallengeLimit, arrival.now);
    return false;
  }
  report_arrival(EventKind::Recv, Why::SegmentRst, arrival);
  if (state_ == TcpState::SynReceived && !early_) {
    fail(Error::ConnectionRefused, Why::ConnectionRefused, arrival.now);
  } else {
    const bool broken_pipe = state_ == TcpState::CloseWait && context_.tcp().close_wait_reset_is_broken_pipe;
    fail(broken_pipe ? Error::BrokenPipe : Error::ConnectionReset, Why::ConnectionReset, arrival.now);
  }
  return false;
}

/// Fourth, check the SYN bit: RFC 5961 §4.2. (Third, security, is not ours.)
bool Connection::check_syn(const Arrival& arrival) {
  if (!arrival.segment.flags.syn()) return true;
  drop(arrival, Why::DropSynInConnection);
  const bool in_place = in_window(arrival.segment.seq, tcb_.rcv.nxt, acceptance_window());
  if (context_.tcp().insecure_syn && in_place) {
    reset_due_ = true;
    reset_why_ = Why::ResetOnSyn;
    fail(Error::ConnectionReset, Why::ResetOnSyn, arrival.now);
    return false;
  }
  answer_limited(Why::ChallengeAckSyn, Why::HoldChallengeLimit, arrival.now);
  return false;
}

/// RFC 9293 §3.6.1 (SHLD-3), RFC 2525 §2.17: data for an application that is gone is answered with a RST.
bool Connection::nobody_will_read(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const bool shut = context_.tcp().reset_if_shut && receive_shut_ && fin_queued_;
  const SeqNum text_end = segment.seq + static_cast<std::uint32_t>(segment.payload.size());
  const bool more = segment.len() > 0 && after(text_end, tcb_.rcv.nxt);  // a FIN beyond a hole tells of data too
  if (!(orphaned_ || shut) || !more || !may_receive(state_)) return false;
  // With the segment's own numbers, as of a connection that is no more (§3.10.7.1).
  reply_count_ = 0;
  owe_reset(segment.ack, Why::DataAfterClose);
  fail(Error::ConnectionReset, Why::DataAfterClose, arrival.now);
  return true;
}

/// Fifth, check the ACK field.
bool Connection::check_ack(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (!segment.flags.ack()) {
    if (!arrival.reported) drop(arrival, Why::DropNoAck);
    return false;
  }
  const SeqNum highest = tcb_.snd.nxt + (probed_ ? 1 : 0);
  if (state_ == TcpState::SynReceived) {
    if (!in_window(segment.ack, tcb_.snd.iss + 1, sent_after_syn() + 1)) {
      drop(arrival, Why::DropAckUnsent);
      owe_reset(segment.ack, Why::ResetBadAckInHandshake);
      return false;
    }
  } else if (after(segment.ack, highest)) {
    if (!arrival.reported) drop(arrival, Why::DropAckUnsent);
    answer_limited(Why::AckOfUnsentData, Why::HoldChallengeLimit, arrival.now);
    return false;
  } else if (before(segment.ack, oldest_credible_ack())) {
    if (!arrival.reported) drop(arrival, Why::DropAckTooOld);
    answer_limited(Why::ChallengeAckData, Why::HoldChallengeLimit, arrival.now);
    return false;
  }
  if (!arrival.reported) report_arrival(EventKind::Recv, classify(arrival), arrival);
  if (state_ == TcpState::SynReceived) {
    tcb_.snd.wl1 = segment.seq - 1;  // so that this segment's window counts
    // The SYN-ACK's time counts, unless it was repeated or data went out behind it (Karn, RFC 6298 §3).
    if (early_ && !syn_resent_ && sent_after_syn() == 0) rtt_.sample(arrival.now - last_sent_at_, context_.tcp());
    establish(Why::HandshakeComplete, arrival.now);
  }
  process_ack(arrival);
  return state_ != TcpState::Closed && state_ != TcpState::TimeWait;
}

/// RFC 5961 §5.2 (MAY-12): the peer may acknowledge again what it did a window ago, but never what was not sent: as long
/// as less than a window is acknowledged, our first octet is the limit.
SeqNum Connection::oldest_credible_ack() const {
  const std::uint32_t window = tcb_.snd.max_wnd.octets;
  if (context_.tcp().insecure_ack) return tcb_.snd.una - 0x7fffffff;
  return bytes_out_ < window ? tcb_.snd.iss + 1 : tcb_.snd.una - window;
}

/// RCV.UP, if `segment` moves it. A pointer never goes back, and one behind what has arrived says nothing (B12).
std::optional<SeqNum> Connection::urgent_news(const Segment& segment) const {
  if (!segment.flags.urg() || !may_receive(state_)) return std::nullopt;
  const SeqNum up = segment.seq + segment.up;  // MUST-62: the octet behind the urgent data
  const bool news = after(up, tcb_.rcv.nxt) && (!tcb_.rcv.up || after(up, *tcb_.rcv.up));
  return news ? std::optional(up) : std::nullopt;
}

/// Sixth, check the URG bit (MUST-32): the application is told before the data is there, whatever the window (MUST-66).
void Connection::check_urgent(const Arrival& arrival) {
  const auto up = urgent_news(arrival.segment);
  if (!up) return;
  tcb_.rcv.up = up;
  activity_ = true;
}

/// The one reason by which an observer hears of a segment that is taken.
Why Connection::classify(const Arrival& arrival) const {
  const Segment& segment = arrival.segment;
  if (state_ == TcpState::SynReceived) return Why::SegmentHandshakeAck;
  if (!segment.payload.empty()) {
    const SeqRange range{segment.seq, segment.seq + static_cast<std::uint32_t>(segment.payload.size())};
    if (at_or_before(range.end, tcb_.rcv.nxt) || reassembler_.covers(range)) return Why::SegmentDuplicate;
    return after(segment.seq, tcb_.rcv.nxt) ? Why::SegmentOutOfOrder : Why::SegmentInOrder;
  }
  if (segment.flags.fin()) return Why::SegmentFin;
  if (urgent_news(segment)) return Why::SegmentUrgent;
  if (after(segment.ack, tcb_.snd.una)) return Why::SegmentAck;
  if (before(segment.ack, tcb_.snd.una)) return Why::SegmentOldAck;
  if (scaled(segment.wnd, tcb_.snd.shift) != tcb_.snd.wnd) return Why::SegmentWindow;
  return all_acked() ? Why::SegmentOldAck : Why::SegmentDuplicateAck;
}

/// "<SEQ=SEG.ACK><CTL=RST>". What does not fit the queue is not sent: the peer will ask again.
void Connection::owe_reset(SeqNum seq, Why why) {
  if (reply_count_ < replies_.size()) replies_[reply_count_++] = {seq, why};
}

/// An ACK that a forged or a looping segment would have us send: so many a second per connection (RFC 5961 §7, B28, B44).
void Connection::answer_limited(Why why, Why limit_why, Instant now) {
  if (now - answers_since_ >= std::chrono::seconds(1)) {
    answers_since_ = now;
    answers_ = 0;
  }
  if (answers_ >= context_.tcp().challenge_acks_per_second) return hold(limit_why, now);
  ++answers_;
  ack_policy_.owe_duplicate(why);
}

}  // namespace tunic::tcp
