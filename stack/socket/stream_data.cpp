// Octets in and out of a TCP socket behind a descriptor. RFC 9293 §3.9.1 (SEND, RECEIVE), RFC 7413 §4.2 for data in the SYN.
#include <algorithm>
#include <array>
#include <vector>

#include "socket/stream_socket.hpp"
#include "tcp/connection.hpp"

namespace tunic::socket {

using posix::fail;

namespace {

/// MSG_TRUNC on a stream: the octets are read and nobody wants them.
Result<std::size_t> discard(TcpSocket& socket, std::size_t count) {
  std::array<std::byte, 4096> unwanted;
  std::size_t done = 0;
  while (done < count) {
    const auto got = socket.read_some(std::span(unwanted).first(std::min(unwanted.size(), count - done)));
    if (!got && done == 0) return got;
    if (!got || *got == 0) break;
    done += *got;
  }
  return done;
}

/// A copy of as much as fits all parts, which stays unread.
Result<std::size_t> peek(const TcpSocket& socket, std::span<const posix::IoVec> parts) {
  if (parts.size() == 1) return socket.peek(bytes(parts.front()));
  std::vector<std::byte> gathered(total(parts));
  const auto count = socket.peek(gathered);
  std::span<const std::byte> rest(gathered.data(), count.value_or(0));
  for (const posix::IoVec& part : parts) {
    const auto piece = rest.first(std::min(rest.size(), part.length));
    std::ranges::copy(piece, bytes(part).begin());
    rest = rest.subspan(piece.size());
  }
  return count;
}

Result<std::size_t> read(TcpSocket& socket, std::span<const posix::IoVec> parts) {
  std::size_t done = 0;
  for (const posix::IoVec& part : parts) {
    if (part.length == 0) continue;
    const auto got = socket.read_some(bytes(part));
    if (!got && done == 0) return got;
    if (!got) break;
    done += *got;
    if (*got < part.length) break;
  }
  return done;
}

}  // namespace

Answer StreamSocket::receive(std::span<const posix::IoVec> parts, int flags, Arrival&) {
  if ((flags & posix::kMsgErrQueue) != 0) return fail(Errno::Again);  // nothing is ever queued there
  if (phase_ == Phase::Listening) return fail(Errno::NotConnected);
  if ((flags & posix::kMsgOob) != 0) return fail(Errno::Invalid);  // as where no urgent data has arrived
  if (phase_ == Phase::Idle) return fail(Errno::NotConnected);
  const tcp::Connection* with = connection();
  if (with == nullptr || with->unread() == 0) {
    if (const auto error = take_error()) return fail(*error);
    if (receive_ended()) return 0;
    return fail(Errno::Again);
  }
  const std::size_t size = total(parts);
  if (size == 0) return 0;
  const auto count = (flags & posix::kMsgTrunc) != 0  ? discard(socket_, size)
                     : (flags & posix::kMsgPeek) != 0 ? peek(socket_, parts)
                                                      : read(socket_, parts);
  if (!count) return fail(to_errno(count.error()));
  return static_cast<std::int64_t>(*count);
}

Answer StreamSocket::send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) {
  if ((flags & posix::kMsgOob) != 0) return fail(Errno::NotSupported);  // no urgent data is sent (RFC 9293 SHLD-13)
  const bool fast_open = (flags & posix::kMsgFastOpen) != 0;
  const bool implied = remote && options().fast_open_queue > 0 && stack_.config().sockets.fast_open_by_address;
  if (phase_ == Phase::Idle && (fast_open || implied)) return open_with_data(parts, flags, remote);
  if (fast_open && connecting()) return fail(Errno::Already);  // where it is connected already the flag has no meaning
  if (const auto error = take_error()) return fail(*error);
  if (phase_ == Phase::Idle || phase_ == Phase::Listening || send_ended()) return fail(Errno::BrokenPipe);
  if (remote && stack_.config().sockets.connected_refuses_address) return fail(Errno::IsConnected);
  return write_parts(parts, (flags & posix::kMsgMore) != 0);
}

/// The SYN leaves when the stack is flushed next: what is written before may ride in it. Where TCP does not take data yet
/// (no cookie is known), the socket opens as by connect() and the caller sends again later.
Answer StreamSocket::open_with_data(std::span<const posix::IoVec> parts, int flags,
                                    const std::optional<Endpoint>& remote) {
  if (!remote) return fail(Errno::Invalid);
  SocketOptions with = options();
  with.fast_open = true;
  const Answer opened = open(*remote, std::make_shared<const SocketOptions>(with));
  if (!opened && opened.error() != Errno::InProgress) return opened;
  const Answer taken = write_parts(parts, (flags & posix::kMsgMore) != 0);
  return !taken && taken.error() == Errno::Again ? fail(Errno::InProgress) : taken;
}

Answer StreamSocket::write_parts(std::span<const posix::IoVec> parts, bool more) {
  std::size_t done = 0;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    const bool last = index + 1 == parts.size();
    const auto taken = socket_.write_some(bytes(parts[index]), more || !last);
    if (!taken && done == 0) return fail(to_errno(taken.error()));
    if (!taken) break;
    done += *taken;
    if (*taken < parts[index].length) break;
  }
  return static_cast<std::int64_t>(done);
}

Answer StreamSocket::ioctl(std::uint32_t request, int* argument) {
  const bool known = request == posix::kSiocInq || request == posix::kSiocOutq || request == posix::kSiocOutqNsd;
  if (!known) return fail(Errno::NotTerminal);
  if (phase_ == Phase::Listening) return fail(Errno::Invalid);
  if (argument == nullptr) return fail(Errno::BadAddress);
  const ConnectionInfo info = socket_.info().value_or(ConnectionInfo{});
  const bool opening = info.state == TcpState::SynSent || info.state == TcpState::SynReceived;
  if (request == posix::kSiocInq) *argument = static_cast<int>(info.unread);
  if (request == posix::kSiocOutqNsd) *argument = static_cast<int>(info.unsent);
  if (request == posix::kSiocOutq) *argument = opening ? 0 : static_cast<int>(info.unacked + info.unsent);
  return 0;
}

}  // namespace tunic::socket
