// The timers of one connection: at most one deadline each. RFC 9293 §3.10.8.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <tunic/time.hpp>

namespace tunic::tcp {

enum class Timer : std::uint8_t {
  LossProbe,       ///< RFC 8985 §7.2: PTO; goes before a retransmission that is due at the same instant
  Retransmission,  ///< RFC 6298 §5; also of SYN and FIN
  Reordering,      ///< RFC 8985 §6.2: what has not arrived when it goes off is lost
  Persist,         ///< RFC 9293 §3.8.6.1, and the override of sender-side silly window avoidance (§3.8.6.2.1)
  DelayedAck,      ///< RFC 9293 §3.8.6.3
  Cork,            ///< a segment that is not full has waited long enough for more (MUST-60)
  Orphan,          ///< FIN-WAIT-2 of a connection that no application owns
  KeepAlive,       ///< RFC 9293 §3.8.4
  User,            ///< RFC 9293 §3.10.8's user timeout: something waits to be delivered and nothing moves
};
inline constexpr std::size_t kTimerCount = 9;

constexpr std::string_view to_string(Timer timer) {
  constexpr std::array<std::string_view, kTimerCount> kNames{
      "loss probe", "retransmission", "reordering", "persist", "delayed ack", "cork", "orphan", "keep-alive", "user"};
  return kNames[static_cast<std::size_t>(timer)];
}

class TimerSet {
 public:
  TimerSet() { deadlines_.fill(kNever); }

  void start(Timer timer, Instant deadline) { at(timer) = deadline; }
  void stop(Timer timer) { at(timer) = kNever; }
  void stop_all() { deadlines_.fill(kNever); }
  bool running(Timer timer) const { return deadline(timer) != kNever; }
  Instant deadline(Timer timer) const { return deadlines_[static_cast<std::size_t>(timer)]; }
  Instant next_deadline() const { return *std::min_element(deadlines_.begin(), deadlines_.end()); }

  /// Stops and returns the earliest timer that is due; of two at the same instant the one named first above.
  std::optional<Timer> pop_due(Instant now) {
    const auto earliest = std::min_element(deadlines_.begin(), deadlines_.end());
    if (*earliest > now) return std::nullopt;
    *earliest = kNever;
    return static_cast<Timer>(earliest - deadlines_.begin());
  }

 private:
  Instant& at(Timer timer) { return deadlines_[static_cast<std::size_t>(timer)]; }

  std::array<Instant, kTimerCount> deadlines_;
};

}  // namespace tunic::tcp
