// A TCP socket as POSIX sees it: one object that is idle, bound, listening, opening or connected in turn.
//
//     stream_socket.cpp    bind, listen, accept, connect, shutdown, close; readiness
//     stream_data.cpp      receive and send
//     urgent_data.cpp      the octet that POSIX calls out-of-band
//     socket_options.cpp   options
//
// It stands over TcpSocket and TcpListener and adds what POSIX has and they have not: an error is told once, a direction
// can be shut down for reading, a socket can be used again after a failed open. It knows no descriptors.
#pragma once

#include <optional>
#include <span>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "base/seq_num.hpp"
#include "socket/socket.hpp"

namespace tunic::tcp {
class Connection;
}

namespace tunic::socket {

class StreamSocket final : public Socket {
 public:
  explicit StreamSocket(Stack& stack) : Socket(Kind::Stream), stack_(stack) {}
  /// Of accept().
  StreamSocket(Stack& stack, TcpSocket connected)
      : Socket(Kind::Stream), stack_(stack), phase_(Phase::Connected), socket_(std::move(connected)) {}
  ~StreamSocket() override;

  std::int16_t events() const override;

  /// `local` has a port, and nobody else has a claim on it.
  void bind(const Endpoint& local);
  bool bound() const { return local().port != 0; }
  Answer listen(int backlog) override;
  /// The connection of the peer who came first.
  std::expected<TcpSocket, Errno> accept();
  Answer connect(const Endpoint& remote);
  /// Back to an idle socket, as by connect() to AF_UNSPEC. A connection is reset.
  void disconnect() override;
  Answer shutdown(int how) override;

  Answer receive(std::span<const posix::IoVec> parts, int flags, Arrival& arrival) override;
  Answer send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) override;

  Answer get_option(int level, int option, void* value, posix::SockLen* length) override;
  Answer set_option(int level, int option, const void* value, posix::SockLen length) override;
  Answer ioctl(std::uint32_t request, int* argument) override;

  bool idle() const { return phase_ == Phase::Idle; }
  bool listening() const { return phase_ == Phase::Listening; }
  /// The handshake of connect() is under way.
  bool connecting() const;
  Endpoint local() const override;
  std::optional<Endpoint> peer() const override;
  SocketOptions options() const;
  std::optional<ConnectionInfo> info() const { return socket_.info(); }
  detail::Handle handle() const { return socket_.handle(); }
  /// nullptr where there is no connection.
  const tcp::Connection* connection() const;

  /// To be called once, when the object is in its place.
  void begin_notifying();

 private:
  enum class Phase : std::uint8_t { Idle, Listening, Opening, Connected };

  Answer open(const Endpoint& remote, const SharedOptions& options);
  Answer open_with_data(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote);
  Answer write_parts(std::span<const posix::IoVec> parts, int flags);
  Answer receive_urgent(std::span<const posix::IoVec> parts, int flags);
  /// So many octets stand before the urgent octet, where that is none of the stream (no SO_OOBINLINE).
  std::optional<std::uint32_t> out_of_band() const;
  bool urgent_octet_waits() const;
  bool old_urgent_octet_is_next() const;
  void skip_urgent_octet();
  std::size_t readable_octets() const;
  Answer apply(const SocketOptions& options);
  /// The error of the connection that nobody has been told yet.
  std::optional<Errno> pending_error() const;
  std::optional<Errno> take_error();
  /// Nothing more is to be read, after what has arrived.
  bool receive_ended() const;
  bool send_ended() const;
  bool over() const;  // neither direction moves any more

  std::expected<int, Errno> get_socket_int(int option);
  std::expected<int, Errno> get_tcp_int(int option) const;
  std::expected<int, Errno> get_ip_int(int option) const;
  std::expected<SocketOptions, Errno> with_socket_int(int option, int value) const;
  std::expected<SocketOptions, Errno> with_tcp_int(int option, int value) const;
  std::expected<SocketOptions, Errno> with_ip_int(int option, int value) const;
  Answer get_tcp_info(void* value, posix::SockLen* length) const;
  Answer get_fast_open_keys(void* value, posix::SockLen* length);
  Answer set_fast_open_keys(std::span<const std::byte> octets);

  Stack& stack_;
  Phase phase_ = Phase::Idle;
  bool error_taken_ = false;
  std::optional<SeqNum> urgent_taken_;  ///< RCV.UP of the urgent octet that recv(MSG_OOB) gave last
  bool read_shut_ = false;
  bool write_shut_ = false;
  std::optional<Endpoint> bound_;  ///< by bind() or listen()
  SharedOptions idle_options_;     ///< while there is no connection and no listener; nullptr: the stack's defaults
  TcpSocket socket_;
  TcpListener listener_;
};

}  // namespace tunic::socket
