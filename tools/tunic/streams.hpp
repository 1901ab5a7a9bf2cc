// Standard input and output, or files in their place, beside the loop of a stack: whoever is slow at the other end of a pipe
// must not make the stack wait.
//
// Descriptors are left in the mode in which they are, since others may share them: poll(2) is asked before each call.
// Thread-safety: none; on the stack's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include <tunic/error.hpp>
#include <tunic/tun/epoll_driver.hpp>

namespace tunic::command {

class InputStream {
 public:
  /// `on_readable` runs after a read_some that had to wait, when there is something.
  InputStream(tun::EpollDriver& driver, int fd, std::function<void()> on_readable);
  ~InputStream();
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;

  /// What is there; 0: the end. Errors: WouldBlock, and those of read(2).
  Result<std::size_t> read_some(std::span<std::byte> out);

 private:
  void wait(bool on);

  tun::EpollDriver& driver_;
  int fd_;
  bool waiting_ = false;
  std::function<void()> on_readable_;
};

class OutputStream {
 public:
  /// `on_room` runs when has_room() has become true again.
  OutputStream(tun::EpollDriver& driver, int fd, std::function<void()> on_room);
  ~OutputStream();
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  /// Takes all of it; what the other end has no room for waits here. After a failure it is thrown away.
  void write(std::string_view bytes);
  /// To be asked before each write, so that what waits stays small.
  bool has_room() const { return pending_.empty(); }
  /// Why nothing can be written any more (EPIPE, ENOSPC, …); empty while it can.
  std::error_code error() const { return error_; }

 private:
  void pump();
  void wait(bool on);

  tun::EpollDriver& driver_;
  int fd_;
  bool waiting_ = false;
  std::string pending_;
  std::error_code error_;
  std::function<void()> on_room_;
};

}  // namespace tunic::command
