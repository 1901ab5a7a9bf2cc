// Echo over UDP: each datagram goes back to where it came from. RFC 862.
#pragma once

#include <memory>

#include <tunic/udp_socket.hpp>

#include "server.hpp"

namespace tunic::services {

/// Thread-safety: none, as the sockets. Must not outlive the stack.
class UdpEcho final : public Running {
 public:
  /// Errors: those of UdpSocket::bind.
  static Result<std::unique_ptr<UdpEcho>> start(Stack& stack, Endpoint local);
  UdpEcho(const UdpEcho&) = delete;
  UdpEcho& operator=(const UdpEcho&) = delete;

  Endpoint local() const { return socket_.local(); }
  void close() override { socket_.close(); }

 private:
  explicit UdpEcho(UdpSocket socket);
  void answer_all();

  UdpSocket socket_;
};

}  // namespace tunic::services
