// Which reasons the scenarios of one test program have produced. A reason without a scenario is one that nobody has seen.
//
// One per program; tests run on one thread.
#pragma once

#include <bitset>
#include <span>
#include <vector>

#include <tunic/why.hpp>

namespace tunic::testing {

class WhyCoverage {
 public:
  static WhyCoverage& of_program();

  void record(Why why) { seen_.set(static_cast<std::size_t>(why)); }
  /// The reasons that nothing has produced, except for those in `allowed`.
  std::vector<Why> missing(std::span<const Why> allowed = {}) const;

 private:
  std::bitset<kWhyCount> seen_;
};

}  // namespace tunic::testing
