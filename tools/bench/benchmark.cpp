// See benchmark.hpp.
#include "benchmark.hpp"

#include "contest.hpp"
#include "machine.hpp"

namespace tunic::bench {
namespace {

/// Before anything is measured; what it takes in truth corrects it.
double expected_seconds(const Step& step, const Load& load) {
  constexpr double kSetUp = 0.5;
  constexpr double kConnectionsPerSecond = 10'000;
  constexpr double kEndpointsPerSecond = 200'000;
  switch (step.measurement) {
    case Measurement::Crowd:
      return kSetUp + load.seconds + (load.idle + load.time_wait) / kConnectionsPerSecond;
    case Measurement::Beside:
      return kSetUp + 3 * load.seconds + 2 * load.idle / kEndpointsPerSecond;
    case Measurement::Endpoints:
      return kSetUp + 10 * load.idle / kEndpointsPerSecond;
    default:
      return kSetUp + load.seconds;
  }
}

}  // namespace

std::vector<Step> steps_of(const Plan& plan) {
  std::vector<Step> steps;
  for (unsigned round = 1; round <= plan.rounds; ++round) {
    for (const Measurement measurement : plan.measurements) {
      for (const Contestant contestant : plan.contestants) {
        if (takes_part(contestant, measurement))
          steps.push_back({.round = round, .measurement = measurement, .contestant = contestant});
      }
    }
  }
  return steps;
}

Results run_benchmark(const Plan& plan, const Progress& progress) {
  const Processors processors = Processors::allowed();
  std::vector<Step> steps = steps_of(plan);
  double expected_left = 0;
  for (const Step& step : steps) expected_left += expected_seconds(step, plan.load);
  double expected_done = 0;
  const double began = seconds_now();
  Results results;
  for (Step& step : steps) {
    for (const bool again : {false, true}) {
      const double pace = expected_done > 0 ? (seconds_now() - began) / expected_done : 1;
      step.again = again;
      step.seconds_left = expected_left * pace;
      if (!progress(step)) return results;
      Run run = run_contest(step.measurement, step.contestant, plan.load, processors);
      run.round = step.round;
      const bool disturbed = run.disturbance.total() > Results::kDisturbed;
      results.add(std::move(run));
      if (!disturbed) break;
    }
    expected_left -= expected_seconds(step, plan.load);
    expected_done += expected_seconds(step, plan.load);
  }
  return results;
}

}  // namespace tunic::bench
