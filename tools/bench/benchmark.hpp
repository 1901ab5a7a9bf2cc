// A whole benchmark: rounds, in each of which all contestants do the same one after the other, so that whatever the machine
// does meanwhile happens to all of them.
#pragma once

#include <functional>
#include <vector>

#include "client.hpp"
#include "results.hpp"

namespace tunic::bench {

struct Plan {
  std::vector<Measurement> measurements{kMeasurements.begin(), kMeasurements.end()};
  std::vector<Contestant> contestants{kContestants.begin(), kContestants.end()};
  unsigned rounds = 5;
  Load load;
};

struct Step {
  unsigned round = 1;
  Measurement measurement{};
  Contestant contestant{};
  bool again = false;       ///< the run was disturbed
  double seconds_left = 0;  ///< in all, as far as can be told
};
/// Hears of each step before it is taken; false: enough, what there is so far is the result.
using Progress = std::function<bool(const Step&)>;

/// The steps of a plan in their order.
std::vector<Step> steps_of(const Plan& plan);

/// To be called while there is one thread.
Results run_benchmark(const Plan& plan, const Progress& progress);

}  // namespace tunic::bench
