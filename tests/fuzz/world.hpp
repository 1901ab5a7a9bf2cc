// A stack at 10.9.0.2 whose peer at 10.9.0.1, clock and link are a fuzzer's. It checks what must hold whatever comes in:
// each packet that leaves is well-formed and within the MTU, the totals agree with what was seen, and when the application
// has let go of everything and time has passed, nothing is left. Violations trap.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "segment/segment.hpp"
#include "tests/fuzz/input.hpp"

namespace tunic::fuzz {

inline constexpr Ipv4Address kPeer{10, 9, 0, 1};
inline constexpr Ipv4Address kHost{10, 9, 0, 2};
inline constexpr Port kPort = 80;

/// False ends the program, in every build.
void require(bool holds);

class World {
 public:
  /// The defaults, or a host of small tables, so that their ends are reached.
  explicit World(bool small);

  Stack& stack() { return stack_; }

  /// An IPv4 packet of any content from the link.
  void receive(std::span<const std::byte> packet);
  /// The same with header length, total length and checksums put right as far as there is something to put right.
  void receive_repaired(std::span<const std::byte> octets);
  /// A segment that answers one of the last ones sent, or one to the stack's port: numbers near those that count, options and
  /// text as they come; or a batch of up to four that continue it.
  void receive_segment(Input& input);
  /// An ICMP error about one of the last packets sent.
  void receive_icmp_error(Input& input);

  /// To the next deadline, or a span of time from a microsecond to a year.
  void pass_time(Input& input);
  /// The link takes nothing, or so many packets at a time.
  void set_link(bool ready, std::uint32_t budget);
  /// What can be done now: callbacks, sending; bounded.
  void run();

  /// Everybody lets go; the time that all timers need passes; nothing may be left.
  /// Sockets and listeners must be gone before.
  void end();

 private:
  class Link final : public PacketSink {
   public:
    explicit Link(const Stack& stack) : stack_(stack) {}
    bool ready() const override { return is_ready; }
    void send(PacketBuffer packet, Instant now) override;
    /// The one of the last packets with this number; nothing: it is no segment, or a wrong one.
    std::optional<Segment> segment(std::size_t index);

    bool is_ready = true;
    std::uint64_t packets = 0;
    std::uint64_t octets = 0;
    std::deque<std::vector<std::byte>> last;

   private:
    const Stack& stack_;
    BlockPool pool_;
  };

  Stack stack_;
  Link link_{stack_};
  std::uint32_t budget_ = 0xffffffff;
  Instant now_{std::chrono::hours(1)};
  std::uint64_t packets_in_ = 0;
};

}  // namespace tunic::fuzz
