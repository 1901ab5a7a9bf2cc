// The names of congestion controls, as applications and settings know them.
#include <tunic/congestion_control.hpp>

namespace tunic {

std::string_view to_string(CongestionAlgorithm algorithm) {
  return algorithm == CongestionAlgorithm::Cubic ? "cubic" : "reno";
}

std::optional<CongestionAlgorithm> congestion_algorithm_named(std::string_view name) {
  for (const auto algorithm : {CongestionAlgorithm::Reno, CongestionAlgorithm::Cubic}) {
    if (to_string(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

}  // namespace tunic
