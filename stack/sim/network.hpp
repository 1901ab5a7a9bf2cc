// Virtual time: drives stacks and cables from one deadline to the next, as fast as it can, always in the same order.
//
// The order within an instant is that of <tunic/stack.hpp>: what has arrived, timers, the application, then sending. Time
// passes only when nothing more is to do at this instant. It must not know what the stacks talk about.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <tunic/device.hpp>
#include <tunic/stack.hpp>
#include <tunic/time.hpp>

#include "sim/cable.hpp"

namespace tunic::sim {

/// How a run ended.
enum class Outcome : std::uint8_t {
  Reached,      ///< the condition came true
  LimitPassed,  ///< it did not in the time given
  Idle,         ///< nothing is on the way and no timer runs: nothing will ever happen again
  Livelock,     ///< one instant does not end: something is always left to do, and time stands still
};

/// Stacks, sinks and cables are the caller's and must outlive the network.
class Network {
 public:
  /// Not the epoch itself: an instant that was never set must not look like the beginning.
  static constexpr Instant kStart{std::chrono::hours(1)};
  /// So many steps at one instant are taken for a livelock.
  static constexpr std::uint32_t kMaxSteps = 1'000'000;

  /// What `stack` sends goes into `out`.
  void attach(Stack& stack, PacketSink& out) { nodes_.push_back({&stack, &out}); }
  void attach(Cable& cable) { cables_.push_back(&cable); }

  Instant now() const { return now_; }
  /// The earliest deadline of all; kNever: only calls can cause work.
  Instant next_deadline() const;

  /// Runs until `reached` is true. It is asked before each step; it may use sockets.
  Outcome run_until(const std::function<bool()>& reached, Instant limit);
  /// Lets time pass. LimitPassed is the ordinary outcome; Idle: nothing happened for the rest of it, or ever will.
  Outcome run_for(Duration duration);
  /// Does all that can be done at this instant. Reached is the ordinary outcome.
  Outcome settle();

 private:
  struct Node {
    Stack* stack;
    PacketSink* out;
  };
  enum class Progress : std::uint8_t { Some, None, Livelock };

  Progress step();
  bool one_step_more() { return ++steps_ <= kMaxSteps; }

  std::vector<Node> nodes_;
  std::vector<Cable*> cables_;
  Instant now_ = kStart;
  std::uint32_t steps_ = 0;  // at this instant
};

}  // namespace tunic::sim
