// SocketCalls on a SocketTable: one stack that talks to itself over its loopback, in virtual time.
#pragma once

#include <tunic/socket_table.hpp>

#include "sim/network.hpp"
#include "socket_calls.hpp"

namespace tunic::testing {

class TableCalls final : public SocketCalls {
 public:
  TableCalls() { network_.attach(stack_, nowhere_); }

  Answer socket(int domain, int type, int protocol) override { return table_.socket(domain, type, protocol); }
  Answer bind(int fd, const void* address, SockLen length) override { return table_.bind(fd, address, length); }
  Answer listen(int fd, int backlog) override { return table_.listen(fd, backlog); }
  Answer accept4(int fd, void* address, SockLen* length, int flags) override {
    return table_.accept4(fd, address, length, flags);
  }
  Answer connect(int fd, const void* address, SockLen length) override { return table_.connect(fd, address, length); }
  Answer shutdown(int fd, int how) override { return table_.shutdown(fd, how); }
  Answer close(int fd) override { return table_.close(fd); }
  Answer dup(int fd) override { return table_.dup(fd); }
  Answer read(int fd, void* out, std::size_t size) override { return table_.read(fd, out, size); }
  Answer write(int fd, const void* data, std::size_t size) override { return table_.write(fd, data, size); }
  Answer readv(int fd, const posix::IoVec* iov, int count) override { return table_.readv(fd, iov, count); }
  Answer writev(int fd, const posix::IoVec* iov, int count) override { return table_.writev(fd, iov, count); }
  Answer recvfrom(int fd, void* out, std::size_t size, int flags, void* address, SockLen* length) override {
    return table_.recvfrom(fd, out, size, flags, address, length);
  }
  Answer sendto(int fd, const void* data, std::size_t size, int flags, const void* address, SockLen length) override {
    return table_.sendto(fd, data, size, flags, address, length);
  }
  Answer recvmsg(int fd, posix::MsgHdr* msg, int flags) override { return table_.recvmsg(fd, msg, flags); }
  Answer sendmsg(int fd, const posix::MsgHdr* msg, int flags) override { return table_.sendmsg(fd, msg, flags); }
  Answer getsockname(int fd, void* address, SockLen* length) override {
    return table_.getsockname(fd, address, length);
  }
  Answer getpeername(int fd, void* address, SockLen* length) override {
    return table_.getpeername(fd, address, length);
  }
  Answer getsockopt(int fd, int level, int option, void* value, SockLen* length) override {
    return table_.getsockopt(fd, level, option, value, length);
  }
  Answer setsockopt(int fd, int level, int option, const void* value, SockLen length) override {
    return table_.setsockopt(fd, level, option, value, length);
  }
  Answer fcntl(int fd, int command, int argument) override { return table_.fcntl(fd, command, argument); }
  Answer ioctl(int fd, std::uint32_t request, int* argument) override { return table_.ioctl(fd, request, argument); }
  Answer poll(posix::PollFd* fds, std::size_t count) override { return table_.poll(fds, count); }
  Answer epoll_create1(int flags) override { return table_.epoll_create1(flags); }
  Answer epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event) override {
    return table_.epoll_ctl(epoll_fd, operation, fd, event);
  }
  Answer epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events) override {
    return table_.epoll_wait(epoll_fd, events, max_events);
  }
  void settle(int fd, std::int16_t events) override {
    network_.run_until([&] { return (table_.ready_events(fd) & events) == events; },
                       network_.now() + std::chrono::seconds(5));
  }

 private:
  class Nowhere final : public PacketSink {
   public:
    bool ready() const override { return true; }
    void send(PacketBuffer, Instant) override {}
  };

  Nowhere nowhere_;
  static Config config() {
    Config config;
    config.seed = Seed::numbered(1);
    return config;
  }

  Stack stack_{config()};
  SocketTable table_{stack_};
  sim::Network network_;
};

}  // namespace tunic::testing
