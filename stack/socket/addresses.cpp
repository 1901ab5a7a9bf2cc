#include "socket/addresses.hpp"

#include <algorithm>
#include <cstring>

#include <tunic/error.hpp>

namespace tunic {

namespace posix {

std::string_view name(Errno error) {
  switch (error) {
#define TUNIC_ERRNO_NAME(name, value, text) \
  case Errno::name:                         \
    return text;
    TUNIC_ERRNO_LIST(TUNIC_ERRNO_NAME)
#undef TUNIC_ERRNO_NAME
  }
  return "?";
}

SockAddrIn to_sockaddr(const Endpoint& endpoint) {
  const auto octet = [](std::uint32_t value, int shift) { return static_cast<std::uint8_t>(value >> shift); };
  const std::uint32_t address = endpoint.address.value();
  return {.family = kAfInet,
          .port = {octet(endpoint.port, 8), octet(endpoint.port, 0)},
          .address = {octet(address, 24), octet(address, 16), octet(address, 8), octet(address, 0)}};
}

Endpoint to_endpoint(const SockAddrIn& address) {
  const auto& a = address.address;
  return {Ipv4Address(a[0], a[1], a[2], a[3]), static_cast<Port>(address.port[0] << 8 | address.port[1])};
}

}  // namespace posix

namespace socket {

std::expected<GivenAddress, Errno> read_address(const void* address, posix::SockLen length) {
  constexpr posix::SockLen kLongest = 128;  // struct sockaddr_storage
  if (length > kLongest) return posix::fail(Errno::Invalid);
  if (length == 0) return GivenAddress{};
  if (address == nullptr) return posix::fail(Errno::BadAddress);
  posix::SockAddrIn in{.family = posix::kAfUnspec};
  std::memcpy(&in, address, std::min<std::size_t>(length, sizeof in));
  return GivenAddress{in.family, posix::to_endpoint(in), length >= sizeof in};
}

Answer write_address(const Endpoint& endpoint, void* address, posix::SockLen* length) {
  if (length == nullptr) return posix::fail(Errno::BadAddress);
  if (static_cast<std::int32_t>(*length) < 0) return posix::fail(Errno::Invalid);
  const posix::SockAddrIn in = posix::to_sockaddr(endpoint);
  const std::size_t count = std::min<std::size_t>(*length, sizeof in);
  if (count > 0 && address == nullptr) return posix::fail(Errno::BadAddress);
  if (count > 0) std::memcpy(address, &in, count);
  *length = sizeof in;
  return 0;
}

Errno to_errno(const std::error_code& error) {
  if (error.category() != error_category()) return Errno::Invalid;
  switch (static_cast<Error>(error.value())) {
    case Error::WouldBlock:
      return Errno::Again;
    case Error::InProgress:
      return Errno::InProgress;
    case Error::ConnectionRefused:
      return Errno::ConnectionRefused;
    case Error::ConnectionReset:
      return Errno::ConnectionReset;
    case Error::ConnectionAborted:
      return Errno::ConnectionAborted;
    case Error::TimedOut:
      return Errno::TimedOut;
    case Error::NotConnected:
      return Errno::NotConnected;
    case Error::AlreadyConnected:
      return Errno::IsConnected;
    case Error::BrokenPipe:
      return Errno::BrokenPipe;
    case Error::AddressInUse:
      return Errno::AddressInUse;
    case Error::AddressNotAvailable:
      return Errno::AddressNotAvailable;
    case Error::InvalidArgument:
      return Errno::Invalid;
    case Error::NetworkUnreachable:
      return Errno::NetworkUnreachable;
    case Error::HostUnreachable:
      return Errno::HostUnreachable;
    case Error::ProtocolUnreachable:
      return Errno::NoProtocolOption;  // as hosts report ICMP's protocol unreachable to sockets
    case Error::NoBufferSpace:
      return Errno::NoBufferSpace;
    case Error::MessageSize:
      return Errno::MessageSize;
    case Error::BadHandle:
      return Errno::BadDescriptor;
    case Error::NotSupported:
      return Errno::NotSupported;
    case Error::AccessDenied:
      return Errno::AccessDenied;
  }
  return Errno::Invalid;
}

}  // namespace socket
}  // namespace tunic
