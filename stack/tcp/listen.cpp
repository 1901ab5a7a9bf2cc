#include "tcp/listen.hpp"

#include <algorithm>

#include "tcp/handshake.hpp"
#include "tcp/isn.hpp"

namespace tunic::tcp {

using Do = Reaction::Do;

Reaction arrives_in_listen(const Segment& segment, const TcpConfig& config) {
  // First, check for a RST; second, for an ACK; third, for a SYN.
  const wire::TcpFlags flags = segment.flags;
  if (flags.rst()) return {Do::Drop, Why::DropRstInListen};
  if (flags.syn() && flags.fin() && config.drop_syn_fin) return {Do::Drop, Why::DropSynFin};
  if (flags.ack()) {
    // Deviation (RFC 9293 §3.10.7.2, second: "any acknowledgment is bad"): as BSD does.
    if (flags.syn() && config.listener_ignores_syn_ack) return {Do::Drop, Why::DropNotSyn};
    return {Do::Reset, Why::DropNotSyn, Why::ResetBadAckInListen};
  }
  if (!flags.syn()) return {Do::Drop, Why::DropNotSyn};
  if (flags.fin() && !config.syn_fin_opens) return {Do::Drop, Why::DropSynFin};
  return {Do::Promote, Why::SegmentSyn};
}

namespace {

/// The window that the SYN-ACK offers, and its scale.
void offer_window(SynRecord& record, const SocketOptions& socket_options, const TcpConfig& config) {
  std::uint32_t room = socket_options.receive_buffer;
  if (config.syn_window_in_segments && room > record.own_mss) room -= room % record.own_mss;
  record.rcv_wnd = std::min(room, std::uint32_t{65535});
  if (!record.agreed.window_scaling) return;
  record.rcv_shift = offered_scale(config, socket_options.receive_buffer);
}

/// What the listener's options have to say in our answers.
void take_options(SynRecord& record, const SocketOptions& socket_options, const Context& context) {
  record.own_mss = context.own_mss(socket_options);
  record.tos = socket_options.tos;
  record.ttl = socket_options.ttl;
  record.no_options = socket_options.no_options;
}

/// What a SYN cache looks at before the sequence number: it knows of no connection yet.
/// Deviation (RFC 9293 §3.10.7.4, first: SEG.SEQ): as BSD does.
std::optional<Reaction> arrives_in_syn_cache(const SynRecord& record, const Segment& segment) {
  const wire::TcpFlags flags = segment.flags;
  if (flags.rst()) return std::nullopt;
  if (flags.syn() && flags.ack()) return Reaction{Do::Drop, Why::DropNotSyn};
  if (flags.syn()) return Reaction{Do::Reply, Why::SegmentSyn, Why::SynAckRetransmit};
  if (!flags.ack()) return Reaction{Do::Drop, Why::DropNoAck};
  if (segment.ack != record.iss + 1) return Reaction{Do::Reset, Why::DropAckUnsent, Why::ResetBadAckInHandshake};
  return std::nullopt;
}

}  // namespace

SynRecord open_passively(const Segment& syn, const wire::TcpOptions& options, const Context& context,
                         const SocketOptions& socket_options, Instant now, std::optional<SeqNum> minimum_iss) {
  const TcpConfig& config = context.tcp();
  SynRecord record;
  record.local = syn.destination;
  record.remote = syn.source;
  record.iss = config.initial_sequence_number
                   ? SeqNum(*config.initial_sequence_number)
                   : initial_sequence_number(context.isn_key, record.local, record.remote, now);
  if (minimum_iss && at_or_before(record.iss, *minimum_iss)) record.iss = *minimum_iss + 65537;
  record.irs = syn.seq;
  take_options(record, socket_options, context);
  record.agreed = agree(config, options, record.own_mss, record.no_options);
  record.agreed.ecn = accepts_ecn(config, syn.flags);
  record.ts_offset = timestamp_offset(context.timestamp_key, record.local, record.remote);
  record.snd_wnd = syn.wnd;
  offer_window(record, socket_options, config);
  record.sent_at = now;
  return record;
}

void turn_into_cookie(SynRecord& record, const SynCookies& cookies, Instant now) {
  record.agreed = SynCookies::fit(record.agreed);
  if (!record.agreed.window_scaling) record.rcv_shift = WindowScale();
  record.iss = cookies.make(record.local, record.remote, record.irs, record.agreed.snd_mss, now);
}

std::optional<SynRecord> recall_cookie(const Segment& ack, const wire::TcpOptions& options, const Context& context,
                                       const SocketOptions& socket_options, Instant now) {
  SynRecord record;
  record.local = ack.destination;
  record.remote = ack.source;
  record.iss = ack.ack - 1;
  record.irs = ack.seq - 1;
  const auto mss = context.syn_cookies.check(record.local, record.remote, record.irs, record.iss, now);
  if (!mss) return std::nullopt;
  take_options(record, socket_options, context);
  record.agreed.snd_mss = std::min(*mss, record.own_mss);
  record.agreed.timestamps = context.tcp().timestamps && options.timestamps.has_value();
  if (record.agreed.timestamps) {
    SynCookies::take_options(options.timestamps->echo_reply, record.agreed);
    record.agreed.ts_recent = options.timestamps->value;
  }
  record.ts_offset = timestamp_offset(context.timestamp_key, record.local, record.remote);
  offer_window(record, socket_options, context.tcp());
  record.answered_again = true;  // when the SYN-ACK left is not known
  return record;
}

Reaction arrives_in_syn_received(const SynRecord& record, const Segment& segment, const wire::TcpOptions& options,
                                 const TcpConfig& config) {
  const SeqNum rcv_nxt = record.irs + 1;
  if (config.drop_syn_fin && segment.flags.syn() && segment.flags.fin()) return {Do::Drop, Why::DropSynFin};
  if (config.handshake_ack_first) {
    if (const auto reaction = arrives_in_syn_cache(record, segment)) return *reaction;
  }
  const bool repeated_syn =
      segment.flags.syn() && !segment.flags.ack() && !segment.flags.rst() && segment.seq == record.irs;
  if (repeated_syn) return {Do::Reply, Why::SegmentSyn, Why::SynAckRetransmit};

  if (record.agreed.timestamps && options.timestamps && !segment.flags.rst() &&
      static_cast<std::int32_t>(options.timestamps->value - record.agreed.ts_recent) < 0) {
    return {Do::Reply, Why::DropPaws, Why::PawsAck};
  }
  const bool acceptable = segment.len() == 0 ? in_window(segment.seq, rcv_nxt, std::max(record.rcv_wnd, 1u))
                                             : in_window(segment.seq, rcv_nxt, record.rcv_wnd) ||
                                                   in_window(segment.end() - 1, rcv_nxt, record.rcv_wnd);
  if (segment.flags.rst()) {  // it counts by its place alone (SHLD-2)
    if (segment.seq == rcv_nxt) return {Do::Forget, Why::SegmentRst};
    if (!in_window(segment.seq, rcv_nxt, record.rcv_wnd)) return {Do::Drop, Why::DropRstOutOfWindow};
    if (config.insecure_rst) return {Do::Forget, Why::SegmentRst};
    return {Do::Reply, Why::DropRstNotExact, Why::ChallengeAckRst};
  }
  if (!acceptable) return {Do::Reply, Why::DropUnacceptable, Why::AckUnacceptable};
  // Deviation (RFC 9293 §3.10.7.4, fourth: back to LISTEN): a forged SYN must not take the handshake back.
  if (segment.flags.syn()) return {Do::Reply, Why::DropSynInConnection, Why::ChallengeAckSyn};
  if (!segment.flags.ack()) return {Do::Drop, Why::DropNoAck};
  if (segment.ack != record.iss + 1) return {Do::Reset, Why::DropAckUnsent, Why::ResetBadAckInHandshake};
  return {Do::Promote, Why::SegmentHandshakeAck};
}

}  // namespace tunic::tcp
