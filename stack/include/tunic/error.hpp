// Errors of API calls: one closed enumeration, carried by std::error_code, mapped to std::errc.
//
// Only callers get errors. Hostile input from the network is never an error: it is a counted drop with a Why.
#pragma once

#include <expected>
#include <string>
#include <system_error>

namespace tunic {

enum class Error : std::uint8_t {
  WouldBlock = 1,       ///< nothing to read, no room to write, or nobody to accept, now
  InProgress,           ///< the connection is being opened
  ConnectionRefused,    ///< the peer answered the SYN with RST (RFC 9293 §3.10.7.3)
  ConnectionReset,      ///< the peer sent RST (RFC 9293 §3.10.7.4)
  ConnectionAborted,    ///< this side aborted the connection (RFC 9293 §3.10.5)
  TimedOut,             ///< R2 reached: the peer did not acknowledge (RFC 9293 §3.8.3)
  NotConnected,         ///< the call needs a connection
  AlreadyConnected,     ///< the socket has a connection
  BrokenPipe,           ///< sending after shutdown or after the connection ended
  AddressInUse,         ///< another listener or connection has this local address
  AddressNotAvailable,  ///< not an address of this host, or no free port
  InvalidArgument,      ///< a value outside its documented range
  NetworkUnreachable,   ///< no route
  HostUnreachable,      ///< ICMP told so
  ProtocolUnreachable,  ///< ICMP told so
  NoBufferSpace,        ///< a budget of the stack is used up
  MessageSize,          ///< longer than the protocol can carry
  BadHandle,            ///< the socket was closed or moved from
  NotSupported,         ///< not built
  AccessDenied,         ///< a broadcast address, and the socket was not told that it may
};

const std::error_category& error_category() noexcept;
std::error_code make_error_code(Error error) noexcept;

template <typename T>
using Result = std::expected<T, std::error_code>;

inline std::unexpected<std::error_code> fail(Error error) {
  return std::unexpected(make_error_code(error));
}

}  // namespace tunic

template <>
struct std::is_error_code_enum<tunic::Error> : std::true_type {};
