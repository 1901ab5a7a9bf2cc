// Time as the stack knows it: instants and durations of a clock that nobody can read.
//
// The stack is a pure function of its inputs (ARCHITECTURE.md, law 1), so its clock has no now(): instants come in with
// packets and with Stack::advance. The epoch is the caller's; only differences have a meaning.
#pragma once

#include <chrono>
#include <cstdint>

namespace tunic {

struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using Instant = Clock::time_point;

/// A deadline that never comes.
inline constexpr Instant kNever = Instant::max();

/// `at + after`, or kNever where that would overflow.
constexpr Instant later(Instant at, Duration after) {
  return at > Instant::max() - after ? kNever : at + after;
}

}  // namespace tunic
