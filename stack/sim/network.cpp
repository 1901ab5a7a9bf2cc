// The loop of <tunic/stack.hpp>, for several stacks, with time as a variable.
#include "sim/network.hpp"

#include <algorithm>

namespace tunic::sim {

namespace {

/// Passes packets on and remembers that there were some.
class NoticingSink final : public PacketSink {
 public:
  explicit NoticingSink(PacketSink& out) : out_(out) {}
  DeviceCapabilities capabilities() const override { return out_.capabilities(); }
  bool ready() const override { return out_.ready(); }
  void send(PacketBuffer packet, Instant now) override {
    any_ = true;
    out_.send(std::move(packet), now);
  }
  bool any() const { return any_; }

 private:
  PacketSink& out_;
  bool any_ = false;
};

}  // namespace

Instant Network::next_deadline() const {
  Instant next = kNever;
  for (const Node& node : nodes_) next = std::min(next, node.stack->next_deadline());
  for (const Cable* cable : cables_) next = std::min(next, cable->next_deadline());
  return next;
}

Network::Progress Network::step() {
  if (!one_step_more()) return Progress::Livelock;
  bool any = next_deadline() <= now_;
  for (Cable* cable : cables_) any = cable->deliver(now_) || any;
  for (const Node& node : nodes_) {
    node.stack->advance(now_);
    while (node.stack->run_ready()) {
      any = true;
      if (!one_step_more()) return Progress::Livelock;
    }
    NoticingSink out(*node.out);
    node.stack->flush(out);
    any = any || out.any();
  }
  return any || next_deadline() <= now_ ? Progress::Some : Progress::None;
}

Outcome Network::run_until(const std::function<bool()>& reached, Instant limit) {
  steps_ = 0;
  while (!reached()) {
    const Progress progress = step();
    if (progress == Progress::Livelock) return Outcome::Livelock;
    if (progress == Progress::Some) continue;
    const Instant next = next_deadline();
    if (next == kNever) return Outcome::Idle;
    if (next > limit) {
      now_ = std::max(now_, limit);
      return Outcome::LimitPassed;
    }
    now_ = next;
    steps_ = 0;
  }
  return Outcome::Reached;
}

Outcome Network::run_for(Duration duration) {
  const Instant limit = now_ + duration;
  const Outcome outcome = run_until([] { return false; }, limit);
  if (outcome == Outcome::Idle) now_ = limit;
  for (const Node& node : nodes_) node.stack->advance(now_);  // calls that come next are made at this instant
  return outcome;
}

Outcome Network::settle() {
  steps_ = 0;
  Progress progress = Progress::Some;
  while (progress == Progress::Some) progress = step();
  return progress == Progress::Livelock ? Outcome::Livelock : Outcome::Reached;
}

}  // namespace tunic::sim
