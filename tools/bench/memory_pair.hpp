// Two stacks in one thread with nothing between them but memory: what TCP costs without any device. Wire segments alone, whose
// checksums are computed and verified; each packet is copied into the wire and out of it, where those that continue one another are
// put together, as a plain device does (segment/merging).
#pragma once

#include <cstddef>
#include <vector>

#include <tunic/device.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

namespace tunic::bench {

/// One direction.
class MemoryWire final : public PacketSink {
 public:
  explicit MemoryWire(Stack& to) : to_(to) {}
  void send(PacketBuffer packet, Instant now) override;
  void deliver(Instant now);

 private:
  Stack& to_;
  std::vector<std::byte> octets_;  // of all packets that are on their way
  std::vector<std::size_t> sizes_;
};

/// The left one connects, the right one accepts. Socket i of one is connected to socket i of the other.
/// Thread-safety: none.
class MemoryPair {
 public:
  explicit MemoryPair(std::size_t connections);
  MemoryPair(const MemoryPair&) = delete;
  MemoryPair& operator=(const MemoryPair&) = delete;

  /// So many connections more, established on both sides. Throws std::runtime_error when they are not, in ten seconds.
  void open(std::size_t count);
  /// Closes all of them, the left side first, and lets TIME-WAIT pass.
  void close();

  std::vector<TcpSocket>& left_sockets() { return left_sockets_; }
  std::vector<TcpSocket>& right_sockets() { return right_sockets_; }

  /// Delivers, lets both stacks work and send, a bounded number of packets each way.
  void turn();

  /// Packets that either has sent.
  double packets() const;
  /// Connections, records, queued octets and packet blocks of both stacks.
  double held() const;

 private:
  void work(Stack& stack, MemoryWire& out) const;

  Stack left_;
  Stack right_;
  MemoryWire leftward_;
  MemoryWire rightward_;
  std::vector<TcpListener> listeners_;
  std::vector<TcpSocket> left_sockets_;
  std::vector<TcpSocket> right_sockets_;
  Instant now_;
  Duration ahead_{};  // of the clock
};

}  // namespace tunic::bench
