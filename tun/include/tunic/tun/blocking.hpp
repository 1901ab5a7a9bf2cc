// Sockets that wait: TCP over an Engine, callable from any thread. RFC 9293 §3.9.1.
//
// A call waits until it can do its work, the connection fails, its timeout passes (Error::TimedOut) or the engine stops
// (Error::ConnectionAborted).
// Thread-safety: any number of threads may be in calls of one object; one may close() or abort() it meanwhile, which ends the
// calls of the others with Error::ConnectionAborted. Moving and destroying are for who has it alone.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <tunic/tcp_socket.hpp>
#include <tunic/tun/engine.hpp>

namespace tunic::tun {

/// How long a call may wait; empty: for ever.
using Timeout = std::optional<Duration>;

class BlockingTcpSocket {
 public:
  BlockingTcpSocket() = default;
  BlockingTcpSocket(BlockingTcpSocket&&) noexcept = default;
  BlockingTcpSocket& operator=(BlockingTcpSocket&& other) noexcept;
  /// close().
  ~BlockingTcpSocket();

  /// Waits until the connection is established. Errors: what TcpSocket::connect gives, ConnectionRefused, TimedOut, …
  static Result<BlockingTcpSocket> connect(Engine& engine, Endpoint remote, const ConnectOptions& options = {},
                                           Timeout timeout = {});

  /// Waits until there is something: at least one octet, or 0 for the end of the peer's data.
  Result<std::size_t> read_some(std::span<std::byte> out);
  /// Waits until `out` is full or the peer's data ends; how much was read.
  Result<std::size_t> read_all(std::span<std::byte> out);
  /// Waits until the send buffer has taken all of it. After an error some of it may have been sent.
  Result<void> write_all(std::span<const std::byte> data);
  /// No more data from this side.
  Result<void> shutdown_send();
  /// Leaves the connection to the stack, which finishes it. See TcpSocket::close, Engine::drain.
  void close();
  /// Resets the connection.
  void abort();

  /// For each later call of read_some and read_all, and of write_all.
  void set_read_timeout(Timeout timeout);
  void set_write_timeout(Timeout timeout);
  Result<void> set_no_delay(bool on);

  Endpoint local() const;
  Endpoint remote() const;
  std::optional<ConnectionInfo> info() const;
  bool valid() const { return shared_ != nullptr; }

 private:
  friend class BlockingTcpListener;
  struct Shared;
  explicit BlockingTcpSocket(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

class BlockingTcpListener {
 public:
  BlockingTcpListener() = default;
  BlockingTcpListener(BlockingTcpListener&&) noexcept = default;
  BlockingTcpListener& operator=(BlockingTcpListener&& other) noexcept;
  /// close().
  ~BlockingTcpListener();

  static Result<BlockingTcpListener> listen(Engine& engine, Endpoint local, const ListenOptions& options = {});

  /// Waits for a connection.
  Result<BlockingTcpSocket> accept(Timeout timeout = {});
  Endpoint local() const;
  void close();
  bool valid() const { return shared_ != nullptr; }

 private:
  struct Shared;
  explicit BlockingTcpListener(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

}  // namespace tunic::tun
