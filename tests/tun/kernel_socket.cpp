// TCP sockets of the kernel.
#include "tests/tun/kernel_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace tunic::tun::testing {

namespace {

sockaddr_in to_sockaddr(Endpoint endpoint) {
  return {.sin_family = AF_INET,
          .sin_port = htons(endpoint.port),
          .sin_addr = {htonl(endpoint.address.value())},
          .sin_zero = {}};
}

const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int make_socket(int receive_buffer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return fd;
}

}  // namespace

KernelSocket KernelSocket::connect(Endpoint remote, int receive_buffer) {
  KernelSocket made(make_socket(receive_buffer));
  const sockaddr_in address = to_sockaddr(remote);
  if (::connect(made.fd(), as_sockaddr(address), sizeof address) != 0) made.error_ = errno;
  return made;
}

KernelSocket KernelSocket::listen(Endpoint local, int receive_buffer) {
  KernelSocket made(make_socket(receive_buffer));
  const sockaddr_in address = to_sockaddr(local);
  if (bind(made.fd(), as_sockaddr(address), sizeof address) != 0 || ::listen(made.fd(), 128) != 0) made.error_ = errno;
  return made;
}

KernelSocket KernelSocket::accept() const {
  const int fd = accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  KernelSocket made(fd, fd < 0 ? errno : 0);
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return made;
}

bool KernelSocket::send_all(std::span<const std::byte> data) const {
  while (!data.empty()) {
    const ssize_t sent = send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    data = data.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

int KernelSocket::receive(std::span<std::byte> out) const {
  const ssize_t got = recv(fd_.get(), out.data(), out.size(), 0);
  return got < 0 ? -errno : static_cast<int>(got);
}

std::vector<std::byte> KernelSocket::receive_to_end() const {
  std::vector<std::byte> all;
  std::array<std::byte, 65536> piece;
  for (int got = 0; (got = receive(piece)) > 0;) all.insert(all.end(), piece.begin(), piece.begin() + got);
  return all;
}

void KernelSocket::shutdown_send() const {
  shutdown(fd_.get(), SHUT_WR);
}

void KernelSocket::abort() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

Port KernelSocket::port() const {
  sockaddr_in local{};
  socklen_t size = sizeof local;
  getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&local), &size);
  return ntohs(local.sin_port);
}

}  // namespace tunic::tun::testing
