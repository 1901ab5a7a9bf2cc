// See child.hpp.
#include "child.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace tunic::bench {
namespace {

constexpr std::size_t kLongestMessage = 4096;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

pid_t fork_bound() {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw_errno("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // it died before the line above
  }
  return child;
}

std::pair<tun::FileDescriptor, tun::FileDescriptor> make_line() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) throw_errno("socketpair");
  return {tun::FileDescriptor(ends[0]), tun::FileDescriptor(ends[1])};
}

}  // namespace

std::expected<std::string, std::string> in_child(const std::function<std::string()>& work, std::chrono::seconds limit) {
  auto [ours, theirs] = make_line();
  const pid_t child = fork_bound();
  if (child == 0) {
    alarm(static_cast<unsigned>(limit.count()));
    const Companion::Line line(std::move(theirs));
    try {
      line.tell("+" + work());
    } catch (const std::exception& error) {
      line.tell("-" + std::string(error.what()));
    }
    _exit(0);
  }
  theirs = tun::FileDescriptor();
  std::array<char, kLongestMessage> text;
  ssize_t size = 0;
  do {
    size = recv(ours.get(), text.data(), text.size(), 0);
  } while (size < 0 && errno == EINTR);
  int status = 0;
  waitpid(child, &status, 0);
  if (size <= 0) {
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGALRM) return std::unexpected(fmt::format("no end after {} s", limit.count()));
    return std::unexpected(fmt::format("the process died ({})", strsignal(number)));
  }
  std::string answer(text.data() + 1, static_cast<std::size_t>(size - 1));
  if (text[0] == '-') return std::unexpected(std::move(answer));
  return answer;
}

void Companion::Line::tell(std::string_view message) const {
  send(fd_.get(), message.data(), std::min(message.size(), kLongestMessage), MSG_NOSIGNAL);
}

std::string Companion::Line::hear() const {
  std::array<char, kLongestMessage> text;
  const ssize_t size = recv(fd_.get(), text.data(), text.size(), 0);
  if (size <= 0) throw std::runtime_error("the server has ended");
  return {text.data(), static_cast<std::size_t>(size)};
}

Companion::Companion(const std::function<void(const Line&)>& work) : line_(tun::FileDescriptor()) {
  auto [ours, theirs] = make_line();
  process_ = fork_bound();
  if (process_ == 0) {
    ours = tun::FileDescriptor();
    const Line line(std::move(theirs));
    try {
      work(line);
    } catch (const std::exception& error) {
      line.tell(error.what());
    }
    _exit(1);
  }
  line_ = Line(std::move(ours));
}

Companion::~Companion() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Companion::await(std::string_view message) const {
  const std::string heard = line_.hear();
  if (heard != message) throw std::runtime_error(heard);
}

}  // namespace tunic::bench
