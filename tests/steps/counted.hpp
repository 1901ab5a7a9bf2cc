// How much work it was: basic blocks that the stack's code went through, counted by the compiler's instrumentation
// (-fsanitize-coverage=trace-pc), and octets that it had moved in memory. No time is measured: the same on any machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tunic::steps {

struct Work {
  std::uint64_t blocks = 0;
  std::uint64_t octets_moved = 0;
};

/// All work of this program so far, of the sources that meson.build names.
Work so_far();

/// What `action` costs.
template <typename F>
Work cost_of(F&& action) {
  const Work before = so_far();
  action();
  const Work after = so_far();
  return {after.blocks - before.blocks, after.octets_moved - before.octets_moved};
}

/// The most that one of several actions cost.
class Most {
 public:
  void add(Work work) {
    if (work.blocks > most_.blocks) most_.blocks = work.blocks;
    if (work.octets_moved > most_.octets_moved) most_.octets_moved = work.octets_moved;
  }
  Work work() const { return most_; }

 private:
  Work most_;
};

}  // namespace tunic::steps
