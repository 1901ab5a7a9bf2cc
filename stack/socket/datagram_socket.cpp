#include "socket/datagram_socket.hpp"

#include <algorithm>
#include <vector>

#include "socket/option_value.hpp"

namespace tunic::socket {

using posix::fail;

Answer DatagramSocket::bind(const Endpoint& local) {
  const auto bound = socket_.bind(local);
  if (!bound) return fail(to_errno(bound.error()));
  return 0;
}

Answer DatagramSocket::connect(const Endpoint& remote) {
  Endpoint to = remote;
  if (to.address.is_unspecified()) to.address = Ipv4Address(127, 0, 0, 1);  // "this host", as systems have it
  const auto connected = socket_.connect(to);
  if (!connected) return fail(to_errno(connected.error()));
  return 0;
}

Answer DatagramSocket::listen(int) {
  return fail(Errno::NotSupported);
}

/// A socket without a peer is shut down too, and told that it has none.
Answer DatagramSocket::shutdown(int how) {
  if (how < posix::kShutRd || how > posix::kShutRdWr) return fail(Errno::Invalid);
  read_shut_ = read_shut_ || how != posix::kShutWr;
  write_shut_ = write_shut_ || how != posix::kShutRd;
  changed();
  if (!peer()) return fail(Errno::NotConnected);
  return 0;
}

std::int16_t DatagramSocket::events() const {
  const Readiness ready = socket_.readiness();
  int events = 0;
  if (ready.error) events |= posix::kPollErr;
  if (read_shut_) events |= posix::kPollRdHup | posix::kPollIn | posix::kPollRdNorm;
  if (read_shut_ && write_shut_) events |= posix::kPollHup;
  if (socket_.next_size()) events |= posix::kPollIn | posix::kPollRdNorm;
  if (ready.writable) events |= posix::kPollOut | posix::kPollWrNorm;
  return static_cast<std::int16_t>(events);
}

// ---- Data ----

Answer DatagramSocket::receive(std::span<const posix::IoVec> parts, int flags, Arrival& arrival) {
  if ((flags & posix::kMsgErrQueue) != 0) return fail(Errno::Again);  // nothing is ever queued there
  if (read_shut_ && !socket_.next_size() && !socket_.readiness().error) return 0;
  const std::size_t room = total(parts);
  std::vector<std::byte> gathered(parts.size() == 1 ? 0 : std::min(room, UdpSocket::kMaxSize));
  const std::span<std::byte> out = parts.size() == 1 ? bytes(parts.front()) : std::span(gathered);
  const bool peek = (flags & posix::kMsgPeek) != 0;
  const auto received = peek ? socket_.peek_from(out) : socket_.receive_from(out);
  if (!received) return fail(to_errno(received.error()));
  std::span<const std::byte> rest = std::span(gathered).first(std::min(received->size, gathered.size()));
  for (const posix::IoVec& part : parts) {
    const auto piece = rest.first(std::min(rest.size(), part.length));
    std::ranges::copy(piece, bytes(part).begin());
    rest = rest.subspan(piece.size());
  }
  arrival = {.from = received->source, .cut = received->size > room};
  const bool true_size = (flags & posix::kMsgTrunc) != 0;
  return static_cast<std::int64_t>(true_size ? received->size : std::min(received->size, room));
}

Answer DatagramSocket::send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) {
  // Neither urgent data nor datagrams made of several calls.
  if ((flags & (posix::kMsgOob | posix::kMsgMore)) != 0) return fail(Errno::NotSupported);
  const std::size_t size = total(parts);
  if (size > 0xffff) return fail(Errno::MessageSize);
  if (remote && peer() && stack_.config().sockets.connected_refuses_address) return fail(Errno::IsConnected);
  std::optional<Endpoint> to = remote ? remote : peer();
  if (!to) return fail(Errno::DestinationRequired);
  if (to->address.is_unspecified()) to->address = Ipv4Address(127, 0, 0, 1);
  if (write_shut_) return fail(Errno::BrokenPipe);
  std::vector<std::byte> gathered;
  std::span<const std::byte> data = parts.size() == 1 ? bytes(parts.front()) : std::span<std::byte>();
  if (parts.size() > 1) {
    gathered.reserve(size);
    for (const posix::IoVec& part : parts) std::ranges::copy(bytes(part), std::back_inserter(gathered));
    data = gathered;
  }
  const auto sent = socket_.send_to(data, *to);
  if (!sent) return fail(to_errno(sent.error()));
  return static_cast<std::int64_t>(size);
}

Answer DatagramSocket::ioctl(std::uint32_t request, int* argument) {
  if (request != posix::kSiocInq && request != posix::kSiocOutq) return fail(Errno::NotTerminal);
  if (argument == nullptr) return fail(Errno::BadAddress);
  *argument = static_cast<int>(request == posix::kSiocInq ? socket_.next_size().value_or(0) : socket_.unsent());
  return 0;
}

// ---- Options ----

Answer DatagramSocket::get_option(int level, int option, void* value, posix::SockLen* length) {
  if (length == nullptr) return fail(Errno::BadAddress);
  if (static_cast<std::int32_t>(*length) < 0) return fail(Errno::Invalid);
  std::expected<int, Errno> number = fail(Errno::NotSupported);
  if (level == posix::kSolSocket) {
    number = get_socket_int(option);
  } else if (level == posix::kIpProtoIp) {
    number = fail(Errno::NoProtocolOption);
    if (option == posix::kIpTos) number = socket_.options().tos;
    if (option == posix::kIpTtl) number = socket_.options().ttl;
  }
  if (!number) return fail(number.error());
  return give_number(level, *number, value, length);
}

std::expected<int, Errno> DatagramSocket::get_socket_int(int option) {
  const UdpOptions o = socket_.options();
  const std::int64_t factor = stack_.config().sockets.buffer_factor;
  switch (option) {
    case posix::kSoReuseAddr:
      return o.reuse_address;
    case posix::kSoType:
      return posix::kSockDgram;
    case posix::kSoDomain:
      return posix::kAfInet;
    case posix::kSoProtocol:
      return posix::kIpProtoUdp;
    case posix::kSoError:
      if (const auto error = socket_.take_error()) return static_cast<int>(to_errno(error));
      return 0;
    case posix::kSoSndBuf:
      return clamp_to_int(o.send_buffer * factor);
    case posix::kSoRcvBuf:
      return clamp_to_int(o.receive_buffer * factor);
    case posix::kSoBroadcast:
      return o.broadcast;
    case posix::kSoNoCheck:
      return !o.checksum;
    case posix::kSoAcceptConn:
      return 0;
    default:
      return fail(Errno::NoProtocolOption);
  }
}

Answer DatagramSocket::set_option(int level, int option, const void* value, posix::SockLen length) {
  if (static_cast<std::int32_t>(length) < 0) return fail(Errno::Invalid);
  if (value == nullptr) return fail(Errno::BadAddress);
  std::expected<UdpOptions, Errno> changed = fail(Errno::NoProtocolOption);
  if (level == posix::kSolSocket) {
    if (length < sizeof(int)) return fail(Errno::Invalid);
    changed = with_socket_int(option, take<int>(value));
  } else if (level == posix::kIpProtoIp) {
    if (length == 0 && option == posix::kIpTtl) return fail(Errno::Invalid);
    const int number = length >= sizeof(int) ? take<int>(value) : length >= 1 ? take<std::uint8_t>(value) : 0;
    changed = with_ip_int(option, number);
  }
  if (!changed) return fail(changed.error());
  const auto done = socket_.set_options(*changed);
  if (!done) return fail(to_errno(done.error()));
  return 0;
}

std::expected<UdpOptions, Errno> DatagramSocket::with_socket_int(int option, int value) const {
  UdpOptions o = socket_.options();
  const std::uint32_t buffer = std::min(static_cast<std::uint32_t>(value), stack_.config().sockets.max_buffer);
  switch (option) {
    case posix::kSoReuseAddr:
      o.reuse_address = value != 0;
      return o;
    case posix::kSoSndBuf:
      o.send_buffer = std::max(buffer, kMinSendBuffer);
      return o;
    case posix::kSoRcvBuf:
      o.receive_buffer = std::max(buffer, kMinReceiveBuffer);
      return o;
    case posix::kSoBroadcast:
      o.broadcast = value != 0;
      return o;
    case posix::kSoNoCheck:
      o.checksum = value == 0;
      return o;
    default:
      return fail(Errno::NoProtocolOption);
  }
}

std::expected<UdpOptions, Errno> DatagramSocket::with_ip_int(int option, int value) const {
  UdpOptions o = socket_.options();
  if (option == posix::kIpTos) {
    o.tos = static_cast<std::uint8_t>(value);
    return o;
  }
  if (option == posix::kIpTtl) {
    if (value != -1 && !in_range(value, 1, 255)) return fail(Errno::Invalid);
    o.ttl = value == -1 ? stack_.config().ttl : static_cast<std::uint8_t>(value);
    return o;
  }
  return fail(Errno::NoProtocolOption);
}

}  // namespace tunic::socket
