#include "tests/unit/arrival/model.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tunic::arrival {

namespace {

/// How far `to` lies ahead of `from`; negative: behind.
std::int32_t distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

bool has(const Arriving& segment, std::uint16_t flag) {
  return (segment.flags & flag) != 0;
}

std::uint32_t length(const Arriving& segment) {
  return segment.text + (has(segment, kSyn) ? 1 : 0) + (has(segment, kFin) ? 1 : 0);
}

Outcome nothing(TcpState state) {
  return {.state = state};
}
/// "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"
Outcome acknowledgment(const Block& block, TcpState state) {
  return {kAck, block.snd_nxt, block.rcv_nxt, state};
}
/// "<SEQ=SEG.ACK><CTL=RST>"
Outcome reset(const Arriving& segment, TcpState state) {
  return {.flags = kRst, .seq = segment.ack, .state = state};
}
/// "<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>", to a SYN with this number.
Outcome syn_ack(const Block& block, std::uint32_t irs) {
  return {kSyn | kAck, block.iss, irs + 1, TcpState::SynReceived};
}

// §3.10.7.1
Outcome in_closed(const Arriving& segment) {
  if (has(segment, kRst)) return nothing(TcpState::Closed);
  if (has(segment, kAck)) return reset(segment, TcpState::Closed);
  return {kRst | kAck, 0, segment.seq + length(segment), TcpState::Closed};
}

// §3.10.7.2. SYN and FIN together open nothing: "any other control or text-bearing segment ... must be discarded".
Outcome in_listen(const Block& block, const Arriving& segment) {
  if (has(segment, kRst)) return nothing(TcpState::Listen);
  if (has(segment, kAck)) return reset(segment, TcpState::Listen);
  if (!has(segment, kSyn) || has(segment, kFin)) return nothing(TcpState::Listen);
  return syn_ack(block, segment.seq);
}

/// Sixth to eighth: the text and the FIN, in a state that follows on what the ACK field did.
Outcome text_and_fin(Block block, const Arriving& segment) {
  using enum TcpState;
  const bool receives = block.state == Established || block.state == FinWait1 || block.state == FinWait2;
  const bool fin = has(segment, kFin);
  // "This should not occur since a FIN has been received from the remote side. Ignore the segment text."
  if (!receives || (segment.text == 0 && !fin)) return nothing(block.state);
  if (distance(block.rcv_nxt, segment.seq) > 0) return acknowledgment(block, block.state);  // SHLD-31: it is held
  const std::uint32_t edge = block.rcv_nxt + block.rcv_wnd;
  const std::uint32_t text_end = segment.seq + segment.text;
  const bool fits = distance(text_end, edge) >= 0;
  if (segment.text > 0) block.rcv_nxt = fits ? text_end : edge;
  if (!fin || !fits) return acknowledgment(block, block.state);
  ++block.rcv_nxt;
  const bool half_closed = block.state == FinWait2;
  const bool still_open = block.state == Established;
  return acknowledgment(block, still_open ? CloseWait : half_closed ? TimeWait : Closing);
}

// §3.10.7.3
Outcome in_syn_sent(Block block, const Arriving& segment) {
  const bool acks = has(segment, kAck);
  if (acks && (distance(block.iss, segment.ack) <= 0 || distance(block.snd_nxt, segment.ack) > 0)) {
    return has(segment, kRst) ? nothing(TcpState::SynSent) : reset(segment, TcpState::SynSent);
  }
  if (has(segment, kRst)) return nothing(acks ? TcpState::Closed : TcpState::SynSent);
  if (!has(segment, kSyn)) return nothing(TcpState::SynSent);
  // Of crossed SYNs text and FIN may be left to the peer, who will send them again.
  if (!acks) return syn_ack(block, segment.seq);
  block.rcv_nxt = segment.seq + 1;
  block.state = TcpState::Established;
  Arriving rest = segment;
  rest.seq = block.rcv_nxt;
  const Outcome outcome = text_and_fin(block, rest);
  return outcome.flags == 0 ? acknowledgment(block, outcome.state) : outcome;
}

/// First: the four cases of the table, and this stack's two words beyond it (ARCHITECTURE.md): of a connection the right edge
/// itself is a place to acknowledge from; a RST counts by its place alone, whatever text it has (SHLD-2, RFC 5961 §3.2).
bool acceptable(const Block& block, const Arriving& segment) {
  const auto inside = [&](std::uint32_t number) { return number - block.rcv_nxt < block.rcv_wnd; };
  const bool record = (block.state == TcpState::SynReceived && !block.active) || block.state == TcpState::TimeWait;
  if (has(segment, kRst)) return inside(segment.seq);
  if (length(segment) == 0) {
    return inside(segment.seq) || (!record && segment.seq == block.rcv_nxt + block.rcv_wnd);
  }
  return inside(segment.seq) || inside(segment.seq + length(segment) - 1);
}

/// "The only thing that can arrive in this state is a retransmission of the remote FIN." RSTs are ignored (RFC 1337), a SYN may
/// reopen (MAY-2), everything that is not in step is acknowledged.
Outcome in_time_wait(const Block& block, const Arriving& segment) {
  using enum TcpState;
  if (has(segment, kRst)) return nothing(TimeWait);
  if (has(segment, kSyn) && !has(segment, kAck)) {
    if (has(segment, kFin)) return nothing(TimeWait);
    const bool is_new = distance(block.rcv_nxt, segment.seq) > 0;
    return is_new ? syn_ack(block, segment.seq) : acknowledgment(block, TimeWait);  // RFC 5961 §4.2
  }
  if (!acceptable(block, segment)) return acknowledgment(block, TimeWait);
  if (!has(segment, kAck)) return nothing(TimeWait);
  const bool in_step =
      length(segment) == 0 && segment.seq == block.rcv_nxt && distance(block.snd_nxt, segment.ack) <= 0;
  return in_step ? nothing(TimeWait) : acknowledgment(block, TimeWait);
}

/// §3.10.7.4, fifth: what the ACK field is worth. True: processing goes on, in the state that `block` then has.
bool check_ack(Block& block, const Arriving& segment, Outcome& outcome) {
  using enum TcpState;
  const std::int32_t ahead = distance(block.snd_nxt, segment.ack);
  if (block.state == SynReceived) {
    // "If SND.UNA < SEG.ACK =< SND.NXT"
    if (distance(block.snd_una, segment.ack) > 0 && ahead <= 0) {
      block.state = Established;
      return true;
    }
    outcome = reset(segment, SynReceived);
    return false;
  }
  // RFC 5961 §5.2 (MAY-12); what lies before our first octet was never sent, however large the window.
  const std::uint32_t sent = block.snd_una - (block.iss + 1);
  const std::uint32_t credible = std::min(block.max_snd_wnd, sent);
  if (ahead > 0 || distance(segment.ack, block.snd_una) > static_cast<std::int32_t>(credible)) {
    outcome = acknowledgment(block, block.state);
    return false;
  }
  const bool all_acked = ahead == 0;
  if (all_acked && block.state == FinWait1) block.state = FinWait2;
  if (all_acked && block.state == Closing) block.state = TimeWait;
  if (all_acked && block.state == LastAck) block.state = Closed;
  return true;
}

// §3.10.7.4
Outcome in_other_states(Block block, Arriving segment) {
  using enum TcpState;
  if (block.state == SynReceived && has(segment, kSyn) && !has(segment, kRst) && segment.seq == block.irs) {
    // The peer's SYN a second time; when SYNs have crossed, it may bring the ACK (figure 7).
    if (!has(segment, kAck)) return syn_ack(block, block.irs);
    if (block.active) {
      segment.flags &= static_cast<std::uint16_t>(~kSyn);
      ++segment.seq;
    }
  }
  // First, check the sequence number. RFC 5961 §4.2: a SYN is challenged "irrespective of the sequence number".
  if (!acceptable(block, segment)) {
    return has(segment, kRst) ? nothing(block.state) : acknowledgment(block, block.state);
  }
  // Second, RFC 5961 §3.2: only the exact number resets.
  if (has(segment, kRst)) {
    return segment.seq == block.rcv_nxt ? nothing(Closed) : acknowledgment(block, block.state);
  }
  if (has(segment, kSyn)) return acknowledgment(block, block.state);
  if (!has(segment, kAck)) return nothing(block.state);
  Outcome outcome;
  if (!check_ack(block, segment, outcome)) return outcome;
  return text_and_fin(block, segment);
}

}  // namespace

Outcome expected(const Block& block, const Arriving& segment) {
  switch (block.state) {
    case TcpState::Closed:
      return in_closed(segment);
    case TcpState::Listen:
      return in_listen(block, segment);
    case TcpState::SynSent:
      return in_syn_sent(block, segment);
    case TcpState::TimeWait:
      return in_time_wait(block, segment);
    default:
      return in_other_states(block, segment);
  }
}

std::string to_string(const Outcome& outcome) {
  const auto state = tunic::to_string(outcome.state);
  if (outcome.flags == 0) return fmt::format("no answer, {}", state);
  const auto letter = [&](std::uint16_t flag, std::string_view name) {
    return (outcome.flags & flag) != 0 ? name : std::string_view();
  };
  return fmt::format("{}{}{} <SEQ={}><ACK={}>, {}", letter(kSyn, "SYN "), letter(kRst, "RST "), letter(kAck, "ACK"),
                     outcome.seq, outcome.ack, state);
}

}  // namespace tunic::arrival
