// What a stack gets from the operating system: time and randomness.
//
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <tunic/random.hpp>
#include <tunic/time.hpp>

namespace tunic::tun {

/// CLOCK_MONOTONIC: nanoseconds since some point in the past, never going back.
Instant os_now();

/// How far the wall clock (nanoseconds since 1970, CLOCK_REALTIME) is ahead of os_now(), now. For timestamps in captures.
Duration wall_clock_offset();

/// 256 bits from getrandom(2), for a stack that faces a network.
Seed os_seed();

}  // namespace tunic::tun
