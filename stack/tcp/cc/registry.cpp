#include "tcp/cc/registry.hpp"

#include <algorithm>

#include "tcp/cc/cubic.hpp"
#include "tcp/cc/reno.hpp"

namespace tunic::cc {

std::unique_ptr<CongestionControl> make(CongestionAlgorithm algorithm, const Settings& settings) {
  switch (algorithm) {
    case CongestionAlgorithm::Reno:
      return std::make_unique<Reno>(settings);
    case CongestionAlgorithm::Cubic:
      return std::make_unique<Cubic>(settings);
  }
  return nullptr;
}

std::uint32_t initial_window(std::uint32_t smss, std::uint32_t segments) {
  return std::min(segments * smss, std::max(2 * smss, segments * 1460));
}

}  // namespace tunic::cc
