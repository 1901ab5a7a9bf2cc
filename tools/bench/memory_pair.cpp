// See memory_pair.hpp.
#include "memory_pair.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <tunic/tun/os.hpp>

#include "segment/merging.hpp"

namespace tunic::bench {
namespace {

constexpr Ipv4Prefix kLeft{Ipv4Address(10, 9, 0, 1), 24};
constexpr Ipv4Prefix kRight{Ipv4Address(10, 9, 0, 2), 24};
constexpr Port kFirstLeftPort = 2000;
constexpr Port kFirstRightPort = 1000;
constexpr std::size_t kPortsPerListener = 60'000;
constexpr std::size_t kBatch = 64;  // packets, and connections that open or close at once

Config config_of(std::size_t connections, std::uint64_t seed) {
  Config config = Config::linux_profile();
  config.seed = Seed::numbered(seed);
  config.max_connections = static_cast<std::uint32_t>(connections + kBatch);
  config.tcp.max_time_wait = config.max_connections;
  return config;
}

}  // namespace

void MemoryWire::send(PacketBuffer packet, Instant) {
  const std::size_t begin = octets_.size();
  octets_.resize(begin + packet.size());
  packet.copy_to(std::span(octets_).subspan(begin));
  sizes_.push_back(packet.size());
}

void MemoryWire::deliver(Instant now) {
  std::size_t next = 0;
  std::size_t begin = 0;
  const auto read = [&](std::span<std::byte> room) {
    if (next == sizes_.size()) return std::size_t{0};
    const std::size_t size = sizes_[next++];
    std::ranges::copy(std::span(octets_).subspan(begin, size), room.begin());
    begin += size;
    return size;
  };
  while (next < sizes_.size()) {
    std::array<PacketBuffer, kBatch> batch;
    const std::size_t count = read_merged(read, to_.config().mtu, to_.pool(), batch);
    to_.receive(std::span(batch).first(count), now, false);
  }
  octets_.clear();
  sizes_.clear();
}

MemoryPair::MemoryPair(std::size_t connections)
    : left_(config_of(connections, 1)),
      right_(config_of(connections, 2)),
      leftward_(left_),
      rightward_(right_),
      now_(tun::os_now()) {
  left_.advance(now_);
  right_.advance(now_);
  left_.add_address(kLeft);
  right_.add_address(kRight);
  for (std::size_t i = 0; i <= connections / kPortsPerListener; ++i) {
    const Endpoint local{kRight.address, static_cast<Port>(kFirstRightPort + i)};
    auto listener = TcpListener::listen(right_, local);
    if (!listener) throw std::runtime_error("cannot listen: " + listener.error().message());
    listeners_.push_back(std::move(*listener));
  }
}

void MemoryPair::open(std::size_t count) {
  const std::size_t wanted = left_sockets_.size() + count;
  const Instant limit = now_ + std::chrono::seconds(10) + count * std::chrono::milliseconds(1);
  while (right_sockets_.size() < wanted) {
    for (std::size_t i = 0; i < kBatch && left_sockets_.size() < wanted; ++i) {
      const std::size_t index = left_sockets_.size();
      const ConnectOptions options{.local_port = static_cast<Port>(kFirstLeftPort + index % kPortsPerListener)};
      const auto port = static_cast<Port>(kFirstRightPort + index / kPortsPerListener);
      auto socket = TcpSocket::connect(left_, {kRight.address, port}, options);
      if (!socket) throw std::runtime_error("cannot connect: " + socket.error().message());
      left_sockets_.push_back(std::move(*socket));
    }
    while (right_sockets_.size() < left_sockets_.size()) {
      if (now_ > limit) throw std::runtime_error("the connections do not open");
      turn();
      for (TcpListener& listener : listeners_) {
        while (auto socket = listener.accept()) right_sockets_.push_back(std::move(*socket));
      }
    }
  }
}

void MemoryPair::close() {
  constexpr int kTurns = 3;  // FIN and its acknowledgment each way
  for (std::size_t begin = 0; begin < left_sockets_.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, left_sockets_.size());
    for (std::size_t i = begin; i < end; ++i) left_sockets_[i].close();
    turn();
    for (std::size_t i = begin; i < end; ++i) right_sockets_[i].close();
    for (int i = 0; i < kTurns; ++i) turn();
  }
  left_sockets_.clear();
  right_sockets_.clear();
  ahead_ += std::chrono::seconds(1);  // what an acknowledgment may have waited for
  turn();
  turn();
  ahead_ += left_.config().tcp.time_wait + std::chrono::seconds(1);
  turn();
}

void MemoryPair::turn() {
  now_ = tun::os_now() + ahead_;
  rightward_.deliver(now_);
  work(right_, leftward_);
  leftward_.deliver(now_);
  work(left_, rightward_);
}

void MemoryPair::work(Stack& stack, MemoryWire& out) const {
  stack.advance(now_);
  while (stack.run_ready()) {
  }
  stack.flush(out, {.packets = kBatch});
}

double MemoryPair::packets() const {
  return static_cast<double>(left_.counters().packets_out + right_.counters().packets_out);
}

double MemoryPair::held() const {
  double held = 0;
  for (const Stack* stack : {&left_, &right_}) {
    const StackInfo info = stack->info();
    held += static_cast<double>(info.connections.size() + info.time_wait + info.bytes_queued + info.pool_bytes);
  }
  return held;
}

}  // namespace tunic::bench
