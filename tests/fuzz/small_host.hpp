// A stack that fuzzers throw packets at: with a listener, a connection that is being opened, UDP and echo sockets. It judges
// what it sends: every packet is well-formed and short enough, and memory stays within its budgets.
#pragma once

#include <tunic/echo_socket.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>
#include <tunic/udp_socket.hpp>

#include <algorithm>
#include <span>
#include <vector>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "wire/ipv4.hpp"

namespace tunic::fuzz {

using Octets = std::vector<std::byte>;

class SmallHost {
 public:
  static constexpr Ipv4Address kPeer{10, 9, 0, 1};
  static constexpr Ipv4Address kOwn{10, 9, 0, 2};

  SmallHost() {
    stack_.add_address({kOwn, 24});
    stack_.advance(now_);
    listener_ = *TcpListener::listen(stack_, {kOwn, 80});
    bound_ = *UdpSocket::bind(stack_, {Ipv4Address(), 53});
    connected_ = *UdpSocket::bind(stack_, {kOwn, 54});
    connected_.connect({kPeer, 5000}).value();
    asking_ = *EchoSocket::open(stack_);
    asking_.send(kPeer, 1, Octets(56)).value();
    ConnectOptions from;
    from.local_port = 40000;
    opening_ = *TcpSocket::connect(stack_, {kPeer, 80}, from);
    turn();
  }

  void receive(std::span<const std::byte> packet) {
    stack_.receive(PacketBuffer(Chain(stack_.pool().copy(packet))), now_);
    turn();
  }
  void pass(Duration duration) {
    now_ += duration;
    turn();
  }
  /// From the peer, with right lengths and header checksum.
  void receive(std::uint8_t protocol, std::span<const std::byte> content) {
    Octets packet(wire::kIpv4HeaderSize);
    wire::emit_ipv4({.protocol = protocol,
                     .source = kPeer,
                     .destination = kOwn,
                     .total_length = static_cast<std::uint16_t>(packet.size() + content.size())},
                    packet);
    packet.insert(packet.end(), content.begin(), content.end());
    receive(packet);
  }

 private:
  struct Judge final : PacketSink {
    void send(PacketBuffer packet, Instant) override {
      packet.pull(std::min<std::size_t>(packet.size(), wire::kIpv4HeaderSize));
      const auto header = wire::parse_ipv4(packet.front(), packet.size());
      if (!header || header->total_length != packet.size() || packet.size() > 1500 || header->source != kOwn ||
          header->ttl == 0 || header->destination.is_loopback()) {
        __builtin_trap();
      }
    }
  };

  static Config config() {
    Config config;
    config.seed = Seed::numbered(1);
    return config;
  }

  void turn() {
    stack_.advance(now_);
    while (stack_.run_ready()) {
    }
    Octets unread(65536);
    while (bound_.receive_from(unread)) {
    }
    while (asking_.receive(unread)) {
    }
    stack_.flush(judge_);
    constexpr std::size_t kBudget = std::size_t{8} << 20;
    if (stack_.pool().bytes_in_use() > kBudget) __builtin_trap();
  }

  Instant now_{std::chrono::hours(1)};
  Judge judge_;
  Stack stack_{config()};
  TcpListener listener_;
  TcpSocket opening_;
  UdpSocket bound_;
  UdpSocket connected_;
  EchoSocket asking_;
};

/// Octets that a fuzzer made, taken from the front.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = load_u8(rest_.data());
    rest_ = rest_.subspan(1);
    return value;
  }
  Octets take(std::size_t count) {
    const auto part = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(part.size());
    return {part.begin(), part.end()};
  }

 private:
  std::span<const std::byte> rest_;
};

/// Writes the right Internet checksum of `covered` into its field, which lies in it.
inline void repair_checksum(std::span<std::byte> covered, std::size_t field) {
  if (covered.size() < field + 2) return;
  store_be16(covered.data() + field, 0);
  Checksum checksum;
  checksum.add(covered);
  store_be16(covered.data() + field, checksum.finish());
}

}  // namespace tunic::fuzz
