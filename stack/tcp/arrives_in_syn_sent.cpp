// What answers our SYN: a SYN-ACK, a SYN that crosses it, a reset, or something else. RFC 9293 §3.10.7.3, RFC 5961 §3.2,
// RFC 7413 §4.2.2.
#include "tcp/connection.hpp"

namespace tunic::tcp {

void Connection::arrives_in_syn_sent(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const Instant now = arrival.now;
  if (is_dropped_syn_fin(arrival)) return;
  // First, check the ACK bit.
  const bool acks_our_syn = segment.flags.ack() && in_window(segment.ack, tcb_.snd.iss + 1, syn_data_ + 1);
  if (segment.flags.ack() && !acks_our_syn) {
    drop(arrival, segment.flags.rst() ? Why::DropRstInSynSent : Why::DropAckUnsent);
    if (!segment.flags.rst()) owe_reset(segment.ack, Why::ResetBadAckInHandshake);
    // The peer has an old connection of ours in mind: with that reset, the next SYN is good (RFC 9293 §3.5, figure 9).
    const Duration again = context_.tcp().syn_again_after_bad_ack;
    if (again > Duration::zero() && timeouts_in_row_ == 0) timers_.start(Timer::Retransmission, later(now, again));
    return;
  }
  // Second, check the RST bit: one that acknowledges our SYN is believed (RFC 5961 §3.2).
  if (segment.flags.rst()) {
    if (!acks_our_syn) return drop(arrival, Why::DropRstInSynSent);
    report_arrival(EventKind::Recv, Why::SegmentRst, arrival);
    return fail(Error::ConnectionRefused, Why::ConnectionRefused, now);
  }
  // Fourth, check the SYN bit. (Third, security, is not ours.) Fifth: neither SYN nor RST means nothing.
  if (!segment.flags.syn()) return drop(arrival, Why::DropNeitherSynNorRst);
  tcb_.rcv.irs = segment.seq;
  tcb_.rcv.nxt = segment.seq + 1;
  report_arrival(EventKind::Recv, acks_our_syn ? Why::SegmentSynAck : Why::SegmentSyn, arrival);
  tcb_.ts.last_ack_sent = tcb_.rcv.nxt;
  tcb_.snd.wnd = Window{segment.wnd.value};  // never scaled in a SYN
  tcb_.snd.max_wnd = tcb_.snd.wnd;
  tcb_.snd.wl1 = segment.seq;
  tcb_.snd.wl2 = segment.ack;
  Agreement agreed = agree(context_.tcp(), arrival.options, context_.own_mss(options()), options().no_options);
  if (plain_syn()) agreed.window_scaling = agreed.sack = agreed.timestamps = false;
  // RFC 3168 §6.1.1: the answer to our asking has ECE alone; one that has CWR too only reflects our flags.
  const bool ecn_granted = ecn_requested_ && segment.flags.has(TcpFlags::Ece) && !segment.flags.has(TcpFlags::Cwr);
  agreed.ecn = acks_our_syn ? ecn_granted : accepts_ecn(context_.tcp(), segment.flags);
  take_agreement(agreed, now);
  if (!acks_our_syn) {
    // A simultaneous open. Data in this SYN is left for the peer to send again.
    syn_due_ = true;
    syn_why_ = Why::SimultaneousOpenReply;
    return enter(TcpState::SynReceived, Why::SynCrossed, now);
  }
  if (!syn_resent_) rtt_.sample(now - last_sent_at_, context_.tcp());
  establish(Why::OpenAcknowledged, now);
  take_fast_open_answer(arrival);
  ack_policy_.owe(Why::HandshakeAck);
  arrival.segment.seq += 1;  // past the SYN: what follows is text
  arrival.segment.flags = arrival.segment.flags.without(TcpFlags::Syn);
  take_text(arrival);
}

/// RFC 7413 §4.2.2: what the server took of the data in our SYN is done with, the rest is new data; and the cookie, or that
/// there was none, is remembered. An answer to a SYN that was repeated says nothing about the option: only the first had it.
void Connection::take_fast_open_answer(const Arrival& arrival) {
  const std::uint32_t taken = SeqRange{tcb_.snd.una, arrival.segment.ack}.length();
  send_buffer_.consume(taken);
  bytes_out_ += taken;
  tcb_.snd.una = tcb_.snd.nxt = arrival.segment.ack;
  if (!fast_open_asked_) return;
  const TcpConfig& config = context_.tcp();
  const auto cookie = arrival.options.fast_open.value_or(std::span<const std::byte>());
  if (FastOpenCache::is_cookie(cookie))
    return context_.fast_open.learn(remote_.address, {cookie, arrival.options.fast_open_experimental, tcb_.snd.mss});
  if (taken > 0) return;  // our cookie was good, and stays so
  const bool says_nothing = syn_resent_ || syn_data_ > 0;
  if (config.fast_open_off == Duration::zero() && says_nothing) return;
  context_.fast_open.refused(remote_.address, tcb_.snd.mss, later(arrival.now, config.fast_open_off),
                             config.fast_open_experimental);
}

}  // namespace tunic::tcp
