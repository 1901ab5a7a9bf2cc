// The tables of report.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "report.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kLabelWidth = 28;
constexpr std::size_t kWidth = 14;

struct RatioColumn {
  std::string_view title;
  Contestant above;
  Contestant below;
};
constexpr std::array kRatios{
    RatioColumn{"tunic/kernel", Contestant::Tunic, Contestant::Kernel},
    RatioColumn{"tunic/null", Contestant::Tunic, Contestant::Null},
    RatioColumn{"plain/null", Contestant::TunicPlain, Contestant::NullPlain},
};

std::string cell(const std::string& text) {
  return fmt::format("{:>{}}", text, kWidth);
}

std::string number(const std::optional<Median>& median, int decimals) {
  if (!median) return cell("-");
  return cell(fmt::format("{:.{}f}{}", median->value, decimals, median->quiet ? "" : "*"));
}

std::vector<Contestant> present(const Results& results) {
  std::vector<Contestant> present;
  for (const Contestant contestant : kContestants) {
    const auto is_its = [&](const Run& run) { return run.contestant == contestant && !run.metrics.empty(); };
    if (std::ranges::any_of(results.runs(), is_its)) present.push_back(contestant);
  }
  return present;
}

std::string numbers(const Results& results) {
  const auto contestants = present(results);
  std::string text = fmt::format("{:<{}}", "medians", kLabelWidth);
  for (const Contestant contestant : contestants) text += cell(std::string(name(contestant)));
  for (const RatioColumn& ratio : kRatios) text += cell(std::string(ratio.title));
  text += '\n';
  for (const Row& row : rows()) {
    const auto quantity = [&row](Contestant contestant) { return Quantity{row.measurement, contestant, row.metric}; };
    const auto measured = [&](Contestant contestant) { return results.median(quantity(contestant)).has_value(); };
    if (std::ranges::none_of(contestants, measured)) continue;
    text += fmt::format("{:<{}}", row.label, kLabelWidth);
    for (const Contestant contestant : contestants) {
      text += number(results.median(quantity(contestant)), row.decimals);
    }
    for (const RatioColumn& column : kRatios) {
      const auto ratio = results.ratio(quantity(column.above), quantity(column.below));
      text += cell(ratio ? fmt::format("{:.2f}", *ratio) : "-");
    }
    text += '\n';
  }
  return text;
}

std::string goal_lines(const Results& results) {
  std::string text;
  for (const Verdict& verdict : results.verdicts()) {
    const double value = verdict.value;
    text += fmt::format("{:<8}{:<{}}{} {:g}: {}\n", verdict.reached ? "ok" : "missed", verdict.goal->text, kLabelWidth,
                        verdict.goal->at_least ? "at least" : "at most ", verdict.goal->limit,
                        verdict.goal->against ? fmt::format("{:.2f}", value) : fmt::format("{:.4g}", value));
  }
  return text;
}

std::string remarks(const Results& results) {
  std::string text;
  const auto& runs = results.runs();
  const auto disturbed =
      std::ranges::count_if(runs, [](const Run& run) { return run.disturbance.total() > Results::kDisturbed; });
  if (disturbed != 0) {
    text += fmt::format(
        "Disturbed: in {} of {} runs other processes or the hypervisor took more than {:g} % of the machine; such "
        "runs\n"
        "are left out, or marked * where there are no others.\n",
        disturbed, runs.size(), Results::kDisturbed);
  }
  for (const Run& run : runs) {
    if (!run.error.empty()) text += fmt::format("{}, {}: {}\n", name(run.measurement), name(run.contestant), run.error);
  }
  return text;
}

}  // namespace

std::string table(const Results& results) {
  std::string text = numbers(results);
  for (const std::string& part : {goal_lines(results), remarks(results)}) {
    if (!part.empty()) text += '\n' + part;
  }
  return text;
}

}  // namespace tunic::bench
