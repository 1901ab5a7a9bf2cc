// See bench_arguments.hpp.
#include "bench_arguments.hpp"

#include <CLI/CLI.hpp>

#include "help_text.hpp"
#include "stack_arguments.hpp"

namespace tunic::command {

void add_bench(CLI::App& app, BenchArguments& bench) {
  CLI::App* command = app.add_subcommand("bench", "Measure the stack beside the kernel's and beside none at all");
  command->footer(help_footer("bench"));
  command->add_option("--only", bench.only, "Only these measurements and contestants (names as below; with commas)")
      ->type_name("NAME")
      ->delimiter(',');
  command->add_option("--rounds", bench.rounds, "So many runs of each (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000U));
  command->add_option("--seconds", bench.seconds, "Measure so long in each run (default: 3)")
      ->type_name("S")
      ->check(CLI::Range(0.05, 3600.0));
  command
      ->add_option("--idle", bench.idle,
                   "Idle connections in the crowd; in memory ten times as many endpoints (default: 100000)")
      ->type_name("I")
      ->check(CLI::Range(1U, 500'000U));
  command->add_option("--time-wait", bench.time_wait, "TIME-WAIT entries in the crowd (default: 100000)")
      ->type_name("T")
      ->check(CLI::Range(0U, 200'000U));
  command->add_flag("--quick", bench.quick, "One round, very short: whether it works, not how fast it is");
  command->add_flag("--json", bench.options.json, "Print one JSON object: every run, medians, ratios, goals");
}

BenchOptions finished(BenchArguments bench) {
  bench::Plan& plan = bench.options.plan;
  if (bench.quick) {
    plan.rounds = 1;
    plan.load = {.seconds = 0.1, .warm_up = 0.05, .idle = 200, .time_wait = 200};
  }
  plan.rounds = bench.rounds.value_or(plan.rounds);
  plan.load.seconds = bench.seconds.value_or(plan.load.seconds);
  plan.load.idle = bench.idle.value_or(plan.load.idle);
  plan.load.time_wait = bench.time_wait.value_or(plan.load.time_wait);
  std::vector<bench::Measurement> measurements;
  std::vector<bench::Contestant> contestants;
  for (const std::string& word : bench.only) {
    const auto measurement = bench::measurement_named(word);
    const auto contestant = bench::contestant_named(word);
    if (!measurement && !contestant) refuse("'" + word + "' is no measurement and no contestant");
    if (measurement) measurements.push_back(*measurement);
    if (contestant) contestants.push_back(*contestant);
  }
  if (!measurements.empty()) plan.measurements = std::move(measurements);
  if (!contestants.empty()) plan.contestants = std::move(contestants);
  if (bench::steps_of(plan).empty()) refuse("none of these contestants takes part in these measurements");
  return std::move(bench.options);
}

}  // namespace tunic::command
