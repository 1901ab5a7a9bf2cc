// Congestion controls by name.
#pragma once

#include <memory>
#include <string_view>

#include <tunic/congestion_control.hpp>

namespace tunic::cc {

/// nullptr for a name that is not known. `smss` and `initial_window` in octets.
std::unique_ptr<CongestionControl> make(std::string_view name, std::uint32_t smss, std::uint32_t initial_window);

/// RFC 6928 §2: min(segments × MSS, max(2 × MSS, segments × 1460)).
std::uint32_t initial_window(std::uint32_t smss, std::uint32_t segments);

}  // namespace tunic::cc
