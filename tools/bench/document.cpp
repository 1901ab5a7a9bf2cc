// The JSON of report.hpp. Keys keep the order in which they are written here.
#include <nlohmann/json.hpp>

#include "report.hpp"

namespace tunic::bench {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const Run& run) {
  Json json{{"measurement", name(run.measurement)},
            {"contestant", name(run.contestant)},
            {"round", run.round},
            {"steal_percent", run.disturbance.steal},
            {"foreign_percent", run.disturbance.foreign},
            {"disturbed", run.disturbance.total() > Results::kDisturbed},
            {"metrics", Json::object()}};
  for (const auto& [metric, value] : run.metrics) json["metrics"][metric] = value;
  if (!run.error.empty()) json["error"] = run.error;
  return json;
}

Json medians_json(const Results& results) {
  Json all = Json::array();
  for (const Row& row : rows()) {
    for (const Contestant contestant : kContestants) {
      const Quantity quantity{row.measurement, contestant, row.metric};
      const auto median = results.median(quantity);
      if (!median) continue;
      Json json{{"measurement", name(row.measurement)},
                {"contestant", name(contestant)},
                {"metric", row.metric},
                {"median", median->value},
                {"runs", median->runs},
                {"quiet", median->quiet}};
      for (const Contestant reference : {Contestant::Kernel, Contestant::Null, Contestant::NullPlain}) {
        const auto ratio = results.ratio(quantity, {row.measurement, reference, row.metric});
        if (ratio && reference != contestant) json["ratios"][std::string(name(reference))] = *ratio;
      }
      all.push_back(std::move(json));
    }
  }
  return all;
}

Json goals_json(const Results& results) {
  Json all = Json::array();
  for (const Verdict& verdict : results.verdicts()) {
    all.push_back({{"goal", verdict.goal->text},
                   {verdict.goal->at_least ? "at_least" : "at_most", verdict.goal->limit},
                   {"value", verdict.value},
                   {"reached", verdict.reached}});
  }
  return all;
}

}  // namespace

std::string document(const Results& results, const Conditions& conditions) {
  Json runs = Json::array();
  for (const Run& run : results.runs()) runs.push_back(run_json(run));
  const Json json{
      {"version", conditions.version}, {"kernel", conditions.kernel},      {"seconds", conditions.seconds},
      {"rounds", conditions.rounds},   {"idle", conditions.idle},          {"time_wait", conditions.time_wait},
      {"runs", std::move(runs)},       {"medians", medians_json(results)}, {"goals", goals_json(results)}};
  return json.dump(1) + '\n';
}

}  // namespace tunic::bench
