#include "kernel_calls.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace tunic::testing {

// The layouts are the kernel's, and the values its macros': spot checks, and the calls themselves are the rest.
static_assert(sizeof(posix::SockAddrIn) == sizeof(sockaddr_in) && sizeof(posix::IoVec) == sizeof(iovec));
static_assert(sizeof(posix::MsgHdr) == sizeof(msghdr) && offsetof(posix::MsgHdr, flags) == offsetof(msghdr, msg_flags));
static_assert(sizeof(posix::PollFd) == sizeof(pollfd) && sizeof(posix::EpollEvent) == sizeof(epoll_event));
static_assert(sizeof(posix::Linger) == sizeof(linger));
static_assert(offsetof(posix::TcpInfo, tcpi_rto) == offsetof(tcp_info, tcpi_rto));
static_assert(offsetof(posix::TcpInfo, tcpi_total_retrans) == offsetof(tcp_info, tcpi_total_retrans));
static_assert(posix::kMsgPeek == MSG_PEEK && posix::kMsgMore == MSG_MORE && posix::kMsgFastOpen == MSG_FASTOPEN);
static_assert(posix::kTcpUserTimeout == TCP_USER_TIMEOUT && posix::kTcpNotSentLowAt == TCP_NOTSENT_LOWAT);
static_assert(posix::kSoDomain == SO_DOMAIN && posix::kSockNonblock == SOCK_NONBLOCK && posix::kEpollEt == EPOLLET);
static_assert(static_cast<int>(posix::Errno::InProgress) == EINPROGRESS);

namespace {

Answer answer(long result) {
  if (result < 0) return posix::fail(static_cast<posix::Errno>(errno));
  return result;
}

const sockaddr* in(const void* address) {
  return static_cast<const sockaddr*>(address);
}

}  // namespace

Answer KernelCalls::socket(int domain, int type, int protocol) {
  return answer(::socket(domain, type, protocol));
}
Answer KernelCalls::bind(int fd, const void* address, SockLen length) {
  return answer(::bind(fd, in(address), length));
}
Answer KernelCalls::listen(int fd, int backlog) {
  return answer(::listen(fd, backlog));
}
Answer KernelCalls::accept4(int fd, void* address, SockLen* length, int flags) {
  return answer(::accept4(fd, static_cast<sockaddr*>(address), length, flags));
}
Answer KernelCalls::connect(int fd, const void* address, SockLen length) {
  return answer(::connect(fd, in(address), length));
}
Answer KernelCalls::shutdown(int fd, int how) {
  return answer(::shutdown(fd, how));
}
Answer KernelCalls::close(int fd) {
  return answer(::close(fd));
}
Answer KernelCalls::dup(int fd) {
  return answer(::dup(fd));
}
Answer KernelCalls::read(int fd, void* out, std::size_t size) {
  return answer(::read(fd, out, size));
}
Answer KernelCalls::write(int fd, const void* data, std::size_t size) {
  return answer(::write(fd, data, size));
}
Answer KernelCalls::readv(int fd, const posix::IoVec* iov, int count) {
  return answer(::readv(fd, reinterpret_cast<const iovec*>(iov), count));
}
Answer KernelCalls::writev(int fd, const posix::IoVec* iov, int count) {
  return answer(::writev(fd, reinterpret_cast<const iovec*>(iov), count));
}
Answer KernelCalls::recvfrom(int fd, void* out, std::size_t size, int flags, void* address, SockLen* length) {
  return answer(::recvfrom(fd, out, size, flags, static_cast<sockaddr*>(address), length));
}
Answer KernelCalls::sendto(int fd, const void* data, std::size_t size, int flags, const void* address, SockLen length) {
  return answer(::sendto(fd, data, size, flags | MSG_NOSIGNAL, in(address), length));
}
// By number: the C library's wrappers of the two read the structure before the kernel can refuse it.
Answer KernelCalls::recvmsg(int fd, posix::MsgHdr* msg, int flags) {
  return answer(::syscall(SYS_recvmsg, fd, msg, flags));
}
Answer KernelCalls::sendmsg(int fd, const posix::MsgHdr* msg, int flags) {
  return answer(::syscall(SYS_sendmsg, fd, msg, flags | MSG_NOSIGNAL));
}
Answer KernelCalls::getsockname(int fd, void* address, SockLen* length) {
  return answer(::getsockname(fd, static_cast<sockaddr*>(address), length));
}
Answer KernelCalls::getpeername(int fd, void* address, SockLen* length) {
  return answer(::getpeername(fd, static_cast<sockaddr*>(address), length));
}
Answer KernelCalls::getsockopt(int fd, int level, int option, void* value, SockLen* length) {
  return answer(::getsockopt(fd, level, option, value, length));
}
Answer KernelCalls::setsockopt(int fd, int level, int option, const void* value, SockLen length) {
  return answer(::setsockopt(fd, level, option, value, length));
}
Answer KernelCalls::fcntl(int fd, int command, int argument) {
  return answer(::fcntl(fd, command, argument));
}
Answer KernelCalls::ioctl(int fd, std::uint32_t request, int* argument) {
  return answer(::ioctl(fd, static_cast<unsigned long>(request), argument));
}
Answer KernelCalls::poll(posix::PollFd* fds, std::size_t count) {
  return answer(::poll(reinterpret_cast<pollfd*>(fds), count, 0));
}
Answer KernelCalls::epoll_create1(int flags) {
  return answer(::epoll_create1(flags));
}
Answer KernelCalls::epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event) {
  return answer(::epoll_ctl(epoll_fd, operation, fd, reinterpret_cast<epoll_event*>(event)));
}
Answer KernelCalls::epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events) {
  return answer(::epoll_wait(epoll_fd, reinterpret_cast<epoll_event*>(events), max_events, 0));
}

void KernelCalls::settle(int fd, std::int16_t events) {
  for (int round = 0; round < 1000; ++round) {
    pollfd one{fd, events, 0};
    ::poll(&one, 1, 5000);
    if ((one.revents & events) == events) return;
  }
}

}  // namespace tunic::testing
