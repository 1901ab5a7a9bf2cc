// The POSIX socket interface over a stack: int descriptors, errno names, options, readiness, epoll.
//
// TCP and UDP over IPv4. Errors and corner cases are Linux's (a test runs the same 300 calls on a kernel and here); where
// systems differ, Config::sockets has a field.
//
// The table never waits. A call that would, fails with EAGAIN (EINPROGRESS, EALREADY for connect) whatever the mode of the
// descriptor, or does a part; the mode says what the caller is to make of it. A driver that gives its users blocking calls
// (the runner of packet scripts in virtual time, a thread with a lock) does, where is_blocking(fd) and the call has no
// MSG_DONTWAIT:
//
//     accept, recv     on EAGAIN wait until ready_events(fd) & (kPollIn | kPollErr | kPollHup), then call again. With
//                      MSG_WAITALL, call again for the rest until it is complete, or 0 or an error comes.
//     connect          on EINPROGRESS or EALREADY wait until !connecting(fd), then call again: it gives 0 or the error, once.
//     datagrams        EAGAIN: wait until ready_events(fd) & (kPollIn or kPollOut | kPollErr | kPollHup), then call again.
//     send, write      when not everything was taken, or on EAGAIN, wait until ready_events(fd) & (kPollOut | kPollErr |
//                      kPollHup), then call again with the rest. An error after a part was taken: that part is the result.
//     sendto with MSG_FASTOPEN
//                      EINPROGRESS: nothing was taken; wait as for connect, then send.
//     close            ask closing_wait(fd) first; if it names something, wait after close() until !still_closing(it)
//                      or its limit has passed. The descriptor is free in any case.
//     poll, epoll_wait on 0 wait until a descriptor's watcher was called, or the caller's timeout, then call again.
//
// Things happen to descriptors when the stack runs: Stack::run_ready calls the watchers of those concerned. Pointers are
// as in POSIX and must be valid; nullptr is EFAULT where the kernel says so. SIGPIPE does not exist (MSG_NOSIGNAL always).
//
// Thread-safety: none; use on the stack's thread. The table must not outlive its stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tunic/posix.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

namespace tunic {

namespace socket {
class File;
class Socket;
class StreamSocket;
class Epoll;
}  // namespace socket

class SocketTable {
 public:
  using Answer = posix::Answer;

  static constexpr int kFirstDescriptor = 3;

  explicit SocketTable(Stack& stack);
  ~SocketTable();
  SocketTable(const SocketTable&) = delete;
  SocketTable& operator=(const SocketTable&) = delete;

  // Opening and closing. Descriptors are the lowest free ones.
  Answer socket(int domain, int type, int protocol);
  Answer bind(int fd, const void* address, posix::SockLen length);
  Answer listen(int fd, int backlog);
  Answer accept(int fd, void* address, posix::SockLen* length) { return accept4(fd, address, length, 0); }
  Answer accept4(int fd, void* address, posix::SockLen* length, int flags);
  Answer connect(int fd, const void* address, posix::SockLen length);
  Answer shutdown(int fd, int how);
  Answer close(int fd);
  Answer dup(int fd);

  // Data
  Answer read(int fd, void* out, std::size_t size);
  Answer write(int fd, const void* data, std::size_t size);
  Answer readv(int fd, const posix::IoVec* iov, int count);
  Answer writev(int fd, const posix::IoVec* iov, int count);
  Answer recv(int fd, void* out, std::size_t size, int flags);
  Answer send(int fd, const void* data, std::size_t size, int flags);
  Answer recvfrom(int fd, void* out, std::size_t size, int flags, void* address, posix::SockLen* length);
  Answer sendto(int fd, const void* data, std::size_t size, int flags, const void* address, posix::SockLen length);
  /// Control messages are neither read nor written: msg->control_length becomes 0.
  Answer recvmsg(int fd, posix::MsgHdr* msg, int flags);
  Answer sendmsg(int fd, const posix::MsgHdr* msg, int flags);

  // Asking and setting
  Answer getsockname(int fd, void* address, posix::SockLen* length);
  Answer getpeername(int fd, void* address, posix::SockLen* length);
  Answer getsockopt(int fd, int level, int option, void* value, posix::SockLen* length);
  Answer setsockopt(int fd, int level, int option, const void* value, posix::SockLen length);
  Answer fcntl(int fd, int command, int argument = 0);
  /// `argument`: an int, as all requests here have it.
  Answer ioctl(int fd, std::uint32_t request, int* argument);

  // Readiness, as it is now
  Answer poll(posix::PollFd* fds, std::size_t count);
  Answer epoll_create1(int flags);
  Answer epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event);
  Answer epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events);

  // ---- For drivers ----

  bool is_open(int fd) const { return find(fd) != nullptr; }
  bool is_blocking(int fd) const;
  /// The handshake of a connect() is under way.
  bool connecting(int fd) const;
  /// The kPoll* bits that hold now, whatever was asked for; kPollNval for a descriptor that is not open.
  std::int16_t ready_events(int fd) const;
  /// Runs in Stack::run_ready when ready_events(fd) may have changed; {} removes it. Whoever dup()s shares it. May call
  /// the table, also to close `fd`.
  using Watcher = std::function<void()>;
  void watch(int fd, Watcher watcher);

  /// A connection whose close() is to be waited for (SO_LINGER with seconds; O_NONBLOCK does not matter, as on Linux).
  struct Closing {
    detail::Handle connection;
    Duration limit;
  };
  /// What close(fd) would have to wait for; nullopt: nothing.
  std::optional<Closing> closing_wait(int fd) const;
  /// Its data or its FIN is not acknowledged yet.
  bool still_closing(const Closing& closing) const;

  /// The connection behind a descriptor; nullopt where there is none (yet, or any more).
  std::optional<ConnectionInfo> connection(int fd) const;

 private:
  using FilePtr = std::shared_ptr<socket::File>;  // an open file description: dup() shares it

  using SocketPtr = std::shared_ptr<socket::Socket>;
  using StreamPtr = std::shared_ptr<socket::StreamSocket>;

  FilePtr find(int fd) const;
  std::expected<SocketPtr, posix::Errno> any_socket(int fd) const;
  /// EOPNOTSUPP for a datagram socket.
  std::expected<StreamPtr, posix::Errno> stream(int fd) const;
  Answer install(FilePtr file);
  bool full() const;

  Stack& stack_;
  std::vector<FilePtr> files_;  // by descriptor, from kFirstDescriptor on
};

}  // namespace tunic
