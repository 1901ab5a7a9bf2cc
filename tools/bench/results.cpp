// See results.hpp.
#include "results.hpp"

#include <algorithm>

namespace tunic::bench {

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Median> Results::median(const Quantity& quantity) const {
  std::vector<double> quiet;
  std::vector<double> disturbed;
  for (const Run& run : runs_) {
    if (run.measurement != quantity.measurement || run.contestant != quantity.contestant) continue;
    const auto metric = run.metrics.find(quantity.metric);
    if (metric == run.metrics.end()) continue;
    (run.disturbance.total() > kDisturbed ? disturbed : quiet).push_back(metric->second);
  }
  const bool any_quiet = !quiet.empty();
  std::vector<double>& values = any_quiet ? quiet : disturbed;
  if (values.empty()) return std::nullopt;
  const std::size_t runs = values.size();
  return Median{median_of(std::move(values)), runs, any_quiet};
}

std::optional<double> Results::ratio(const Quantity& quantity, const Quantity& against) const {
  const auto above = median(quantity);
  const auto below = median(against);
  if (!above || !below || below->value == 0) return std::nullopt;
  return above->value / below->value;
}

std::vector<Verdict> Results::verdicts() const {
  std::vector<Verdict> verdicts;
  for (const Goal& goal : goals()) {
    std::optional<double> value;
    if (goal.against) {
      value = ratio(goal.quantity, *goal.against);
    } else if (const auto alone = median(goal.quantity)) {
      value = alone->value;
    }
    if (!value) continue;
    verdicts.push_back({&goal, *value, goal.at_least ? *value >= goal.limit : *value <= goal.limit});
  }
  return verdicts;
}

}  // namespace tunic::bench
