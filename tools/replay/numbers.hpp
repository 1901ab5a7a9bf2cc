// Numbers of sequence space counted from an ISN: they wrap as sequence numbers do (RFC 9293 §3.4). And times for people.
#pragma once

#include <cstdint>

#include <tunic/time.hpp>

namespace tunic::replay {

/// Whether `a` lies behind `b`.
constexpr bool is_beyond(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) > 0;
}
constexpr std::uint32_t later_of(std::uint32_t a, std::uint32_t b) {
  return is_beyond(a, b) ? a : b;
}

constexpr double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace tunic::replay
