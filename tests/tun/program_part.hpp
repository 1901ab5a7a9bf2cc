// What the parts of the program share: saying what a call answered, and making the sockets that calls are tried on. Every
// socket is non-blocking, so that neither backend ever waits in a call; peers live on the loopback.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "socket_calls.hpp"
#include "socket_program.hpp"

namespace tunic::testing {

using namespace posix;

inline constexpr int kNobody = 900;  // a descriptor that nobody has

class ProgramPart {
 public:
  ProgramPart(SocketCalls& calls, std::vector<CallLine>& lines) : os_(calls), lines_(lines) {}
  ProgramPart(const ProgramPart&) = delete;
  ProgramPart& operator=(const ProgramPart&) = delete;
  ~ProgramPart() {
    for (const int one : kept_) os_.close(one);
  }

 protected:
  static constexpr int kStream = kSockStream | kSockNonblock;

  // ---- Saying what happened ----

  void say(std::string call, const Answer& answer, const std::string& more = {}) {
    std::string result = answer ? fmt::format("{}", *answer) : error_text(answer.error());
    if (!more.empty()) result += " " + more;
    lines_.push_back({std::move(call), std::move(result)});
  }
  /// A call that gives a descriptor: its number is not compared, and it is closed.
  void say_fd(std::string call, const Answer& answer) {
    lines_.push_back({std::move(call), answer ? "fd" : error_text(answer.error())});
    if (answer) os_.close(static_cast<int>(*answer));
  }
  static std::string error_text(Errno error) {
    return fmt::format("-1 {}{}", name(error), name(error) == "?" ? std::to_string(static_cast<int>(error)) : "");
  }

  // ---- Making things ----

  static SockAddrIn at(Port port, Ipv4Address address = Ipv4Address(127, 0, 0, 1)) {
    return to_sockaddr({address, port});
  }
  int fresh() { return static_cast<int>(os_.socket(kAfInet, kStream, 0).value_or(-1)); }
  int bound() {
    const int fd = fresh();
    const SockAddrIn any = at(0);
    os_.bind(fd, &any, sizeof any);
    return fd;
  }
  SockAddrIn name_of(int fd) {
    SockAddrIn address;
    SockLen length = sizeof address;
    os_.getsockname(fd, &address, &length);
    return address;
  }
  int listener(int backlog = 5) {
    const int fd = bound();
    os_.listen(fd, backlog);
    return fd;
  }
  /// An address where nobody listens: a bound socket keeps it from others.
  SockAddrIn closed_port() { return name_of(keep(bound())); }
  int keep(int fd) {
    kept_.push_back(fd);
    return fd;
  }
  struct Pair {
    int listener, client, server;
  };
  Pair connected() {
    Pair pair{listener(), fresh(), -1};
    const SockAddrIn to = name_of(pair.listener);
    os_.connect(pair.client, &to, sizeof to);
    os_.settle(pair.client, kPollOut);
    os_.settle(pair.listener, kPollIn);
    pair.server = static_cast<int>(os_.accept4(pair.listener, nullptr, nullptr, kSockNonblock).value_or(-1));
    return pair;
  }
  void close(const Pair& pair) {
    for (const int fd : {pair.client, pair.server, pair.listener}) os_.close(fd);
  }
  Answer send(int fd, std::string_view text, int flags = 0) {
    return os_.sendto(fd, text.data(), text.size(), flags, nullptr, 0);
  }
  Answer recv(int fd, int flags = 0, std::size_t size = 64) {
    return os_.recvfrom(fd, room_.data(), size, flags, nullptr, nullptr);
  }
  Answer set(int fd, int level, int option, int value) {
    return os_.setsockopt(fd, level, option, &value, sizeof value);
  }
  void say_get(const std::string& call, int fd, int level, int option, SockLen size = sizeof(int)) {
    int value = 0;
    SockLen length = size;
    const Answer answer = os_.getsockopt(fd, level, option, &value, &length);
    say(call, answer, answer ? fmt::format("value={} length={}", value, length) : "");
  }
  void say_count(const std::string& call, int fd, std::uint32_t request) {
    int count = -1;
    const Answer answer = os_.ioctl(fd, request, &count);
    say(call, answer, answer ? fmt::format("count={}", count) : "");
  }
  void say_poll(const std::string& call, int fd, std::int16_t events) {
    PollFd one{fd, events, 0};
    const Answer answer = os_.poll(&one, 1);
    say(call, answer, fmt::format("revents={:#x}", one.revents));
  }

  SocketCalls& os_;
  std::vector<CallLine>& lines_;
  std::array<char, 64> room_{};

 private:
  std::vector<int> kept_;  // sockets that live until the end of the part
};

// The parts, in the order in which they run.
void run_opening(SocketCalls& calls, std::vector<CallLine>& lines);
void run_streams(SocketCalls& calls, std::vector<CallLine>& lines);
void run_options(SocketCalls& calls, std::vector<CallLine>& lines);
void run_readiness(SocketCalls& calls, std::vector<CallLine>& lines);
void run_urgent(SocketCalls& calls, std::vector<CallLine>& lines);
void run_datagrams(SocketCalls& calls, std::vector<CallLine>& lines);

}  // namespace tunic::testing
