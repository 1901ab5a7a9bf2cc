// UDP sockets, typed and non-blocking. RFC 768, RFC 1122 §4.1.
//
// A call that would have to wait fails with Error::WouldBlock; on_ready() tells when to try again. Blocking calls from any
// thread are in <tunic/tun/blocking_udp.hpp>.
//
// Thread-safety: none; use on the stack's thread. A socket must not outlive its stack.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>
#include <tunic/udp_options.hpp>

namespace tunic {

namespace host {
struct UdpEntry;
}

/// What came with a datagram.
struct UdpReceived {
  std::size_t size = 0;  ///< octets of its data; what is beyond the room that was given is lost
  Endpoint source;
  Endpoint destination;  ///< the address that it was sent to: ours, or a group's
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
};

/// An ICMP error about a datagram of ours (RFC 1122 §4.1.3.3).
struct UdpIcmpError {
  Endpoint destination;  ///< of the datagram
  std::uint8_t type = 0;
  std::uint8_t code = 0;
};

class UdpSocket {
 public:
  /// The longest data of a datagram.
  static constexpr std::size_t kMaxSize = 65507;

  UdpSocket() = default;
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;
  /// As close().
  ~UdpSocket();

  /// A socket without an address. Errors: NoBufferSpace.
  static Result<UdpSocket> open(Stack& stack);
  /// open() and bind().
  static Result<UdpSocket> bind(Stack& stack, Endpoint local);

  /// `local.address` 0.0.0.0: any address of the host; port 0: a random free one (RFC 6056). Errors: AddressInUse,
  /// AddressNotAvailable, InvalidArgument (it has an address).
  Result<void> bind(Endpoint local);
  /// From now on only datagrams from `remote` are received, send() goes there, and errors that ICMP reports are told. Sends
  /// nothing. Errors: InvalidArgument (no such host can be), AccessDenied (broadcast), NetworkUnreachable, AddressNotAvailable.
  Result<void> connect(Endpoint remote);
  void disconnect();

  /// All of `data` as one datagram; it is copied once. Errors: MessageSize, InvalidArgument (port 0, no such host can be),
  /// AccessDenied (a broadcast address without UdpOptions::broadcast), NetworkUnreachable, WouldBlock (the send buffer),
  /// NoBufferSpace (the stack's queue or memory), NotConnected (send), and what ICMP has reported.
  Result<void> send_to(std::span<const std::byte> data, Endpoint remote);
  Result<void> send(std::span<const std::byte> data);
  /// The datagram that came first. Errors: WouldBlock, and what ICMP has reported about a connected socket's datagrams:
  /// ConnectionRefused (port unreachable), …; each is told once.
  Result<UdpReceived> receive_from(std::span<std::byte> out);
  /// As receive_from, but the datagram stays.
  Result<UdpReceived> peek_from(std::span<std::byte> out);

  /// Replaces the callback; {} removes it. If the socket is readable already, the callback runs in the next run_ready.
  void on_ready(ReadyCallback callback);
  Readiness readiness() const;
  /// The error that would be told next, which is then told; empty: none.
  std::error_code take_error();
  /// The last ICMP error about a datagram of this socket, connected or not, since the last call.
  std::optional<UdpIcmpError> take_icmp_error();

  UdpOptions options() const;
  /// Replaces all of them. Errors: InvalidArgument.
  Result<void> set_options(const UdpOptions& options);

  Endpoint local() const;
  /// nullopt: not connected.
  std::optional<Endpoint> remote() const;
  /// Octets of the next datagram; nullopt: there is none.
  std::optional<std::size_t> next_size() const;
  /// Octets of packets that wait to be sent.
  std::size_t unsent() const;
  /// What has arrived and was not read is lost. The socket is empty afterwards.
  void close();
  bool valid() const { return stack_ != nullptr; }

 private:
  UdpSocket(Stack& stack, detail::Handle handle) : stack_(&stack), handle_(handle) {}
  host::UdpEntry* entry() const;
  Result<UdpReceived> receive(std::span<std::byte> out, bool keep);

  Stack* stack_ = nullptr;
  detail::Handle handle_;
};

}  // namespace tunic
