// SocketCalls on the kernel. The constants and structures of <tunic/posix.hpp> go to it as they are.
#pragma once

#include "socket_calls.hpp"

namespace tunic::testing {

class KernelCalls final : public SocketCalls {
 public:
  Answer socket(int domain, int type, int protocol) override;
  Answer bind(int fd, const void* address, SockLen length) override;
  Answer listen(int fd, int backlog) override;
  Answer accept4(int fd, void* address, SockLen* length, int flags) override;
  Answer connect(int fd, const void* address, SockLen length) override;
  Answer shutdown(int fd, int how) override;
  Answer close(int fd) override;
  Answer dup(int fd) override;
  Answer read(int fd, void* out, std::size_t size) override;
  Answer write(int fd, const void* data, std::size_t size) override;
  Answer readv(int fd, const posix::IoVec* iov, int count) override;
  Answer writev(int fd, const posix::IoVec* iov, int count) override;
  Answer recvfrom(int fd, void* out, std::size_t size, int flags, void* address, SockLen* length) override;
  Answer sendto(int fd, const void* data, std::size_t size, int flags, const void* address, SockLen length) override;
  Answer recvmsg(int fd, posix::MsgHdr* msg, int flags) override;
  Answer sendmsg(int fd, const posix::MsgHdr* msg, int flags) override;
  Answer getsockname(int fd, void* address, SockLen* length) override;
  Answer getpeername(int fd, void* address, SockLen* length) override;
  Answer getsockopt(int fd, int level, int option, void* value, SockLen* length) override;
  Answer setsockopt(int fd, int level, int option, const void* value, SockLen length) override;
  Answer fcntl(int fd, int command, int argument) override;
  Answer ioctl(int fd, std::uint32_t request, int* argument) override;
  Answer poll(posix::PollFd* fds, std::size_t count) override;
  Answer epoll_create1(int flags) override;
  Answer epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event) override;
  Answer epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events) override;
  void settle(int fd, std::int16_t events) override;
};

}  // namespace tunic::testing
