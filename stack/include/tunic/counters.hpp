// Totals of a stack, by reason where there is one.
#pragma once

#include <array>
#include <cstdint>

#include <tunic/why.hpp>

namespace tunic {

/// Totals since the stack was made. Packets of the loopback inside count too.
struct Counters {
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::array<std::uint64_t, kWhyCount> drops{};  ///< by reason
  std::array<std::uint64_t, kWhyCount> sends{};  ///< TCP segments and ICMP messages, by reason

  std::uint64_t dropped(Why why) const { return drops[static_cast<std::size_t>(why)]; }
  std::uint64_t sent(Why why) const { return sends[static_cast<std::size_t>(why)]; }
};

}  // namespace tunic
