// A bit for each reason.
#include "testing/why_coverage.hpp"

#include <algorithm>

namespace tunic::testing {

WhyCoverage& WhyCoverage::of_program() {
  static WhyCoverage coverage;
  return coverage;
}

std::vector<Why> WhyCoverage::missing(std::span<const Why> allowed) const {
  std::vector<Why> reasons;
  for (std::size_t i = 0; i < kWhyCount; ++i) {
    const auto why = static_cast<Why>(i);
    if (!seen_.test(i) && std::ranges::find(allowed, why) == allowed.end()) reasons.push_back(why);
  }
  return reasons;
}

}  // namespace tunic::testing
