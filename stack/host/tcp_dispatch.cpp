// A TCP segment arrives: it belongs to a connection, a record, a listener or nobody. RFC 9293 §3.10.7.1, §3.6.1.
#include "host/host.hpp"
#include "tcp/replies.hpp"
#include "tcp/time_wait.hpp"

namespace tunic::host {

using Do = tcp::Reaction::Do;

void Host::receive_tcp(const wire::Ipv4Header& ip, PacketBuffer packet) {
  const std::size_t size = packet.size();
  auto decoded = decode_segment(ip, std::move(packet), pool_);
  if (!decoded) return drop_packet(decoded.error(), ip, size);
  Segment& segment = *decoded;
  if (addresses_.is_group(segment.destination.address)) return drop_segment(Why::DropTcpBroadcast, segment);
  if (segment.source.port == 0 || segment.destination.port == 0) return drop_segment(Why::DropTcpPortZero, segment);

  if (relief_.spent && !segment.payload.empty()) {
    drop_segment(Why::DropNoMemory, segment);
    segment.payload.clear();  // what it acknowledges counts all the same
    segment.flags = segment.flags.without(TcpFlags::Fin);
  }
  const Target target = demux_.find({segment.destination, segment.source});
  switch (target.kind) {
    case Target::Kind::Connection:
      return arrives_at_connection(*connections_.find(target.key), std::move(segment));
    case Target::Kind::SynRecord:
      return arrives_at_syn_record(target.key, std::move(segment));
    case Target::Kind::TimeWait:
      return arrives_at_time_wait(target.key, segment);
    case Target::Kind::None:
      break;
  }
  const SlotKey listener = listener_for(segment.destination);
  if (listener.valid()) return arrives_at_listener(listener, segment, std::nullopt);
  arrives_nowhere(segment);
}

void Host::arrives_at_connection(TcpEntry& entry, Segment segment) {
  entry.connection.on_segment(std::move(segment), now_);
  touch(entry);
}

// ---- CLOSED: nobody is there ----

void Host::arrives_nowhere(const Segment& segment) {
  drop_segment(Why::DropNoConnection, segment);
  if (!segment.flags.rst()) queue_reset(segment, Why::ResetNoConnection, 0, {}, {});
}

/// Answers with a RST, if there were not too many of them. The bases are those of the answer.
void Host::queue_reset(const Segment& segment, Why why, ConnectionNumber number, SeqNum seq_base, SeqNum ack_base) {
  if (!reset_limit_.allow(now_)) {
    return report_segment(EventKind::Hold, Why::HoldResetLimit, segment, number, ack_base, seq_base);
  }
  queue_segment(tcp::reset(segment, why), number, seq_base, ack_base);
}

// ---- TIME-WAIT ----

void Host::arrives_at_time_wait(SlotKey key, const Segment& segment) {
  tcp::TimeWaitRecord& record = *time_wait_.find(key);
  const auto options = wire::parse_tcp_options(segment.options.bytes());
  const tcp::Reaction reaction = tcp::arrives_in_time_wait(record, segment, options);
  const auto reply = [&] {
    queue_segment(tcp::acknowledge(record, now_, reaction.reply), record.number, record.iss, record.irs);
  };
  switch (reaction.action) {
    case Do::Restart:
      report_segment(EventKind::Recv, reaction.why, segment, record.number, record.irs, record.iss);
      report_state(record.number, TcpState::TimeWait, TcpState::TimeWait, Why::TimeWaitRestart);
      reply();
      return time_wait_.restart(key, later(now_, config_.tcp.time_wait));
    case Do::Reopen: {
      const SeqNum minimum_iss = record.snd_nxt;
      const SlotKey listener = listener_for(segment.destination);
      if (!listener.valid())
        return drop_segment(Why::DropTimeWaitSegment, segment, record.number, record.irs, record.iss);
      end_time_wait(key, Why::TimeWaitReused);
      return arrives_at_listener(listener, segment, minimum_iss);
    }
    case Do::Reply:
      drop_segment(reaction.why, segment, record.number, record.irs, record.iss);
      // Two ends in TIME-WAIT must not answer each other for ever (B44).
      if (segment.len() == 0 && record.answered_at != Instant() &&
          now_ - record.answered_at < std::chrono::milliseconds(500)) {
        return report_segment(EventKind::Hold, Why::HoldDuplicateAckLimit, segment, record.number, record.irs,
                              record.iss);
      }
      record.answered_at = now_;
      return reply();
    default:
      return drop_segment(reaction.why, segment, record.number, record.irs, record.iss);
  }
}

/// The record takes the connection's place; the ACK of the peer's FIN that is still owed is the record's first answer.
void Host::enter_time_wait(TcpEntry& entry) {
  const tcp::Connection& connection = entry.connection;
  if (time_wait_.size() >= config_.tcp.max_time_wait) {
    log_.count_dropped(Why::TimeWaitRecycled);
    end_time_wait(time_wait_.oldest(), Why::TimeWaitRecycled);
  }
  const SlotKey key = time_wait_.add(connection.time_wait_record(later(now_, config_.tcp.time_wait)));
  const tcp::TimeWaitRecord& record = *time_wait_.find(key);
  detach(entry);
  demux_.put({record.local, record.remote}, {Target::Kind::TimeWait, key});
  if (connection.ack_owed()) {
    queue_segment(tcp::acknowledge(record, now_, Why::AckFin), record.number, record.iss, record.irs);
  }
}

void Host::end_time_wait(SlotKey key, Why why) {
  const tcp::TimeWaitRecord& record = *time_wait_.find(key);
  report_state(record.number, TcpState::TimeWait, TcpState::Closed, why);
  demux_.erase({record.local, record.remote});
  time_wait_.erase(key);
}

// ---- Events of what has no connection ----

void Host::report_segment(EventKind kind, Why why, const Segment& segment, ConnectionNumber number, SeqNum seq_base,
                          SeqNum ack_base) {
  if (!log_.observed()) return;
  log_.emit({.at = now_,
             .kind = kind,
             .why = why,
             .connection = number,
             .subject = describe(segment, seq_base, ack_base),
             .detail = {}});
}

void Host::report_state(ConnectionNumber number, TcpState from, TcpState to, Why why) {
  if (!log_.observed()) return;
  log_.emit({.at = now_,
             .kind = EventKind::State,
             .why = why,
             .connection = number,
             .subject = StateChange{from, to},
             .detail = {}});
}

void Host::report_call(Why why, std::string_view detail) {
  if (log_.observed()) log_.emit({.at = now_, .kind = EventKind::Call, .why = why, .subject = {}, .detail = detail});
}

void Host::drop_segment(Why why, const Segment& segment, ConnectionNumber number, SeqNum seq_base, SeqNum ack_base) {
  log_.count_dropped(why);
  report_segment(EventKind::Drop, why, segment, number, seq_base, ack_base);
}

}  // namespace tunic::host
