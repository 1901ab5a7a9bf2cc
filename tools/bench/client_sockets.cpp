// See client_sockets.hpp.
#include "client_sockets.hpp"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <system_error>

#include "arena.hpp"

namespace tunic::bench {
namespace {

constexpr std::string_view kCongestionControl = "cubic";  // with another one the limit would be hidden by its pacing

sockaddr_in address_of(Ipv4Address address, Port port) {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(port);
  native.sin_addr.s_addr = htonl(address.value());
  return native;
}

int set_option(const tun::FileDescriptor& fd, int level, int name, const auto& value) {
  return setsockopt(fd.get(), level, name, &value, sizeof value);
}

}  // namespace

ClientSockets::ClientSockets() : addresses_(client_addresses()) {}

tun::FileDescriptor ClientSockets::connect(Port port, Mode mode) {
  const int flags = mode == Mode::NotWaiting ? SOCK_NONBLOCK : 0;
  tun::FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return fd;
  const int on = 1;
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, on);
  setsockopt(fd.get(), IPPROTO_TCP, TCP_CONGESTION, kCongestionControl.data(), kCongestionControl.size());
  set_option(fd, SOL_SOCKET, SO_RCVTIMEO, patience);
  set_option(fd, SOL_SOCKET, SO_SNDTIMEO, patience);
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, on);
  const sockaddr_in local = address_of(addresses_[next_++ % addresses_.size()], 0);
  const sockaddr_in remote = address_of(kServer.address, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) < 0) return {};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&remote), sizeof remote) < 0 && errno != EINPROGRESS)
    return {};
  return fd;
}

tun::FileDescriptor ClientSockets::must_connect(Port port) {
  auto fd = connect(port, Mode::Waiting);
  if (!fd) throw std::system_error(errno, std::generic_category(), "cannot connect to the server");
  return fd;
}

bool send_all(const tun::FileDescriptor& fd, std::string_view text) {
  return send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

void reset_at_close(const tun::FileDescriptor& fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  set_option(fd, SOL_SOCKET, SO_LINGER, at_once);
}

double acknowledged_octets(const tun::FileDescriptor& fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return static_cast<double>(info.tcpi_bytes_acked);
}

}  // namespace tunic::bench
