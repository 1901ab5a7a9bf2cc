// See streams.hpp.
#include "streams.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace tunic::command {
namespace {

/// A call now would not wait: there is something, there is room, or it fails at once.
bool ready(int fd, short events) {
  pollfd asked{.fd = fd, .events = events, .revents = 0};
  return poll(&asked, 1, 0) == 1;
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

}  // namespace

InputStream::InputStream(tun::EpollDriver& driver, int fd, std::function<void()> on_readable)
    : driver_(driver), fd_(fd), on_readable_(std::move(on_readable)) {}

InputStream::~InputStream() {
  wait(false);
}

Result<std::size_t> InputStream::read_some(std::span<std::byte> out) {
  if (!ready(fd_, POLLIN)) {
    wait(true);
    return std::unexpected(make_error_code(Error::WouldBlock));
  }
  const ssize_t count = read(fd_, out.data(), out.size());
  if (count < 0) return std::unexpected(last_error());
  return static_cast<std::size_t>(count);
}

void InputStream::wait(bool on) {
  if (on == waiting_) return;
  waiting_ = on;
  if (!on) return driver_.unwatch(fd_);
  driver_.watch(fd_, EPOLLIN, [this](std::uint32_t) {
    wait(false);
    on_readable_();
  });
}

OutputStream::OutputStream(tun::EpollDriver& driver, int fd, std::function<void()> on_room)
    : driver_(driver), fd_(fd), on_room_(std::move(on_room)) {}

OutputStream::~OutputStream() {
  wait(false);
}

void OutputStream::write(std::string_view bytes) {
  if (error_) return;
  pending_ += bytes;
  pump();
}

void OutputStream::pump() {
  std::size_t written = 0;
  while (written < pending_.size() && ready(fd_, POLLOUT)) {
    // A pipe that is ready takes so much without waiting (pipe(7)).
    const std::size_t size = std::min<std::size_t>(pending_.size() - written, PIPE_BUF);
    const ssize_t count = ::write(fd_, pending_.data() + written, size);
    if (count < 0) {
      error_ = last_error();
      written = pending_.size();
    } else {
      written += static_cast<std::size_t>(count);
    }
  }
  pending_.erase(0, written);
  wait(!pending_.empty());
}

void OutputStream::wait(bool on) {
  if (on == waiting_) return;
  waiting_ = on;
  if (!on) return driver_.unwatch(fd_);
  driver_.watch(fd_, EPOLLOUT, [this](std::uint32_t) {
    pump();
    if (has_room()) on_room_();
  });
}

}  // namespace tunic::command
