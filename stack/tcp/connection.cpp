#include "tcp/connection.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/assert.hpp"
#include "tcp/isn.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

Connection::Connection(Context& context, const ConnectionOptions& options)
    : context_(context),
      rtt_(context.tcp()),
      recovery_(SeqNum()),
      ack_policy_(context.tcp()),
      options_(options.socket_options),
      local_(options.local),
      remote_(options.remote),
      number_(options.number),
      send_capacity_(this->options().send_buffer),
      receive_capacity_(this->options().receive_buffer) {}

void Connection::open(Instant now, std::optional<SeqNum> minimum_iss) {
  const TcpConfig& config = context_.tcp();
  tcb_.snd.iss = config.initial_sequence_number ? SeqNum(*config.initial_sequence_number)
                                                : initial_sequence_number(context_.isn_key, local_, remote_, now);
  if (minimum_iss && at_or_before(tcb_.snd.iss, *minimum_iss)) tcb_.snd.iss = *minimum_iss + 65537;
  tcb_.snd.una = tcb_.snd.iss;
  tcb_.snd.nxt = tcb_.snd.iss;
  last_heard_at_ = now;
  tcb_.rcv.wnd = Window{std::min(receive_capacity_, std::uint32_t{65535})};
  if (config.window_scaling) tcb_.rcv.shift = offered_scale(config, receive_capacity_);
  tcb_.ts.offset = timestamp_offset(context_.timestamp_key, local_, remote_);
  syn_due_ = true;
  syn_waits_ = options().fast_open_connect && syn_may_carry_data();
  report_call(Why::UserConnect, fmt::format("connect({})", remote_.to_string()), now);
  enter(TcpState::SynSent, Why::ActiveOpen, now);
}

/// RFC 7413 §4.2.1: an application to which duplicates do no harm may do without a cookie.
bool Connection::sends_without_cookie() const {
  return context_.tcp().fast_open_client_without_cookie || options().fast_open_no_cookie;
}

bool Connection::opens_fast() const {
  return options().fast_open && context_.tcp().fast_open_client && !options().no_options;
}

bool Connection::syn_may_carry_data() const {
  if (!opens_fast()) return false;
  const FastOpenCache::Entry* server = context_.fast_open.find(remote_.address);
  return sends_without_cookie() || (server != nullptr && server->size > 0);
}

void Connection::open(const SynRecord& record, Instant now) {
  tcb_.snd.iss = record.iss;
  tcb_.snd.una = record.iss;
  tcb_.snd.nxt = record.iss + 1;
  tcb_.rcv.irs = record.irs;
  tcb_.rcv.nxt = record.irs + 1;
  tcb_.rcv.wnd = Window{record.rcv_wnd};
  tcb_.rcv.shift = record.rcv_shift;
  tcb_.snd.wl1 = record.irs;
  tcb_.snd.wl2 = record.iss;
  tcb_.snd.wnd = Window{record.snd_wnd.value};
  tcb_.snd.max_wnd = tcb_.snd.wnd;
  tcb_.ts.offset = record.ts_offset;
  tcb_.ts.last_ack_sent = tcb_.rcv.nxt;
  segments_in_ = 1;                // its SYN
  state_ = TcpState::SynReceived;  // the record's: the change of state was told when the record was made
  syn_resent_ = record.retransmits > 0;
  if (!syn_resent_ && !record.answered_again) rtt_.sample(now - record.sent_at, context_.tcp());
  take_agreement(record.agreed, now);
}

void Connection::take_agreement(const Agreement& agreed, Instant now) {
  tcb_.snd.mss = agreed.snd_mss;
  tcb_.snd.shift = agreed.snd_shift;
  peer_scales_ = agreed.window_scaling;
  if (!agreed.window_scaling) tcb_.rcv.shift = WindowScale(0);
  tcb_.sack = agreed.sack;
  tcb_.ecn = agreed.ecn;
  tcb_.ts.on = agreed.timestamps;
  tcb_.ts.recent = agreed.ts_recent;
  tcb_.ts.recent_at = now;
  tcb_.rcv.mss = std::min(agreed.snd_mss, context_.mtu_mss());
}

/// Both SYNs are seen and ours is acknowledged, or is by the segment at hand.
void Connection::establish(Why why, Instant now) {
  if (!congestion_control_) begin_sending();
  if (syn_resent_) rtt_.after_syn_timeout(context_.tcp());
  timeouts_in_row_ = 0;
  restart_retransmission_timer(now);
  timers_.stop(Timer::User);
  if (!all_acked()) await_delivery(now);
  last_heard_at_ = now;
  rearm_keep_alive({}, now);
  enter(fin_queued_ ? TcpState::FinWait1 : TcpState::Established, why, now);
}

/// What sending needs comes into being, and the buffers find their sizes.
void Connection::begin_sending() {
  const TcpConfig& config = context_.tcp();
  tcb_.snd.una = tcb_.snd.iss + 1;
  small_end_ = tcb_.snd.una;
  if (config.round_buffers) {
    const auto round_up = [mss = std::uint32_t{tcb_.snd.mss}](std::uint32_t octets) {
      return (octets + mss - 1) / mss * mss;
    };
    receive_capacity_ = round_up(receive_capacity_);
    send_capacity_ = round_up(send_capacity_);
  }
  begin_congestion_control();
}

void Connection::enter(TcpState state, Why why, Instant now) {
  TUNIC_ASSERT(allowed(state_, state));
  const TcpState from = state_;
  state_ = state;
  activity_ = true;
  if (state == TcpState::Closed || state == TcpState::TimeWait) {
    timers_.stop_all();
    release_buffers();
  }
  if (context_.log.observed()) {
    const ConnectionInfo snapshot = info();
    context_.log.emit({.at = now,
                       .kind = EventKind::State,
                       .why = why,
                       .connection = number_,
                       .subject = StateChange{from, state},
                       .detail = {},
                       .snapshot = &snapshot});
  }
}

void Connection::fail(Error error, Why why, Instant now) {
  error_ = make_error_code(error);
  enter(TcpState::Closed, why, now);
}

/// Nobody answers. What the network said of it is the better reason (RFC 5461 §3, SHLD-25).
void Connection::give_up(Why why, Instant now) {
  const bool tell = why == Why::KeepAliveUnanswered || context_.tcp().reset_on_give_up;
  if (tell && synchronized(state_)) {
    reset_due_ = true;
    reset_why_ = Why::ResetOnGivingUp;
  }
  fail(soft_error_.value_or(Error::TimedOut), why, now);
}

/// What can't be sent or put in order any more goes back; what the application can still read stays.
void Connection::release_buffers() {
  send_buffer_.clear();
  scoreboard_ = Scoreboard();
  recovery_.leave(tcb_.snd.una);
  rack_.reset();
  flight_.reset();
  reassembler_.clear();
  if (orphaned_) receive_buffer_.clear();
  fin_queued_ = false;
}

TimeWaitRecord Connection::time_wait_record(Instant until) const {
  TimeWaitRecord record;
  record.local = local_;
  record.remote = remote_;
  record.snd_nxt = tcb_.snd.nxt;
  record.rcv_nxt = tcb_.rcv.nxt;
  record.iss = tcb_.snd.iss;
  record.irs = tcb_.rcv.irs;
  record.wnd = window_field();
  record.rcv_shift = tcb_.rcv.shift;
  record.tos = options().tos;
  record.ttl = options().ttl;
  record.timestamps = tcb_.ts.on;
  record.ts_recent = tcb_.ts.recent;
  record.ts_offset = tcb_.ts.offset;
  record.until = until;
  record.number = number_;
  return record;
}

/// As much has come as the application wants at once, or as much as can come.
bool Connection::readable() const {
  if (fin_received_ || error_ || state_ == TcpState::Closed) return true;
  const std::size_t unread = receive_buffer_.size();
  return unread >= options().receive_low_water || (unread > 0 && tcb_.rcv.wnd.octets <= tcb_.rcv.mss);
}

bool Connection::writable() const {
  if (error_ || state_ == TcpState::Closed) return true;
  if (syn_waits_) return true;
  if ((state_ == TcpState::SynSent || state_ == TcpState::SynReceived) && !opening_early()) return false;
  if (fin_queued_) return true;
  if (context_.memory_is_spent()) return false;
  // A third of the buffer: whoever waits for room shall not be woken for crumbs.
  return send_room() > 0 && send_buffer_.size() <= send_capacity_ - send_capacity_ / 3;
}

/// Octets that the application may give now: what the buffer has room for, and for one that wants little to wait unsent
/// (not_sent_low_water) no more than up to there, in whole segments. What may leave at once does not wait.
std::size_t Connection::send_room() const {
  const std::size_t room = send_capacity_ - std::min<std::size_t>(send_buffer_.size(), send_capacity_);
  const std::uint32_t low_water = options().not_sent_low_water;
  if (low_water == 0 || !may_send(state_)) return room;
  const std::size_t limit = std::size_t{low_water} + std::min(usable_window(), congestion_room());
  const std::uint32_t waiting = unsent();
  if (waiting >= limit) return 0;
  const std::size_t mss = effective_mss();
  return std::min(room, (limit - waiting + mss - 1) / mss * mss);
}

/// Room has come, or less is waiting to be sent.
void Connection::tell_room() {
  if (!write_blocked_ || !writable()) return;
  write_blocked_ = false;
  activity_ = true;
}

SeqNum Connection::read_position() const {
  return tcb_.rcv.nxt - static_cast<std::uint32_t>(receive_buffer_.size()) - (fin_received_ ? 1 : 0);
}

std::uint32_t Connection::receive_room() const {
  const std::size_t unread = receive_buffer_.size();
  return unread >= receive_capacity_ ? 0 : receive_capacity_ - static_cast<std::uint32_t>(unread);
}

/// RCV.WND as arriving segments are held against it.
std::uint32_t Connection::acceptance_window() const {
  const std::uint32_t announced = tcb_.rcv.wnd.octets;
  return context_.tcp().accept_all_room ? std::max(announced, receive_room()) : announced;
}

std::uint32_t Connection::unsent() const {
  const bool fin_outstanding = fin_sent_ && !all_acked();  // it is always the last
  return static_cast<std::uint32_t>(send_buffer_.size()) - (sent_unacked() - (fin_outstanding ? 1 : 0));
}

ConnectionInfo Connection::info() const {
  ConnectionInfo info;
  info.number = number_;
  info.local = local_;
  info.remote = remote_;
  info.state = state_;
  info.iss = tcb_.snd.iss.value();
  info.irs = tcb_.rcv.irs.value();
  info.snd_una = tcb_.snd.una.value();
  info.snd_nxt = tcb_.snd.nxt.value();
  info.snd_wnd = tcb_.snd.wnd.octets;
  info.rcv_nxt = tcb_.rcv.nxt.value();
  info.rcv_wnd = tcb_.rcv.wnd.octets;
  info.snd_mss = tcb_.snd.mss;
  info.rcv_mss = tcb_.rcv.mss;
  info.snd_wind_shift = tcb_.snd.shift.shift();
  info.rcv_wind_shift = tcb_.rcv.shift.shift();
  if (congestion_control_) {
    info.cwnd = congestion_window();
    info.ssthresh = congestion_control_->ssthresh();
    info.in_flight = in_flight();
    info.unsent = unsent();
  }
  info.unacked = sent_unacked();
  info.unread = static_cast<std::uint32_t>(receive_buffer_.size());
  info.out_of_order = static_cast<std::uint32_t>(reassembler_.octets());
  info.srtt = rtt_.srtt();
  info.rttvar = rtt_.rttvar();
  info.rto = rtt_.rto();
  info.backoff = rtt_.backoff();
  info.retransmitted = retransmitted_;
  info.segments_in = segments_in_;
  info.segments_out = segments_out_;
  info.bytes_in = bytes_in_;
  info.bytes_out = bytes_out_;
  return info;
}

void Connection::report(EventKind kind, Why why, Instant now, const Segment* segment) const {
  if (!context_.log.observed()) return;
  const ConnectionInfo snapshot = info();
  Event event{
      .at = now, .kind = kind, .why = why, .connection = number_, .subject = {}, .detail = {}, .snapshot = &snapshot};
  if (segment != nullptr) {
    const bool ours = kind == EventKind::Send;
    event.subject =
        ours ? describe(*segment, tcb_.snd.iss, tcb_.rcv.irs) : describe(*segment, tcb_.rcv.irs, tcb_.snd.iss);
  }
  context_.log.emit(event);
}

void Connection::report_arrival(EventKind kind, Why why, const Arrival& arrival) const {
  report(kind, why, arrival.now, &arrival.segment);
}

void Connection::report_call(Why why, std::string_view detail, Instant now) const {
  if (!context_.log.observed()) return;
  const ConnectionInfo snapshot = info();
  context_.log.emit({.at = now,
                     .kind = EventKind::Call,
                     .why = why,
                     .connection = number_,
                     .subject = {},
                     .detail = detail,
                     .snapshot = &snapshot});
}

void Connection::drop(const Arrival& arrival, Why why) const {
  context_.log.count_dropped(why);
  report_arrival(EventKind::Drop, why, arrival);
}

}  // namespace tunic::tcp
