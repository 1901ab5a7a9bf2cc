// The text of a segment and its FIN: what is in order goes to the application, what lies beyond a hole is held.
// RFC 9293 §3.10.7.4 (seventh and eighth), RFC 5681 §4.2, RFC 2018 §4, RFC 2883.
#include <algorithm>

#include "base/assert.hpp"
#include "tcp/connection.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::take_text(Arrival& arrival) {
  if (!may_receive(state_)) return;
  if (tcb_.ecn) {
    // RFC 3168 §6.1.3: CWR ends the echo of earlier marks; a mark on data begins it.
    constexpr std::uint8_t kCongestionExperienced = 3;
    if (arrival.segment.flags.has(TcpFlags::Cwr)) ece_owed_ = false;
    if (!arrival.segment.payload.empty() && (arrival.segment.tos & 3) == kCongestionExperienced) ece_owed_ = true;
  }
  trim_to_window(arrival);
  const Segment& segment = arrival.segment;
  const bool fin_is_news = !fin_at_ || before(*fin_at_, tcb_.rcv.nxt);  // data beyond a FIN belies it
  const bool has_fin = segment.flags.fin() && fin_is_news;
  if (has_fin) fin_at_ = segment.end() - 1;
  if (segment.len() > 0) fin_came_last_ = has_fin;
  if (!segment.payload.empty()) {
    if (segment.flags.psh()) note_push(segment.seq + static_cast<std::uint32_t>(segment.payload.size()));
    if (segment.seq == tcb_.rcv.nxt) {
      take_in_order(arrival);
    } else {
      hold_out_of_order(arrival);
    }
  } else if (segment.flags.fin() && fin_at_ != tcb_.rcv.nxt) {
    ack_policy_.owe_duplicate(Why::AckOutOfOrder);
  }
  if (fin_at_ == tcb_.rcv.nxt) take_fin(arrival.now);
}

/// "Segments ... may be trimmed to the window": what was received before goes, and what lies beyond the right edge.
void Connection::trim_to_window(Arrival& arrival) {
  Segment& segment = arrival.segment;
  const SeqNum edge = tcb_.rcv.nxt + acceptance_window();
  const SeqNum text_end = segment.seq + static_cast<std::uint32_t>(segment.payload.size());
  if (after(text_end, edge)) {
    segment.payload.trim_back(std::min<std::size_t>(segment.payload.size(), SeqRange{edge, text_end}.length()));
    segment.flags = segment.flags.without(TcpFlags::Fin | TcpFlags::Psh);
  }
  if (!before(segment.seq, tcb_.rcv.nxt) || segment.payload.empty()) return;
  const auto old =
      std::min(SeqRange{segment.seq, tcb_.rcv.nxt}.length(), static_cast<std::uint32_t>(segment.payload.size()));
  dsack_ = SeqRange{segment.seq, segment.seq + old};
  segment.payload.trim_front(old);
  segment.seq += old;
}

void Connection::note_push(SeqNum end) {
  pushed_to_ = push_seen_ ? later_of(pushed_to_, end) : end;
  push_seen_ = true;
}

void Connection::advance_rcv_nxt(std::size_t octets) {
  const auto count = static_cast<std::uint32_t>(octets);
  tcb_.rcv.nxt += count;
  tcb_.rcv.wnd.octets -= std::min(count, tcb_.rcv.wnd.octets);
}

void Connection::take_in_order(Arrival& arrival) {
  Segment& segment = arrival.segment;
  const auto size = static_cast<std::uint32_t>(segment.payload.size());
  const bool super = segment.gso_size != 0;
  const std::uint32_t of_each = super ? std::min<std::uint32_t>(segment.gso_size, size) : size;
  const bool fills_gap = !reassembler_.empty();
  if (fills_gap) note_duplicate({segment.seq, segment.seq + size});
  tcb_.rcv.mss =
      std::max(tcb_.rcv.mss, static_cast<std::uint16_t>(std::min<std::uint32_t>(of_each, context_.mtu_mss())));
  const std::uint32_t segments = super ? segment.wire_segments() : std::max(size / tcb_.rcv.mss, 1u);
  Chain in_order = std::move(segment.payload);
  segment.payload.clear();
  if (fills_gap) in_order = reassembler_.fill(segment.seq, in_order, context_.pool);
  advance_rcv_nxt(in_order.size());
  bytes_in_ += in_order.size();
  fruitless_ -= static_cast<std::uint8_t>(std::min<std::size_t>(fruitless_, 1 + in_order.size() / kSmall));
  receive_buffer_.push(std::move(in_order), context_.pool);
  ack_policy_.on_advance();
  activity_ = true;
  if (fills_gap) return ack_policy_.owe(Why::AckFillsGap);
  const bool may_wait = ack_policy_.on_in_order(segments, segment.flags.psh(), arrival.now, context_.tcp());
  if (dsack_) return ack_policy_.owe(Why::AckDuplicate);
  if (may_wait && !timers_.running(Timer::DelayedAck)) {
    timers_.start(Timer::DelayedAck, later(arrival.now, context_.tcp().delayed_ack));
  }
}

void Connection::hold_out_of_order(Arrival& arrival) {
  Segment& segment = arrival.segment;
  const SeqRange range{segment.seq, segment.seq + static_cast<std::uint32_t>(segment.payload.size())};
  ack_policy_.owe_duplicate(Why::AckOutOfOrder, segment.wire_segments());
  if (context_.memory_is_tight()) {
    drop(arrival, Why::DropNoMemory);
    return segment.payload.clear();
  }
  note_duplicate(range);
  // Full segments in their blocks pin up to twice their size (append_compact): a peer that keeps to the window it was
  // offered must not see data given up that it was told is here (RFC 2018 §8).
  const Reassembler::Limits limits{context_.tcp().max_out_of_order_ranges, 2 * std::size_t{receive_capacity_}};
  if (!reassembler_.insert(segment.seq, segment.payload, limits, context_.pool)) drop(arrival, Why::DropReassemblyFull);
  segment.payload.clear();
}

/// RFC 2883 §4: of a segment that overlaps what is held, the first part that came before is reported.
void Connection::note_duplicate(SeqRange range) {
  const SeqRange again = reassembler_.held_part(range);
  if (!again.empty() && !dsack_) dsack_ = again;
}

void Connection::take_fin(Instant now) {
  fin_at_.reset();
  fin_received_ = true;
  if (tcb_.rcv.up && after(*tcb_.rcv.up, tcb_.rcv.nxt)) tcb_.rcv.up.reset();  // it pointed to what there is not
  advance_rcv_nxt(1);
  reassembler_.clear();
  ack_policy_.on_advance();
  const bool in_order = fin_came_last_ && !dsack_;
  const bool may_wait = context_.tcp().delay_fin_ack && state_ == TcpState::Established && in_order;
  if (!may_wait || !ack_policy_.on_delayable_fin()) {
    ack_policy_.owe(Why::AckFin);
  } else if (!timers_.running(Timer::DelayedAck)) {
    timers_.start(Timer::DelayedAck, later(now, context_.tcp().delayed_ack));
  }
  switch (state_) {
    case TcpState::Established:
      return enter(TcpState::CloseWait, Why::FinReceived, now);
    case TcpState::FinWait1:
      return enter(TcpState::Closing, Why::FinReceived, now);
    case TcpState::FinWait2:
      return enter(TcpState::TimeWait, Why::BothFinished, now);
    default:
      TUNIC_ASSERT(false);
  }
}

}  // namespace tunic::tcp
