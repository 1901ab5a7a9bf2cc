// A UDP socket as POSIX sees it. RFC 768; errors and corner cases as Linux has them.
//
// It stands over UdpSocket and adds what POSIX has and that has not: directions that can be shut down, and options by number.
#pragma once

#include <tunic/udp_socket.hpp>

#include "socket/socket.hpp"

namespace tunic::socket {

class DatagramSocket final : public Socket {
 public:
  DatagramSocket(Stack& stack, UdpSocket socket) : Socket(Kind::Datagram), stack_(stack), socket_(std::move(socket)) {}
  /// To be called once, when the object is in its place.
  void begin_notifying() {
    socket_.on_ready([this](Readiness) { changed(); });
  }

  std::int16_t events() const override;
  Answer bind(const Endpoint& local);
  Answer connect(const Endpoint& remote);

  Answer listen(int backlog) override;
  Answer shutdown(int how) override;
  void disconnect() override { socket_.disconnect(); }
  Answer receive(std::span<const posix::IoVec> parts, int flags, Arrival& arrival) override;
  Answer send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) override;
  Answer get_option(int level, int option, void* value, posix::SockLen* length) override;
  Answer set_option(int level, int option, const void* value, posix::SockLen length) override;
  Answer ioctl(std::uint32_t request, int* argument) override;
  Endpoint local() const override { return socket_.local(); }
  std::optional<Endpoint> peer() const override { return socket_.remote(); }

 private:
  std::expected<int, Errno> get_socket_int(int option);
  std::expected<UdpOptions, Errno> with_socket_int(int option, int value) const;
  std::expected<UdpOptions, Errno> with_ip_int(int option, int value) const;

  Stack& stack_;
  UdpSocket socket_;
  bool read_shut_ = false;
  bool write_shut_ = false;
};

}  // namespace tunic::socket
