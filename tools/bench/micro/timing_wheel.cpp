// Deadlines set, moved, cancelled and reached, beside few and very many others.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/timing_wheel.hpp"

namespace tunic {
namespace {

using std::chrono::milliseconds;

/// A wheel with entries that are due within two minutes, as retransmission and keep-alive timers are.
struct Filled {
  explicit Filled(std::int64_t count) {
    std::uniform_int_distribution<std::int64_t> within(1, 120'000);
    for (std::int64_t i = 0; i < count; ++i) {
      handles.push_back(wheel.set(now + milliseconds(within(random)), static_cast<std::uint64_t>(i)));
    }
  }
  std::mt19937_64 random{1};
  Instant now{std::chrono::hours(1)};
  TimingWheel wheel;
  std::vector<TimingWheel::Handle> handles;
};

void set_and_cancel(benchmark::State& state) {
  Filled filled(state.range(0));
  for ([[maybe_unused]] auto turn : state) filled.wheel.cancel(filled.wheel.set(filled.now + milliseconds(200), 0));
  state.SetItemsProcessed(state.iterations());
}

/// What each acknowledgment does to the retransmission timer.
void move_later(benchmark::State& state) {
  Filled filled(state.range(0));
  std::size_t next = 0;
  Instant deadline = filled.now + milliseconds(200);
  for ([[maybe_unused]] auto turn : state) {
    deadline += std::chrono::microseconds(1);
    filled.wheel.move(filled.handles[next], deadline);
    next = next + 1 == filled.handles.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}

/// Time goes on, and what is due is set again: an item is an entry that was due.
void advance(benchmark::State& state) {
  Filled filled(state.range(0));
  std::int64_t due = 0;
  for ([[maybe_unused]] auto turn : state) {
    filled.now += milliseconds(1);
    while (const auto cookie = filled.wheel.pop_due(filled.now)) {
      filled.wheel.set(filled.now + milliseconds(60'000 + static_cast<std::int64_t>(*cookie % 60'000)), *cookie);
      ++due;
    }
  }
  state.SetItemsProcessed(due);
}

BENCHMARK(set_and_cancel)->Name("timing-wheel/set-and-cancel")->RangeMultiplier(100)->Range(1, 1'000'000);
BENCHMARK(move_later)->Name("timing-wheel/move")->RangeMultiplier(100)->Range(1, 1'000'000);
BENCHMARK(advance)->Name("timing-wheel/advance-1ms")->RangeMultiplier(100)->Range(1, 1'000'000);

}  // namespace
}  // namespace tunic
