// A TCP segment arrives: it belongs to a connection, a record, a listener or nobody. RFC 9293 §3.10.7.1, §3.6.1.
#include <algorithm>

#include "host/host.hpp"
#include "tcp/replies.hpp"
#include "tcp/time_wait.hpp"

namespace tunic::host {

using Do = tcp::Reaction::Do;

void Host::receive_tcp(const wire::Ipv4Header& ip, PacketBuffer&& packet) {
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
  if (listener.valid()) return arrives_at_listener(listener, segment, SlotKey());
  arrives_nowhere(segment);
}

void Host::arrives_at_connection(TcpEntry& entry, Segment&& segment) {
  entry.connection.on_segment(std::move(segment), now_);
  touch(entry);
}

// ---- CLOSED: nobody is there ----

void Host::arrives_nowhere(const Segment& segment) {
  const Blackhole blackhole = config_.tcp.blackhole;
  if (blackhole >= Blackhole::All || (blackhole == Blackhole::Syns && segment.flags.syn())) {
    return drop_segment(Why::DropBlackhole, segment);
  }
  drop_segment(Why::DropNoConnection, segment);
  if (segment.flags.rst()) return;
  queue_reset(segment, options_of_closed(segment.destination), Why::ResetNoConnection, 0, {}, {});
}

/// Answers with a RST, if there were not too many of them. The bases are those of the answer.
void Host::queue_reset(const Segment& segment, const SocketOptions& options, Why why, ConnectionNumber number,
                       SeqNum seq_base, SeqNum ack_base) {
  if (!reset_limit_.allow(now_)) {
    return report_segment(EventKind::Hold, Why::HoldResetLimit, segment, number, ack_base, seq_base);
  }
  queue_segment(tcp::reset(segment, options, why), number, seq_base, ack_base);
}

// ---- TIME-WAIT ----

void Host::arrives_at_time_wait(SlotKey key, const Segment& segment) {
  tcp::TimeWaitRecord& record = *time_wait_.find(key);
  const tcp::Reaction reaction =
      tcp::arrives_in_time_wait(record, segment, wire::parse_tcp_options(segment.options.bytes()), config_.tcp);
  const auto recv = [&] {
    report_segment(EventKind::Recv, reaction.why, segment, record.number, record.irs, record.iss);
  };
  const auto drop = [&](Why why) { drop_segment(why, segment, record.number, record.irs, record.iss); };
  const auto reply = [&](std::uint32_t per_second) {
    if (!record.answers.allow(now_, per_second)) {
      return report_segment(EventKind::Hold, Why::HoldDuplicateAckLimit, segment, record.number, record.irs,
                            record.iss);
    }
    queue_segment(tcp::acknowledge(record, now_, reaction.reply), record.number, record.iss, record.irs);
  };
  switch (reaction.action) {
    case Do::Restart:
      recv();
      report_state(record.number, TcpState::TimeWait, TcpState::TimeWait, Why::TimeWaitRestart);
      reply(config_.tcp.challenge_acks_per_second);
      return time_wait_.restart(key, later(now_, config_.tcp.time_wait));
    case Do::Reopen: {
      const SlotKey listener = listener_for(segment.destination);
      if (listener.valid()) return arrives_at_listener(listener, segment, key);
      if (!config_.tcp.new_syn_always_ends_time_wait) return drop(Why::DropTimeWaitSegment);
      end_time_wait(key, Why::TimeWaitReused);
      return arrives_nowhere(segment);
    }
    case Do::Forget:
      recv();
      return end_time_wait(key, Why::ConnectionReset);
    case Do::Reply: {
      drop(reaction.why);
      // Two ends in TIME-WAIT must not answer each other's ACKs for ever (B44).
      constexpr std::uint32_t kToAcks = 2;
      const bool ack_alone = segment.len() == 0;
      return reply(ack_alone ? std::min(kToAcks, config_.tcp.challenge_acks_per_second)
                             : config_.tcp.challenge_acks_per_second);
    }
    default:
      return drop(reaction.why);
  }
}

/// The record takes the connection's place; the ACK of the peer's FIN that is still owed is the record's first answer.
void Host::enter_time_wait(TcpEntry& entry) {
  const tcp::Connection& connection = entry.connection;
  if (!config_.tcp.time_wait_to_self && addresses_.is_local(connection.remote().address)) {
    report_state(connection.number(), TcpState::TimeWait, TcpState::Closed, Why::TimeWaitSkipped);
    detach(entry);
    if (connection.ack_owed()) {
      queue_segment(tcp::acknowledge(connection.time_wait_record(now_), now_, Why::AckFin), connection.number(),
                    connection.tcb().snd.iss, connection.tcb().rcv.irs);
    }
    return;
  }
  if (time_wait_.size() >= config_.tcp.max_time_wait) {
    log_.count_dropped(Why::TimeWaitRecycled);
    end_time_wait(time_wait_.oldest(), Why::TimeWaitRecycled);
  }
  const SlotKey key = time_wait_.add(connection.time_wait_record(later(now_, config_.tcp.time_wait)));
  const tcp::TimeWaitRecord& record = *time_wait_.find(key);
  entry.attached = false;  // the record takes its place
  demux_.put({record.local, record.remote}, {Target::Kind::TimeWait, key});
  if (connection.ack_owed()) {
    queue_segment(tcp::acknowledge(record, now_, Why::AckFin), record.number, record.iss, record.irs);
  }
}

/// MAY-2: a SYN reopens the connection, and it "returns to TIME-WAIT state if the SYN turns out to be an old duplicate".
void Host::suspend_time_wait(SlotKey key, tcp::SynRecord& by) {
  tcp::TimeWaitRecord& record = *time_wait_.find(key);
  report_state(record.number, TcpState::TimeWait, TcpState::Closed, Why::TimeWaitReused);
  record.suspended = true;
  by.reopened = key;
}

/// The wait may be over by now; then nothing comes back.
void Host::resume_time_wait(SlotKey key) {
  tcp::TimeWaitRecord* record = time_wait_.find(key);
  if (record == nullptr) return;
  report_state(record->number, TcpState::Closed, TcpState::TimeWait, Why::TimeWaitResumed);
  record->suspended = false;
  demux_.put({record->local, record->remote}, {Target::Kind::TimeWait, key});
}

void Host::end_time_wait(SlotKey key, Why why) {
  const tcp::TimeWaitRecord& record = *time_wait_.find(key);
  if (!record.suspended) {
    report_state(record.number, TcpState::TimeWait, TcpState::Closed, why);
    demux_.erase({record.local, record.remote});
  }
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
