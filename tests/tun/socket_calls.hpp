// One set of socket calls over two backends: the kernel, and a SocketTable over a stack in virtual time.
//
// Both take the table's constants and structures, whose values and layouts are Linux's, and give an Answer.
#pragma once

#include <cstdint>

#include <tunic/posix.hpp>

namespace tunic::testing {

using posix::Answer;
using posix::SockLen;

class SocketCalls {
 public:
  virtual ~SocketCalls() = default;

  virtual Answer socket(int domain, int type, int protocol) = 0;
  virtual Answer bind(int fd, const void* address, SockLen length) = 0;
  virtual Answer listen(int fd, int backlog) = 0;
  virtual Answer accept4(int fd, void* address, SockLen* length, int flags) = 0;
  virtual Answer connect(int fd, const void* address, SockLen length) = 0;
  virtual Answer shutdown(int fd, int how) = 0;
  virtual Answer close(int fd) = 0;
  virtual Answer dup(int fd) = 0;
  virtual Answer read(int fd, void* out, std::size_t size) = 0;
  virtual Answer write(int fd, const void* data, std::size_t size) = 0;
  virtual Answer readv(int fd, const posix::IoVec* iov, int count) = 0;
  virtual Answer writev(int fd, const posix::IoVec* iov, int count) = 0;
  virtual Answer recvfrom(int fd, void* out, std::size_t size, int flags, void* address, SockLen* length) = 0;
  virtual Answer sendto(int fd, const void* data, std::size_t size, int flags, const void* address, SockLen length) = 0;
  virtual Answer recvmsg(int fd, posix::MsgHdr* msg, int flags) = 0;
  virtual Answer sendmsg(int fd, const posix::MsgHdr* msg, int flags) = 0;
  virtual Answer getsockname(int fd, void* address, SockLen* length) = 0;
  virtual Answer getpeername(int fd, void* address, SockLen* length) = 0;
  virtual Answer getsockopt(int fd, int level, int option, void* value, SockLen* length) = 0;
  virtual Answer setsockopt(int fd, int level, int option, const void* value, SockLen length) = 0;
  virtual Answer fcntl(int fd, int command, int argument) = 0;
  virtual Answer ioctl(int fd, std::uint32_t request, int* argument) = 0;
  virtual Answer poll(posix::PollFd* fds, std::size_t count) = 0;  // does not wait
  virtual Answer epoll_create1(int flags) = 0;
  virtual Answer epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event) = 0;
  virtual Answer epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events) = 0;  // does not wait

  /// Waits until all of `events` hold for `fd`.
  virtual void settle(int fd, std::int16_t events) = 0;
};

}  // namespace tunic::testing
