// The runs of a benchmark, their medians, and what the goals say of these. Pure arithmetic: it must not know how a run is made
// or how its result is shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog.hpp"

namespace tunic::bench {

/// How much of the whole machine others took during a run, in percent.
struct Disturbance {
  double steal = 0;    ///< the hypervisor
  double foreign = 0;  ///< other processes
  double total() const { return steal + foreign; }
};

struct Run {
  Measurement measurement{};
  Contestant contestant{};
  unsigned round = 1;
  Metrics metrics;
  Disturbance disturbance;
  std::string error;  ///< why there are no metrics
};

struct Median {
  double value = 0;
  std::size_t runs = 0;
  bool quiet = true;  ///< false: there was no quiet run, so these are of disturbed ones
};

struct Verdict {
  const Goal* goal;
  double value;
  bool reached;
};

class Results {
 public:
  /// A run with more disturbance than this is repeated, and then counts only if no run of its kind is quiet.
  static constexpr double kDisturbed = 6;

  void add(Run run) { runs_.push_back(std::move(run)); }
  const std::vector<Run>& runs() const { return runs_; }

  /// nullopt: no run has this number.
  std::optional<Median> median(const Quantity& quantity) const;
  /// Of two medians; nullopt: one is missing, or the second is zero.
  std::optional<double> ratio(const Quantity& quantity, const Quantity& against) const;
  /// The goals whose numbers are there.
  std::vector<Verdict> verdicts() const;

 private:
  std::vector<Run> runs_;
};

/// Of an even number of values, the mean of the two in the middle. At least one value.
double median_of(std::vector<double> values);

}  // namespace tunic::bench
