// The last octet of urgent data as sockets have it: out of band, to be had by MSG_OOB, and a mark in the stream. RFC 6093 §3.
//
// TCP has no such octet: its pointer says where urgent data ends (RFC 9293 §3.8.5), and its data is in the stream. What is
// left of that here is an octet that reading leaves out, unless SO_OOBINLINE is on. Corner cases are Linux's.
#include "socket/stream_socket.hpp"
#include "tcp/connection.hpp"

namespace tunic::socket {

using posix::fail;

std::optional<std::uint32_t> StreamSocket::out_of_band() const {
  const tcp::Connection* with = connection();
  return with == nullptr || with->options().urgent_inline ? std::nullopt : with->octets_to_mark();
}

bool StreamSocket::urgent_octet_waits() const {
  const tcp::Connection* with = connection();
  return with != nullptr && with->urgent_octet() && urgent_taken_ != with->tcb().rcv.up;
}

/// The octet at the reading position was taken, and has lost its mark to a later one.
bool StreamSocket::old_urgent_octet_is_next() const {
  const tcp::Connection* with = connection();
  return urgent_taken_ && with->read_position() + 1 == *urgent_taken_ && with->octets_to_mark() != 0U;
}

/// At the mark the stream goes on behind the urgent octet, whether anybody has asked for that or not. The same holds of one
/// that was taken and lost its mark to a later one.
void StreamSocket::skip_urgent_octet() {
  const tcp::Connection* with = connection();
  if (with == nullptr || with->options().urgent_inline || with->unread() == 0) return;
  if (with->octets_to_mark() != 0U && !old_urgent_octet_is_next()) return;
  std::byte unwanted{};
  socket_.read_some(std::span(&unwanted, 1)).value();  // it is there
}

std::size_t StreamSocket::readable_octets() const {
  const tcp::Connection* with = connection();
  if (with == nullptr) return 0;
  const std::size_t unread = with->unread();
  return out_of_band() == 0U && unread > 0 ? unread - 1 : unread;
}

Answer StreamSocket::receive_urgent(std::span<const posix::IoVec> parts, int flags) {
  const tcp::Connection* with = connection();
  if (!out_of_band() || urgent_taken_ == with->tcb().rcv.up) return fail(Errno::Invalid);
  const auto octet = with->urgent_octet();
  if (!octet && receive_ended()) return 0;
  if (!octet) return fail(Errno::Again);
  if ((flags & posix::kMsgPeek) == 0) {
    if (old_urgent_octet_is_next()) skip_urgent_octet();  // it would be forgotten that it was taken
    urgent_taken_ = with->tcb().rcv.up;
  }
  for (const posix::IoVec& part : parts) {
    if (part.length == 0) continue;
    if ((flags & posix::kMsgTrunc) == 0) *static_cast<std::byte*>(part.base) = *octet;
    return 1;
  }
  return 0;
}

}  // namespace tunic::socket
