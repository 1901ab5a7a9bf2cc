#include "tcp/time_wait.hpp"

namespace tunic::tcp {

using Do = Reaction::Do;

namespace {

/// RFC 6191 §2: what tells a new SYN from an old duplicate. Timestamps decide; the sequence number where they can't.
bool is_new(const TimeWaitRecord& record, const Segment& syn, const wire::TcpOptions& options) {
  if (record.timestamps && options.timestamps && options.timestamps->value != record.ts_recent) {
    return static_cast<std::int32_t>(options.timestamps->value - record.ts_recent) > 0;
  }
  return after(syn.seq, record.rcv_nxt);
}

}  // namespace

Reaction arrives_in_time_wait(const TimeWaitRecord& record, const Segment& segment, const wire::TcpOptions& options) {
  if (segment.flags.rst()) return {Do::Drop, Why::DropTimeWaitRst};  // RFC 1337 §3, fix (a)

  if (segment.flags.syn() && !segment.flags.ack() && !segment.flags.fin()) {
    if (is_new(record, segment, options)) return {Do::Reopen, Why::SegmentSyn};
    return {Do::Reply, Why::DropSynInConnection, Why::ChallengeAckSyn};
  }
  if (!segment.flags.ack()) return {Do::Drop, Why::DropNoAck};
  if (segment.flags.fin()) return {Do::Restart, Why::SegmentFin, Why::TimeWaitAck};
  if (segment.len() == 0 && segment.seq == record.rcv_nxt) return {Do::Drop, Why::DropTimeWaitSegment};
  return {Do::Reply, Why::DropUnacceptable, Why::TimeWaitAck};
}

}  // namespace tunic::tcp
