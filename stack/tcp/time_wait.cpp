#include "tcp/time_wait.hpp"

#include <algorithm>

namespace tunic::tcp {

using Do = Reaction::Do;

namespace {

/// RFC 6191 §2: what tells a new SYN from an old duplicate. Timestamps decide; the sequence number where they can't.
bool is_new(const TimeWaitRecord& record, const Segment& syn, const wire::TcpOptions& options,
            const TcpConfig& config) {
  if (!config.reopen_time_wait) return false;
  const bool comparable = record.timestamps && options.timestamps && options.timestamps->value != record.ts_recent;
  if (config.reopen_by_timestamp && comparable) {
    return static_cast<std::int32_t>(options.timestamps->value - record.ts_recent) > 0;
  }
  return after(syn.seq, record.rcv_nxt);
}

bool acceptable(const TimeWaitRecord& record, const Segment& segment) {
  const std::uint32_t window = std::max(scaled(record.wnd, record.rcv_shift).octets, 1u);
  return in_window(segment.seq, record.rcv_nxt, window) ||
         (segment.len() > 0 && in_window(segment.end() - 1, record.rcv_nxt, window));
}

Reaction syn_arrives(const TimeWaitRecord& record, const Segment& syn, const wire::TcpOptions& options,
                     const TcpConfig& config) {
  const bool fin_ignored = config.drop_syn_fin || !config.syn_fin_opens;
  if (syn.flags.fin() && fin_ignored) return {Do::Drop, Why::DropSynFin};
  if (is_new(record, syn, options, config)) return {Do::Reopen, Why::SegmentSyn};
  if (!config.time_wait_challenges_syn) return {Do::Drop, Why::DropNoAck};
  return {Do::Reply, Why::DropSynInConnection, Why::ChallengeAckSyn};
}

}  // namespace

Reaction arrives_in_time_wait(const TimeWaitRecord& record, const Segment& segment, const wire::TcpOptions& options,
                              const TcpConfig& config) {
  if (segment.flags.rst()) {
    // RFC 1337 §3, fix (a): ignored, unless the host is set to let its connections be assassinated.
    const bool ends = config.reset_ends_time_wait && segment.seq == record.rcv_nxt;
    return ends ? Reaction{Do::Forget, Why::SegmentRst} : Reaction{Do::Drop, Why::DropTimeWaitRst};
  }
  if (segment.flags.syn() && !segment.flags.ack()) return syn_arrives(record, segment, options, config);
  if (record.timestamps && !options.timestamps && !config.tolerate_missing_timestamps) {
    return {Do::Drop, Why::DropNoTimestamp};
  }
  if (!segment.flags.ack() && acceptable(record, segment)) return {Do::Drop, Why::DropNoAck};
  const bool repeats_fin = segment.flags.ack() && segment.flags.fin() && segment.end() == record.rcv_nxt;
  if (repeats_fin) return {Do::Restart, Why::SegmentFin, Why::TimeWaitAck};
  const bool in_step = segment.len() == 0 && segment.seq == record.rcv_nxt && at_or_before(segment.ack, record.snd_nxt);
  if (in_step) return {Do::Drop, Why::DropTimeWaitSegment};
  return {Do::Reply, Why::DropUnacceptable, Why::TimeWaitAck};
}

}  // namespace tunic::tcp
