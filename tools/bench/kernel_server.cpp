// The kernel's TCP as a contestant: one thread with epoll. See servers.hpp. Linux: epoll(7), tcp(7).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <tunic/tun/file_descriptor.hpp>

#include "arena.hpp"
#include "protocol.hpp"
#include "servers.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kBuffer = std::size_t{256} * 1024;
constexpr int kBacklog = 4096;
constexpr std::string_view kCongestionControl = "cubic";  // a machine's default may be another one

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// An event's 64 bits: whether it is of a listener, the service's port, the descriptor.
std::uint64_t token(bool listener, Port port, int fd) {
  return std::uint64_t{listener} << 63 | std::uint64_t{port} << 32 | static_cast<std::uint32_t>(fd);
}

class KernelServer {
 public:
  KernelServer() : epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kBuffer) {
    if (!epoll_) throw_errno("epoll_create1");
    for (const Port port : {kEchoPort, kDiscardPort, kSourcePort, kHttpPort}) listen_on(port);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.u64);
    }
  }

 private:
  void listen_on(Port port) {
    tun::FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    // The accepted sockets inherit all of these.
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(listener.get(), IPPROTO_TCP, TCP_CONGESTION, kCongestionControl.data(), kCongestionControl.size());
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    local.sin_addr.s_addr = htonl(kServer.address.value());
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) < 0) throw_errno("bind");
    if (listen(listener.get(), kBacklog) < 0) throw_errno("listen");
    watch(listener.get(), EPOLLIN, token(true, port, listener.get()));
    listeners_.push_back(std::move(listener));
  }

  void watch(int fd, std::uint32_t what, std::uint64_t token) {
    epoll_event event{.events = what, .data = {.u64 = token}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) throw_errno("epoll_ctl");
  }

  void handle(std::uint64_t token) {
    const auto fd = static_cast<int>(token & 0xffffffff);
    const auto port = static_cast<Port>(token >> 32);
    if (token >> 63 != 0) return accept_all(fd, port);
    if (!serve(fd, port)) close(fd);
  }

  void accept_all(int listener, Port port) {
    int fd = -1;
    while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
      watch(fd, port == kSourcePort ? EPOLLOUT : EPOLLIN, token(false, port, fd));
  }

  /// False: the connection is over.
  bool serve(int fd, Port port) {
    if (port == kSourcePort) return send(fd, buffer_.data(), buffer_.size(), MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
    const ssize_t count = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    if (port == kEchoPort) return send(fd, buffer_.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    if (port == kHttpPort) send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    return port == kDiscardPort;
  }

  tun::FileDescriptor epoll_;
  std::vector<tun::FileDescriptor> listeners_;
  std::vector<char> buffer_;
};

}  // namespace

void serve_with_kernel(const Announce& ready) {
  KernelServer server;
  ready();
  server.run();
}

}  // namespace tunic::bench
