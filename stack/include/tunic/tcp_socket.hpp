// TCP sockets and listeners, typed and non-blocking. RFC 9293 §3.9.1.
//
// A call that would have to wait fails with Error::WouldBlock; on_ready() tells when to try again. Blocking calls from any
// thread are in <tunic/tun/blocking.hpp>; in virtual time, sim::run_until is the way to wait.
//
// Thread-safety: none; use on the stack's thread. A socket must not outlive its stack.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/event.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_options.hpp>

namespace tunic {

/// What can be done with a socket without waiting.
struct Readiness {
  bool readable = false;     ///< read_some gives bytes, the end (0) or an error; accept gives a socket
  bool writable = false;     ///< write_some takes bytes or gives an error; the open is complete
  bool peer_closed = false;  ///< the peer's FIN has arrived: after the unread bytes comes the end
  bool error = false;        ///< the connection has failed; error() says how
  bool closed = false;       ///< both directions are over
  bool urgent = false;       ///< urgent data is on its way or waits to be read: octets_to_mark() says where
  bool trouble = false;      ///< there is a soft error, and the socket wants to be told of such

  friend bool operator==(const Readiness&, const Readiness&) = default;
};

/// Runs in Stack::run_ready, when something has happened to the socket: data or room came, a connection waits, the state
/// changed. May read, write, close and open sockets, this one included. Not called while nothing happens: whoever leaves
/// data unread is not told again.
using ReadyCallback = std::function<void(Readiness)>;

namespace host {
struct TcpEntry;
}

namespace detail {
/// Names an object of a host; a stale name finds nothing.
struct Handle {
  std::uint32_t index = 0xffffffff;
  std::uint32_t generation = 0;
};
}  // namespace detail

struct ConnectOptions {
  std::optional<Ipv4Address> local_address;  ///< default: the host's address on the way to the peer
  Port local_port = 0;                       ///< 0: a random one (RFC 6056)
  std::optional<std::uint32_t> send_buffer;
  std::optional<std::uint32_t> receive_buffer;
  SharedOptions options;  ///< default: SocketOptions::defaults(); the two buffers above rule over it
};

class TcpSocket {
 public:
  TcpSocket() = default;
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;
  /// As close().
  ~TcpSocket();

  /// Begins an active open and returns at once; writable tells that it is complete, error that it failed.
  /// Errors: InvalidArgument (port 0, broadcast or multicast address), AddressNotAvailable, AddressInUse, NoBufferSpace.
  static Result<TcpSocket> connect(Stack& stack, Endpoint remote, const ConnectOptions& options = {});

  /// Reads what is there, at most out.size() octets; 0: the peer has closed. Errors: WouldBlock, ConnectionReset, TimedOut, …
  Result<std::size_t> read_some(std::span<std::byte> out);
  /// As read_some, but what it gives stays unread.
  Result<std::size_t> peek(std::span<std::byte> out) const;
  /// Takes as much as fits the send buffer, copying it once. `more`: a write will follow, so no small segment needs to
  /// leave now. Errors: WouldBlock, BrokenPipe, ConnectionReset, TimedOut, …
  Result<std::size_t> write_some(std::span<const std::byte> data, bool more = false);
  /// As write_some, without copying: slices are taken off the front of `data`, which keeps what does not fit. Nobody may
  /// change their bytes any more, until the peer has acknowledged them. They may be of any pool that outlives the stack; what
  /// is said again and again (a page, a pattern) can be one slice of Stack::pool() that each answer shares. Only small pieces
  /// that nobody else holds are copied, together, since they would keep blocks that are much larger.
  Result<std::size_t> write_shared(Chain& data, bool more = false);
  /// As read_some, without copying: slices of what was received, at most `most` octets; an empty chain: the peer has
  /// closed. Hold them no longer than needed: they keep packet memory from the stack, and must not outlive it.
  Result<Chain> read_shared(std::size_t most);
  /// As write_some; `data` is urgent (RFC 9293 MUST-30): all segments until it is acknowledged point behind it, and neither
  /// Nagle's algorithm nor a cork holds it. New applications should not need it (SHLD-13).
  Result<std::size_t> write_urgent(std::span<const std::byte> data);
  /// Where the peer's urgent data ends (MUST-33): so many unread octets, here or still to come, stand before its last one;
  /// nullopt: no urgent data is announced that was not read. Reads stop there, so that 0 is seen.
  std::optional<std::uint32_t> octets_to_mark() const;
  /// What was read up to now ends where the peer has pushed, with a PSH flag: it had no more to say then (RFC 9293 MAY-17). A hint:
  /// a stream has no borders, and systems between may push elsewhere.
  bool pushed() const;
  /// No more data from this side: FIN after what was written. The other direction stays open.
  Result<void> shutdown_send();
  /// What comes from now on will not be read: once this side has sent its FIN too, data that arrives resets the connection,
  /// as after close() (SHLD-3), where the profile has it so.
  Result<void> shutdown_receive();
  /// Gives the connection up to the stack, which finishes it: written data is sent, then FIN. With data unread: RST
  /// (RFC 9293 SHLD-3). The socket is empty afterwards.
  void close();
  /// Resets the connection. The socket is empty afterwards.
  void abort();

  /// Replaces the callback; {} removes it. If the socket is ready already, the callback runs in the next run_ready.
  void on_ready(ReadyCallback callback);
  Readiness readiness() const;
  /// Why the connection failed; empty while it has not.
  std::error_code error() const;
  /// What went wrong without ending the connection (RFC 9293 MUST-47, SHLD-9, SHLD-25): the last ICMP error about it
  /// (NetworkUnreachable, HostUnreachable, …), or TimedOut from R1 on. An acknowledgment clears it; a connection that is
  /// given up reports it as its error().
  std::error_code soft_error() const;
  /// The same, and forgets it.
  std::error_code take_soft_error();

  Result<void> set_no_delay(bool on);  ///< turns Nagle's algorithm off (RFC 9293 MUST-17)
  /// What waits to be acknowledged is, at once, and early in the connection all that comes (`on`); or acknowledgments wait for data
  /// of this side to carry them, up to the delayed-ACK time (RFC 9293 §3.8.6.3). No lasting setting, as on Linux
  /// (TCP_QUICKACK): the stack goes on to judge by what the application does.
  Result<void> set_quick_ack(bool on);
  bool quick_ack() const;
  SocketOptions options() const;
  /// Replaces all of them. Errors: InvalidArgument.
  Result<void> set_options(const SocketOptions& options);

  TcpState state() const;

  Endpoint local() const;
  Endpoint remote() const;
  std::optional<ConnectionInfo> info() const;
  bool valid() const { return stack_ != nullptr; }
  /// Names the connection within its stack, also after the socket has let go of it.
  detail::Handle handle() const { return handle_; }

 private:
  friend class TcpListener;
  TcpSocket(Stack& stack, detail::Handle handle) : stack_(&stack), handle_(handle) {}
  host::TcpEntry* entry() const;

  Stack* stack_ = nullptr;
  detail::Handle handle_;
};

struct ListenOptions {
  std::uint32_t backlog = 128;  ///< connections that may wait to be accepted, 1..config.tcp.max_backlog
  SharedOptions options;        ///< of the connections; default: SocketOptions::defaults()
};

class TcpListener {
 public:
  TcpListener() = default;
  TcpListener(TcpListener&& other) noexcept;
  TcpListener& operator=(TcpListener&& other) noexcept;
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener();

  /// `local.address` 0.0.0.0: any address of the host; port 0: a free one. Errors: AddressInUse, AddressNotAvailable.
  static Result<TcpListener> listen(Stack& stack, Endpoint local, const ListenOptions& options = {});

  /// Error: WouldBlock.
  Result<TcpSocket> accept();
  void on_ready(ReadyCallback callback);
  Readiness readiness() const;
  Endpoint local() const;
  SocketOptions options() const;
  /// For connections whose SYN comes from now on. Errors: InvalidArgument.
  Result<void> set_options(const SocketOptions& options);
  /// Errors: InvalidArgument.
  Result<void> set_backlog(std::uint32_t backlog);
  std::optional<ListenerInfo> info() const;
  /// Connections that nobody has accepted are reset.
  void close();
  bool valid() const { return stack_ != nullptr; }

 private:
  TcpListener(Stack& stack, detail::Handle handle) : stack_(&stack), handle_(handle) {}

  Stack* stack_ = nullptr;
  detail::Handle handle_;
};

}  // namespace tunic
