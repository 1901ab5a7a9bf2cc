// Data calls: each is a list of buffers, flags and perhaps an address, for the socket behind the descriptor.
#include <algorithm>
#include <array>
#include <span>

#include <tunic/socket_table.hpp>

#include "socket/socket.hpp"

namespace tunic {

using posix::Errno;
using posix::fail;
using posix::IoVec;
using Answer = posix::Answer;

namespace {

constexpr std::size_t kMaxParts = 1024;  // IOV_MAX

std::expected<std::span<const IoVec>, Errno> parts(const IoVec* iov, std::size_t count, Errno too_many) {
  if (count > kMaxParts) return fail(too_many);
  if (count > 0 && iov == nullptr) return fail(Errno::BadAddress);
  const std::span all(iov, count);
  if (std::ranges::any_of(all, [](const IoVec& part) { return part.base == nullptr && part.length > 0; })) {
    return fail(Errno::BadAddress);
  }
  return all;
}

/// Where sendto() and sendmsg() are told to send to. A stream has its own reasons to refuse it; a datagram needs all of it.
std::expected<Endpoint, Errno> destination(const socket::Socket& socket, const void* address, posix::SockLen length) {
  const auto given = socket::read_address(address, length);
  if (!given) return fail(given.error());
  if (socket.kind() == socket::File::Kind::Datagram) {
    if (!given->whole) return fail(Errno::Invalid);
    if (given->family != posix::kAfInet && given->family != posix::kAfUnspec) return fail(Errno::FamilyNotSupported);
  }
  return given->endpoint;
}

}  // namespace

Answer SocketTable::read(int fd, void* out, std::size_t size) {
  const IoVec part{out, size};
  return readv(fd, &part, 1);
}

Answer SocketTable::write(int fd, const void* data, std::size_t size) {
  const IoVec part{const_cast<void*>(data), size};  // POSIX has one type for both directions
  return writev(fd, &part, 1);
}

Answer SocketTable::readv(int fd, const IoVec* iov, int count) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  const auto socket = any_socket(fd);
  if (!socket || count < 0) return fail(Errno::Invalid);
  const auto into = parts(iov, static_cast<std::size_t>(count), Errno::Invalid);
  if (!into) return fail(into.error());
  const bool nothing = std::ranges::all_of(*into, [](const IoVec& part) { return part.length == 0; });
  if (nothing) return 0;  // unlike recv(), whatever the socket's state
  socket::Arrival arrival;
  return (*socket)->receive(*into, 0, arrival);
}

Answer SocketTable::writev(int fd, const IoVec* iov, int count) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  const auto socket = any_socket(fd);
  if (!socket || count < 0) return fail(Errno::Invalid);
  const auto from = parts(iov, static_cast<std::size_t>(count), Errno::Invalid);
  if (!from) return fail(from.error());
  return (*socket)->send(*from, 0, std::nullopt);
}

Answer SocketTable::recv(int fd, void* out, std::size_t size, int flags) {
  return recvfrom(fd, out, size, flags, nullptr, nullptr);
}

Answer SocketTable::send(int fd, const void* data, std::size_t size, int flags) {
  return sendto(fd, data, size, flags, nullptr, 0);
}

Answer SocketTable::recvfrom(int fd, void* out, std::size_t size, int flags, void* address, posix::SockLen* length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  const IoVec part{out, size};
  const bool to_nowhere = (flags & posix::kMsgTrunc) != 0;
  if (out == nullptr && size > 0 && !to_nowhere) return fail(Errno::BadAddress);
  socket::Arrival arrival;
  const Answer count = (*socket)->receive(std::span(&part, 1), flags, arrival);
  if (!count || address == nullptr) return count;
  if (length == nullptr) return fail(Errno::BadAddress);
  if (!arrival.from) {
    *length = 0;  // a stream's data has no address of its own
    return count;
  }
  const Answer written = socket::write_address(*arrival.from, address, length);
  return written ? count : written;
}

Answer SocketTable::sendto(int fd, const void* data, std::size_t size, int flags, const void* address,
                           posix::SockLen length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  if (data == nullptr && size > 0) return fail(Errno::BadAddress);
  const IoVec part{const_cast<void*>(data), size};
  std::optional<Endpoint> remote;
  if (address != nullptr) {
    const auto given = destination(**socket, address, length);
    if (!given) return fail(given.error());
    remote = *given;
  }
  return (*socket)->send(std::span(&part, 1), flags, remote);
}

Answer SocketTable::recvmsg(int fd, posix::MsgHdr* msg, int flags) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  if (msg == nullptr) return fail(Errno::BadAddress);
  const auto into = parts(msg->iov, msg->iov_count, Errno::MessageSize);
  if (!into) return fail(into.error());
  socket::Arrival arrival;
  const Answer count = (*socket)->receive(*into, flags, arrival);
  if (!count) return count;
  if (arrival.from && msg->name != nullptr) {
    if (const Answer written = socket::write_address(*arrival.from, msg->name, &msg->name_length); !written)
      return written;
  } else {
    msg->name_length = 0;
  }
  msg->control_length = 0;
  msg->flags = (arrival.cut ? posix::kMsgTrunc : 0) | (flags & posix::kMsgOob);
  return count;
}

Answer SocketTable::sendmsg(int fd, const posix::MsgHdr* msg, int flags) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  if (msg == nullptr) return fail(Errno::BadAddress);
  const auto from = parts(msg->iov, msg->iov_count, Errno::MessageSize);
  if (!from) return fail(from.error());
  std::optional<Endpoint> remote;
  if (msg->name != nullptr && msg->name_length > 0) {
    const auto given = destination(**socket, msg->name, msg->name_length);
    if (!given) return fail(given.error());
    remote = *given;
  }
  return (*socket)->send(*from, flags, remote);
}

}  // namespace tunic
