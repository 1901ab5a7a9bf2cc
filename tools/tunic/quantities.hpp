// Quantities as people write them on a command line: "2.5" percent, "10ms", "1.5Mbit". Exact: no floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tunic/time.hpp>

namespace tunic::command {

/// 0 to 100 with at most two decimals, as parts in 10000: "2.5" is 250.
std::optional<std::uint32_t> parse_percent(std::string_view text);

/// "20ms", "1.5s", "300us"; without a unit: milliseconds. At most an hour.
std::optional<Duration> parse_duration(std::string_view text);

/// Bits per second: "10Mbit", "64kbit", "9600", "1Gbit"; more than 0, at most 100 Gbit.
std::optional<std::uint64_t> parse_rate(std::string_view text);

}  // namespace tunic::command
