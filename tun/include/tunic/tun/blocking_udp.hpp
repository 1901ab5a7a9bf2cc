// UDP sockets that wait, over an Engine, callable from any thread. RFC 768, RFC 1122 §4.1.
//
// A call waits until it can do its work, its timeout passes (Error::TimedOut) or the engine stops (Error::ConnectionAborted).
// Thread-safety: as BlockingTcpSocket.
#pragma once

#include <memory>
#include <span>

#include <tunic/tun/blocking.hpp>
#include <tunic/udp_socket.hpp>

namespace tunic::tun {

class BlockingUdpSocket {
 public:
  BlockingUdpSocket() = default;
  BlockingUdpSocket(BlockingUdpSocket&&) noexcept = default;
  BlockingUdpSocket& operator=(BlockingUdpSocket&& other) noexcept;
  /// close().
  ~BlockingUdpSocket();

  /// `local` {}: any address and a random port. Errors: as UdpSocket::bind.
  static Result<BlockingUdpSocket> bind(Engine& engine, Endpoint local);
  /// See UdpSocket::connect; it does not wait.
  Result<void> connect(Endpoint remote);

  /// Wait for room in the send buffer. Errors: as UdpSocket::send_to.
  Result<void> send_to(std::span<const std::byte> data, Endpoint remote);
  Result<void> send(std::span<const std::byte> data);
  /// Waits for a datagram. Errors: as UdpSocket::receive_from, TimedOut.
  Result<UdpReceived> receive_from(std::span<std::byte> out, Timeout timeout = {});

  UdpOptions options() const;
  Result<void> set_options(const UdpOptions& options);
  Endpoint local() const;
  void close();
  bool valid() const { return shared_ != nullptr; }

 private:
  struct Shared;
  explicit BlockingUdpSocket(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

}  // namespace tunic::tun
