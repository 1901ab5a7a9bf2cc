// Congestion controls by name.
#pragma once

#include <memory>

#include <tunic/congestion_control.hpp>

#include "tcp/cc/loss_based.hpp"

namespace tunic::cc {

std::unique_ptr<CongestionControl> make(CongestionAlgorithm algorithm, const Settings& settings);

/// RFC 6928 §2: min(segments × MSS, max(2 × MSS, segments × 1460)).
std::uint32_t initial_window(std::uint32_t smss, std::uint32_t segments);

}  // namespace tunic::cc
