// A socket table over one stack that talks to itself: time moves only when a test says so.
#pragma once

#include <string_view>

#include <tunic/socket_table.hpp>

namespace tunic::testing {

class Loopback {
 public:
  explicit Loopback(Config config = seeded(Config::linux_profile())) : stack_(config) { stack_.advance(now_); }

  SocketTable& table() { return table_; }
  Stack& stack() { return stack_; }

  /// Lets everything happen that can, without time passing.
  void settle() {
    for (int round = 0; round < 10'000 && busy(); ++round) step();
  }
  /// Lets time pass, timer by timer.
  void pass(Duration duration) {
    const Instant until = now_ + duration;
    for (int round = 0; round < 10'000; ++round) {
      settle();
      const Instant next = stack_.next_deadline();
      if (next > until) break;
      now_ = next;
      step();
    }
    now_ = until;
    step();
  }

  static posix::SockAddrIn at(Port port) { return posix::to_sockaddr({Ipv4Address(127, 0, 0, 1), port}); }

  int socket(int flags = posix::kSockNonblock) {
    return static_cast<int>(table_.socket(posix::kAfInet, posix::kSockStream | flags, 0).value());
  }
  int listener(Port port, int backlog = 5, int flags = posix::kSockNonblock) {
    const int fd = socket(flags);
    const posix::SockAddrIn address = at(port);
    table_.bind(fd, &address, sizeof address).value();
    table_.listen(fd, backlog).value();
    return fd;
  }
  posix::Answer connect(int fd, Port port) {
    const posix::SockAddrIn address = at(port);
    return table_.connect(fd, &address, sizeof address);
  }
  posix::Answer accept(int fd) { return table_.accept(fd, nullptr, nullptr); }
  posix::Answer send(int fd, std::string_view text, int flags = 0) {
    return table_.send(fd, text.data(), text.size(), flags);
  }
  posix::Answer set(int fd, int level, int option, int value) {
    return table_.setsockopt(fd, level, option, &value, sizeof value);
  }
  int get(int fd, int level, int option) {
    int value = -1;
    posix::SockLen length = sizeof value;
    table_.getsockopt(fd, level, option, &value, &length).value();
    return value;
  }

  struct Pair {
    int listener, client, server;
  };
  Pair connected(Port port = 80) {
    Pair pair{listener(port), socket(), -1};
    connect(pair.client, port);
    settle();
    pair.server = static_cast<int>(accept(pair.listener).value());
    return pair;
  }

  static Config seeded(Config config) {
    config.seed = Seed::numbered(7);
    config.tcp.initial_sequence_number = 0xfffffff0;  // numbers wrap in every test
    return config;
  }

 private:
  class Nowhere final : public PacketSink {
   public:
    void send(PacketBuffer, Instant) override {}
  };

  bool busy() const { return stack_.wants_flush() || stack_.next_deadline() <= now_; }
  void step() {
    stack_.advance(now_);
    while (stack_.run_ready()) {
    }
    stack_.flush(nowhere_);
  }

  Instant now_{std::chrono::hours(1)};
  Nowhere nowhere_;
  Stack stack_;
  SocketTable table_{stack_};
};

}  // namespace tunic::testing
