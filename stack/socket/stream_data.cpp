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
    if (socket.octets_to_mark() == 0U) break;  // one call does not read across the mark
  }
  return done;
}

/// A copy of as much as fits all parts, which stays unread; the first `hidden` octets are not for the caller.
Result<std::size_t> peek(const TcpSocket& socket, std::span<const posix::IoVec> parts, std::size_t hidden) {
  if (parts.size() == 1 && hidden == 0) return socket.peek(bytes(parts.front()));
  std::vector<std::byte> gathered(hidden + total(parts));
  const auto got = socket.peek(gathered);
  if (!got) return got;
  const std::size_t count = *got - std::min(*got, hidden);
  std::span<const std::byte> rest = std::span(gathered).subspan(hidden, count);
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
    if (*got < part.length || socket.octets_to_mark() == 0U) break;
  }
  return done;
}

}  // namespace

Answer StreamSocket::receive(std::span<const posix::IoVec> parts, int flags, Arrival&) {
  if ((flags & posix::kMsgErrQueue) != 0) return fail(Errno::Again);  // nothing is ever queued there
  if (phase_ == Phase::Listening) return fail(Errno::NotConnected);
  if ((flags & posix::kMsgOob) != 0) return receive_urgent(parts, flags);
  if (phase_ == Phase::Idle) return fail(Errno::NotConnected);
  const bool peeking = (flags & posix::kMsgPeek) != 0;
  if (!peeking && total(parts) > 0) skip_urgent_octet();
  if (readable_octets() == 0) {
    if (const auto error = take_error()) return fail(*error);
    if (receive_ended()) return 0;
    return fail(Errno::Again);
  }
  const std::size_t size = total(parts);
  if (size == 0) return 0;
  const bool past_urgent_octet = out_of_band() == 0U;
  const auto count = (flags & posix::kMsgTrunc) != 0 ? discard(socket_, size)
                     : peeking                       ? peek(socket_, parts, past_urgent_octet ? 1 : 0)
                                                     : read(socket_, parts);
  if (!count) return fail(to_errno(count.error()));
  return static_cast<std::int64_t>(*count);
}

Answer StreamSocket::send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) {
  const bool fast_open = (flags & posix::kMsgFastOpen) != 0;
  const bool implied = remote && options().fast_open_queue > 0 && stack_.config().sockets.fast_open_by_address;
  if (phase_ == Phase::Idle && (fast_open || implied)) return open_with_data(parts, flags, remote);
  if (fast_open && connecting()) return fail(Errno::Already);  // where it is connected already the flag has no meaning
  if (const auto error = take_error()) return fail(*error);
  if (phase_ == Phase::Idle || phase_ == Phase::Listening || send_ended()) return fail(Errno::BrokenPipe);
  if (remote && stack_.config().sockets.connected_refuses_address) return fail(Errno::IsConnected);
  return write_parts(parts, flags);
}

/// The SYN leaves when the stack is flushed next: what is written before may ride in it. Where it can not (no cookie is
/// known), MSG_FASTOPEN opens as connect() does, and the caller sends again later; a socket that opens by itself keeps the data.
Answer StreamSocket::open_with_data(std::span<const posix::IoVec> parts, int flags,
                                    const std::optional<Endpoint>& remote) {
  if (!remote) return fail(Errno::Invalid);
  SocketOptions with = options();
  with.fast_open = true;
  const Answer opened = open(*remote, std::make_shared<const SocketOptions>(with));
  if (!opened && opened.error() != Errno::InProgress) return opened;
  const bool asked = (flags & posix::kMsgFastOpen) != 0;
  if (asked && !connection()->syn_may_carry_data()) return fail(Errno::InProgress);
  const Answer taken = write_parts(parts, flags);
  return !taken && taken.error() == Errno::Again ? fail(Errno::InProgress) : taken;
}

Answer StreamSocket::write_parts(std::span<const posix::IoVec> parts, int flags) {
  const bool more = (flags & posix::kMsgMore) != 0;
  const bool urgent = (flags & posix::kMsgOob) != 0;
  std::size_t done = 0;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    const bool last = index + 1 == parts.size();
    const auto taken = urgent && last ? socket_.write_urgent(bytes(parts[index]))
                                      : socket_.write_some(bytes(parts[index]), more || !last);
    if (!taken && done == 0) return fail(to_errno(taken.error()));
    if (!taken) break;
    done += *taken;
    if (*taken < parts[index].length) break;
  }
  return static_cast<std::int64_t>(done);
}

Answer StreamSocket::ioctl(std::uint32_t request, int* argument) {
  if (request == posix::kSiocAtMark) {
    if (argument == nullptr) return fail(Errno::BadAddress);
    const tcp::Connection* with = connection();
    *argument = with != nullptr && with->octets_to_mark() == 0U ? 1 : 0;
    return 0;
  }
  const bool known = request == posix::kSiocInq || request == posix::kSiocOutq || request == posix::kSiocOutqNsd;
  if (!known) return fail(Errno::NotTerminal);
  if (phase_ == Phase::Listening) return fail(Errno::Invalid);
  if (argument == nullptr) return fail(Errno::BadAddress);
  const ConnectionInfo info = socket_.info().value_or(ConnectionInfo{});
  const bool opening = info.state == TcpState::SynSent || info.state == TcpState::SynReceived;
  if (request == posix::kSiocInq) {  // up to the urgent octet, where that is none of the stream
    *argument = static_cast<int>(std::min(info.unread, out_of_band().value_or(info.unread)));
  }
  if (request == posix::kSiocOutqNsd) *argument = static_cast<int>(info.unsent);
  if (request == posix::kSiocOutq) *argument = opening ? 0 : static_cast<int>(info.unacked + info.unsent);
  return 0;
}

}  // namespace tunic::socket
