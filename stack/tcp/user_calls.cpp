// RFC 9293 §3.10.2 to §3.10.5: SEND, RECEIVE, CLOSE, ABORT, and what the host asks where memory is short. (OPEN is in
// connection.cpp.)
#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "tcp/connection.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

namespace {

/// How much one read may give: it stops before the last urgent octet, which begins the next read (sockatmark(3)).
std::size_t until_mark(const std::optional<std::uint32_t>& mark) {
  return mark.value_or(0) == 0 ? std::numeric_limits<std::size_t>::max() : *mark;
}

}  // namespace

/// RFC 7413 §4.2: data given before the SYN leaves may ride in it.
bool Connection::opens_with_data() const {
  return state_ == TcpState::SynSent && options().fast_open && segments_out_ == 0;
}

/// Why no data is taken now; empty: it is.
std::error_code Connection::refuses_data(bool any, SendFlags flags, Instant now) {
  if (error_) return error_;
  const bool early = opens_with_data();
  const bool opening = state_ == TcpState::SynSent || state_ == TcpState::SynReceived;
  if (opening && !early && !opening_early()) return make_error_code(Error::WouldBlock);
  if (!opening && !may_send(state_)) return make_error_code(Error::BrokenPipe);
  if (fin_queued_) return make_error_code(Error::BrokenPipe);
  if (context_.memory_is_spent() && any) {
    write_blocked_ = true;
    hold(Why::HoldMemory, now);
    return make_error_code(Error::WouldBlock);
  }
  if (early && flags.urgent) return make_error_code(Error::WouldBlock);  // a SYN has no urgent pointer
  return {};
}

Result<std::size_t> Connection::data_given(std::size_t taken, std::size_t offered, SendFlags flags, Instant now) {
  write_blocked_ = taken < offered || !writable();
  more_follows_ = flags.more;
  if (flags.urgent && taken > 0) begin_urgent();
  if (taken > 0) syn_waits_ = false;
  if (taken == 0 && offered > 0) return tunic::fail(Error::WouldBlock);
  if (context_.log.observed()) report_call(Why::UserSend, fmt::format("send({}) = {}", offered, taken), now);
  check_invariants();
  return taken;
}

Result<std::size_t> Connection::send(std::span<const std::byte> data, Instant now, SendFlags flags) {
  if (const auto refusal = refuses_data(!data.empty(), flags, now)) return std::unexpected(refusal);
  const std::size_t taken = send_buffer_.append(data, send_buffer_.size() + send_room(), context_.pool);
  return data_given(taken, data.size(), flags, now);
}

Result<std::size_t> Connection::send(Chain& data, Instant now, SendFlags flags) {
  if (const auto refusal = refuses_data(!data.empty(), flags, now)) return std::unexpected(refusal);
  const std::size_t offered = data.size();
  const std::size_t count = std::min(offered, send_room());
  Chain taken = data.share(0, count);
  data.trim_front(count);  // first, so that it shows whose the blocks are
  send_buffer_.append(std::move(taken), context_.pool);
  return data_given(count, offered, flags, now);
}

/// All that is buffered is urgent up to its last octet (MUST-62). A peer without room hears of it all the same.
void Connection::begin_urgent() {
  tcb_.snd.up = fin_seq();  // behind the last octet
  if (at_or_before(tcb_.snd.una + tcb_.snd.wnd.octets, tcb_.snd.nxt)) ack_policy_.owe(Why::UrgentPointer);
}

std::optional<std::uint32_t> Connection::octets_to_mark() const {
  if (!tcb_.rcv.up) return std::nullopt;
  return SeqRange{read_position(), *tcb_.rcv.up}.length() - 1;
}

std::optional<std::byte> Connection::urgent_octet() const {
  const auto offset = octets_to_mark();
  if (!offset || receive_buffer_.size() <= *offset) return std::nullopt;
  return receive_buffer_.octet(*offset);
}

/// With nothing unread: the error, or none at the end.
std::error_code Connection::nothing_to_read() const {
  if (error_) return error_;
  if (fin_received_) return {};
  return make_error_code(state_ == TcpState::Closed ? Error::NotConnected : Error::WouldBlock);
}

Result<std::size_t> Connection::receive(std::span<std::byte> out, Instant now) {
  if (receive_buffer_.empty()) {
    const auto error = nothing_to_read();
    return error ? Result<std::size_t>(std::unexpected(error)) : 0;
  }
  const auto mark = octets_to_mark();
  const std::size_t count = receive_buffer_.read(out.first(std::min<std::size_t>(out.size(), until_mark(mark))));
  data_read(count, mark, out.size(), now);
  return count;
}

Result<Chain> Connection::receive(std::size_t most, Instant now) {
  if (receive_buffer_.empty()) {
    const auto error = nothing_to_read();
    return error ? Result<Chain>(std::unexpected(error)) : Chain();
  }
  const auto mark = octets_to_mark();
  Chain bytes = receive_buffer_.take(std::min<std::size_t>(most, until_mark(mark)));
  data_read(bytes.size(), mark, most, now);
  return bytes;
}

/// The application has read `count` octets, with the urgent mark where it was before.
void Connection::data_read(std::size_t count, const std::optional<std::uint32_t>& mark, std::size_t most, Instant now) {
  if (mark && count > *mark) tcb_.rcv.up.reset();
  if (push_seen_ && before(pushed_to_, read_position())) push_seen_ = false;  // numbers wrap
  if (context_.log.observed()) report_call(Why::UserReceive, fmt::format("receive({}) = {}", most, count), now);
  // More than a segment's worth of numbers, the FIN's among them, and the application is not going to answer now.
  const bool much = SeqRange{tcb_.ts.last_ack_sent, tcb_.rcv.nxt}.length() > tcb_.rcv.mss;
  if (ack_policy_.pending() && much) ack_policy_.owe(Why::AckEverySecond);
  if (may_receive(state_)) {
    tune_receive_buffer(now);
    // RFC 9293 §3.8.6.2.2: tell of the room when it is worth it: the peer may be waiting, or the window has doubled.
    const std::uint32_t old_window = tcb_.rcv.wnd.octets;
    const std::uint32_t window = window_worth_announcing().octets;
    const bool peer_waits = old_window < tcb_.rcv.mss;
    if (window > old_window && (peer_waits || window >= 2 * old_window)) {
      ack_policy_.owe(Why::WindowUpdate);
    } else if (peer_waits) {
      hold(Why::HoldWindowUpdate, now);
    }
  }
  check_invariants();
}

Result<std::size_t> Connection::peek(std::span<std::byte> out) const {
  if (!receive_buffer_.empty()) {
    return receive_buffer_.peek(out.first(std::min<std::size_t>(out.size(), until_mark(octets_to_mark()))));
  }
  if (error_) return std::unexpected(error_);
  if (fin_received_) return 0;
  return tunic::fail(state_ == TcpState::Closed ? Error::NotConnected : Error::WouldBlock);
}

void Connection::set_options(SharedOptions options, Instant now) {
  const KeepAlive keep_alive = this->options().keep_alive;
  const Duration user_timeout = this->options().user_timeout;
  const bool no_delay = this->options().no_delay;
  const std::uint32_t send_buffer = this->options().send_buffer;
  const std::uint32_t receive_buffer = this->options().receive_buffer;
  options_ = std::move(options);
  // What was taken already stays, also where it is more than that, and so does the window that was offered.
  if (options_->send_buffer != send_buffer) send_capacity_ = options_->send_buffer;
  if (options_->receive_buffer != receive_buffer) receive_capacity_ = options_->receive_buffer;
  if (state_ == TcpState::Closed || state_ == TcpState::TimeWait) return;
  rearm_user_timer(user_timeout, now);
  if (!synchronized(state_)) return;
  rearm_keep_alive(keep_alive, now);
  tcb_.snd.mss = std::min(tcb_.snd.mss, context_.own_mss(*options_));
  // As Linux: whoever asks for no delay means what waits already, even behind a cork.
  if (options_->no_delay && !no_delay && unsent() > 0) push_ = true;
}

Result<void> Connection::shutdown_send(Instant now) {
  if (error_) return std::unexpected(error_);
  if (!opening_early() && !may_send(state_)) return tunic::fail(Error::NotConnected);
  report_call(Why::UserShutdown, "shutdown(SHUT_WR)", now);
  fin_queued_ = true;
  if (opening_early())
    return {};  // "queue for processing after entering ESTABLISHED state"; the FIN leaves all the same
  enter(state_ == TcpState::Established ? TcpState::FinWait1 : TcpState::LastAck, Why::UserShutdown, now);
  check_invariants();
  return {};
}

void Connection::close(Instant now) {
  report_call(Why::UserClose, "close()", now);
  orphaned_ = true;
  // RFC 9293 §3.6.1 (SHLD-3): whoever closes without reading everything tells the peer that data was lost.
  if (!receive_buffer_.empty() && state_ != TcpState::TimeWait && state_ != TcpState::Closed) {
    reset_due_ = true;
    reset_why_ = Why::CloseWithUnreadData;
    receive_buffer_.clear();
    enter(TcpState::Closed, Why::CloseWithUnreadData, now);
    return check_invariants();
  }
  receive_buffer_.clear();
  switch (state_) {
    case TcpState::SynSent:
      enter(TcpState::Closed, Why::UserClose, now);
      break;
    case TcpState::SynReceived:
      fin_queued_ = true;
      break;  // "queue for processing after entering ESTABLISHED state"
    case TcpState::Established:
      fin_queued_ = true;
      enter(TcpState::FinWait1, Why::UserClose, now);
      break;
    case TcpState::CloseWait:
      fin_queued_ = true;
      enter(TcpState::LastAck, Why::UserClose, now);
      break;
    case TcpState::FinWait2:
      await_peers_fin(now);
      break;
    default:
      break;
  }
  check_invariants();
}

void Connection::abort(Instant now) {
  report_call(Why::UserAbort, "abort()", now);
  orphaned_ = true;
  receive_buffer_.clear();
  reset_peer(now);
}

void Connection::evict(Instant now) {
  report_call(Why::UserAbort, "evict()", now);
  if (state_ != TcpState::Closed) error_ = make_error_code(Error::ConnectionAborted);
  reset_peer(now);
}

void Connection::reset_peer(Instant now) {
  if (state_ == TcpState::Closed || state_ == TcpState::TimeWait) return;
  // "CLOSING, LAST-ACK, TIME-WAIT: respond 'ok' and delete the TCB": no RST there.
  const bool tell = state_ == TcpState::SynReceived || may_receive(state_) || may_send(state_);
  if (tell) {
    reset_due_ = true;
    reset_why_ = Why::ResetOnAbort;
  }
  enter(TcpState::Closed, Why::UserAbort, now);
  check_invariants();
}

void Connection::end_orphan(Why why, Instant now) {
  if (state_ == TcpState::Closed || state_ == TcpState::TimeWait) return;
  reset_due_ = state_ != TcpState::SynSent;
  reset_why_ = why;
  enter(TcpState::Closed, why, now);
  check_invariants();
}

// ---- The host's calls: packet memory runs short ----

void Connection::renege(Instant now) {
  if (reassembler_.empty()) return;
  reassembler_.clear();
  context_.log.count_dropped(Why::DropReneged);
  report(EventKind::Drop, Why::DropReneged, now, nullptr);
  check_invariants();
}

}  // namespace tunic::tcp
