#include "tcp/time_wait.hpp"

namespace tunic::tcp {

using Do = Reaction::Do;

Reaction arrives_in_time_wait(const TimeWaitRecord& record, const Segment& segment, const wire::TcpOptions& options) {
  if (segment.flags.rst()) return {Do::Drop, Why::DropTimeWaitRst};  // RFC 1337 §3, fix (a)

  const bool newer_timestamp = record.timestamps && options.timestamps &&
                               static_cast<std::int32_t>(options.timestamps->value - record.ts_recent) > 0;
  if (segment.flags.syn() && !segment.flags.ack() && !segment.flags.fin()) {
    // RFC 6191 §2: a timestamp that has grown, or a sequence number above the old ones, can't be an old duplicate's.
    if (newer_timestamp || after(segment.seq, record.rcv_nxt)) return {Do::Reopen, Why::SegmentSyn};
    return {Do::Reply, Why::DropSynInConnection, Why::ChallengeAckSyn};
  }
  if (!segment.flags.ack()) return {Do::Drop, Why::DropNoAck};
  if (segment.flags.fin()) return {Do::Restart, Why::SegmentFin, Why::TimeWaitAck};
  if (segment.len() == 0 && segment.seq == record.rcv_nxt) return {Do::Drop, Why::DropTimeWaitSegment};
  return {Do::Reply, Why::DropUnacceptable, Why::TimeWaitAck};
}

}  // namespace tunic::tcp
