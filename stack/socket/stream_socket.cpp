// The life of a TCP socket behind a descriptor. RFC 9293 §3.9.1; errors and corner cases as Linux has them.
#include "socket/stream_socket.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/host.hpp"

namespace tunic::socket {

using posix::fail;

StreamSocket::~StreamSocket() {
  if (bound_ && phase_ == Phase::Idle) stack_.host().release(*bound_);
  const LingerOption linger = options().linger;
  if (linger.on && linger.seconds == 0) socket_.abort();
}

void StreamSocket::bind(const Endpoint& local) {
  bound_ = local;
  stack_.host().claim(local, idle_options_);
}

void StreamSocket::begin_notifying() {
  if (socket_.valid()) socket_.on_ready([this](Readiness) { changed(); });
  if (listener_.valid()) listener_.on_ready([this](Readiness) { changed(); });
}

// ---- Listening ----

Answer StreamSocket::listen(int backlog) {
  if (phase_ != Phase::Idle && phase_ != Phase::Listening) return fail(Errno::Invalid);
  // As on Linux: one more than asked for may wait, and a negative number is a large one.
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max() - 1;
  const std::uint32_t places = std::min(static_cast<std::uint32_t>(backlog), most) + 1;
  if (phase_ == Phase::Listening) {
    listener_.set_backlog(places).value();  // it is ours and open
    return 0;
  }
  auto listener = TcpListener::listen(stack_, bound_.value_or(Endpoint{}), {places, idle_options_});
  if (!listener) return fail(to_errno(listener.error()));
  listener_ = std::move(*listener);
  if (bound_) stack_.host().release(*bound_);
  phase_ = Phase::Listening;
  begin_notifying();
  return 0;
}

std::expected<TcpSocket, Errno> StreamSocket::accept() {
  if (phase_ != Phase::Listening) return fail(Errno::Invalid);
  auto socket = listener_.accept();
  if (!socket) return fail(to_errno(socket.error()));
  return std::move(*socket);
}

// ---- Opening ----

Answer StreamSocket::connect(const Endpoint& remote) {
  switch (phase_) {
    case Phase::Listening:
    case Phase::Connected:
      return fail(Errno::IsConnected);
    case Phase::Opening:
      if (connecting()) return fail(Errno::Already);
      if (over()) {
        const Errno error = take_error().value_or(Errno::ConnectionAborted);
        disconnect();
        return fail(error);
      }
      phase_ = Phase::Connected;
      return 0;
    case Phase::Idle:
      break;
  }
  return open(remote, idle_options_);
}

Answer StreamSocket::open(const Endpoint& remote, const SharedOptions& options) {
  Endpoint to = remote;
  if (to.address.is_unspecified()) to.address = Ipv4Address(127, 0, 0, 1);  // "this host", as systems have it
  if (to.port == 0) return fail(Errno::AddressNotAvailable);
  ConnectOptions how{.options = options};
  if (bound_) {
    if (!bound_->address.is_unspecified()) how.local_address = bound_->address;
    how.local_port = bound_->port;
  }
  auto socket = TcpSocket::connect(stack_, to, how);
  if (!socket) {
    const std::error_code error = socket.error();
    if (error == Error::InvalidArgument) return fail(Errno::NetworkUnreachable);  // a group: no host to connect to
    if (error == Error::AddressInUse) return fail(Errno::AddressNotAvailable);    // this very pair is connected
    return fail(to_errno(error));
  }
  socket_ = std::move(*socket);
  if (bound_) stack_.host().release(*bound_);
  phase_ = Phase::Opening;
  error_taken_ = read_shut_ = write_shut_ = false;
  urgent_taken_.reset();
  begin_notifying();
  if (!socket_.readiness().writable) return fail(Errno::InProgress);
  phase_ = Phase::Connected;  // Fast Open: the SYN waits for the first data (RFC 7413 §4.1.2)
  return 0;
}

bool StreamSocket::connecting() const {
  if (phase_ != Phase::Opening) return false;
  const TcpState state = socket_.state();
  return state == TcpState::SynSent || state == TcpState::SynReceived;
}

/// The socket can be used again, with its options and with the address that it was bound to.
void StreamSocket::disconnect() {
  idle_options_ = std::make_shared<const SocketOptions>(options());
  socket_.abort();
  listener_.close();
  phase_ = Phase::Idle;
}

// ---- Ending ----

Answer StreamSocket::shutdown(int how) {
  if (how < posix::kShutRd || how > posix::kShutRdWr) return fail(Errno::Invalid);
  const bool reading = how != posix::kShutWr;
  const bool writing = how != posix::kShutRd;
  if (phase_ == Phase::Listening) {
    if (reading) disconnect();
    return 0;
  }
  if (phase_ == Phase::Idle) return fail(Errno::NotConnected);
  if (connecting() || socket_.state() == TcpState::SynSent) {  // the latter: a SYN that waits for data
    disconnect();
    return 0;
  }
  if (over()) return fail(Errno::NotConnected);
  phase_ = Phase::Connected;
  read_shut_ = read_shut_ || reading;
  if (reading) socket_.shutdown_receive().value();
  if (writing && !std::exchange(write_shut_, true)) socket_.shutdown_send().value();  // may fail after FIN only
  return 0;
}

// ---- What is known ----

const tcp::Connection* StreamSocket::connection() const {
  const detail::Handle handle = socket_.handle();
  const host::TcpEntry* entry = socket_.valid() ? stack_.host().find({handle.index, handle.generation}) : nullptr;
  return entry == nullptr ? nullptr : &entry->connection;
}

Endpoint StreamSocket::local() const {
  if (socket_.valid()) return socket_.local();
  if (listener_.valid()) return listener_.local();
  return bound_.value_or(Endpoint{});
}

std::optional<Endpoint> StreamSocket::peer() const {
  if (!socket_.valid() || connecting() || over()) return std::nullopt;
  return socket_.remote();
}

SocketOptions StreamSocket::options() const {
  if (socket_.valid()) return socket_.options();
  if (listener_.valid()) return listener_.options();
  return idle_options_ ? *idle_options_ : SocketOptions::defaults(stack_.config());
}

bool StreamSocket::over() const {
  const TcpState state = socket_.state();
  return state == TcpState::Closed || state == TcpState::TimeWait;
}

bool StreamSocket::receive_ended() const {
  return read_shut_ || over() || socket_.readiness().peer_closed;
}
bool StreamSocket::send_ended() const {
  return write_shut_ || over();
}

std::optional<Errno> StreamSocket::pending_error() const {
  if (!socket_.valid()) return std::nullopt;
  if (socket_.error()) return error_taken_ ? std::nullopt : std::optional(to_errno(socket_.error()));
  // With IP_RECVERR what ICMP told is an error like any other, once. R1 is no news here: TCP_INFO has the count.
  const bool told = socket_.readiness().trouble && socket_.soft_error() != Error::TimedOut;
  return told ? std::optional(to_errno(socket_.soft_error())) : std::nullopt;
}

std::optional<Errno> StreamSocket::take_error() {
  const auto error = pending_error();
  if (error && !socket_.error()) {
    [[maybe_unused]] const std::error_code told = socket_.take_soft_error();
  } else if (error) {
    error_taken_ = true;
  }
  return error;
}

std::int16_t StreamSocket::events() const {
  constexpr std::int16_t kIn = posix::kPollIn | posix::kPollRdNorm;
  constexpr std::int16_t kOut = posix::kPollOut | posix::kPollWrNorm;
  if (phase_ == Phase::Listening) return listener_.readiness().readable ? kIn : 0;
  if (phase_ == Phase::Idle) return kOut | posix::kPollHup;
  int events = 0;
  const Readiness ready = socket_.readiness();
  if (over() || (receive_ended() && send_ended())) events |= posix::kPollHup;
  if (receive_ended()) events |= kIn | posix::kPollRdHup;
  if (ready.readable && (readable_octets() > 0 || ready.error || ready.peer_closed)) events |= kIn;
  if (urgent_octet_waits()) events |= posix::kPollPri;
  if (ready.writable || send_ended()) events |= kOut;
  if (pending_error()) events |= posix::kPollErr;
  return static_cast<std::int16_t>(events);
}

}  // namespace tunic::socket
