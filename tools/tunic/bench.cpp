// See bench.hpp.
#include "bench.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <tunic/version.hpp>

#include "bench/contest.hpp"
#include "bench/machine.hpp"
#include "bench/report.hpp"
#include "exit_code.hpp"
#include "termination.hpp"

namespace tunic::command {
namespace {

/// One line that is written anew, or where nobody watches one line for each step.
class ProgressLine {
 public:
  explicit ProgressLine(unsigned rounds) : rounds_(rounds) {}
  ~ProgressLine() {
    if (terminal_) fmt::print(stderr, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const bench::Step& step) const {
    fmt::print(stderr, "{}tunic: round {} of {}: {}, {}{}; {} left{}", terminal_ ? "\r" : "", step.round, rounds_,
               bench::name(step.measurement), bench::name(step.contestant),
               step.again ? " once more, since the machine was disturbed" : "", left(step.seconds_left),
               terminal_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
  }

 private:
  static std::string left(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", seconds);
    return fmt::format("{:.0f} min", seconds / 60);
  }

  unsigned rounds_;
  bool terminal_ = isatty(STDERR_FILENO) == 1;
};

bench::Conditions conditions_of(const bench::Plan& plan) {
  utsname system{};
  uname(&system);
  return {.version = TUNIC_VERSION,
          .kernel = system.release,
          .seconds = plan.load.seconds,
          .rounds = plan.rounds,
          .idle = plan.load.idle,
          .time_wait = plan.load.time_wait};
}

/// Without networks only what needs none is left; false: there are none, and there should be some.
bool networks_are_there(bench::Plan& plan) {
  if (std::ranges::all_of(plan.measurements, bench::is_in_memory)) return true;
  const auto possible = bench::try_networks();
  if (possible) return true;
  std::erase_if(plan.measurements, [](bench::Measurement one) { return !bench::is_in_memory(one); });
  fmt::print(stderr, "tunic: {}\n{}", possible.error(),
             plan.measurements.empty() ? "" : "tunic: only what needs no network is measured\n");
  return false;
}

}  // namespace

int run_bench(const BenchOptions& options) {
  bench::Plan plan = options.plan;
  const bool complete = networks_are_there(plan);
  if (plan.measurements.empty()) return static_cast<int>(ExitCode::Environment);
  if (const auto processors = bench::Processors::allowed(); processors.server == processors.client)
    fmt::print(stderr, "tunic: there is one processor alone: what is measured is server and client together\n");
  const Termination termination;
  int ended_by = 0;
  const bench::Results results = [&] {
    const ProgressLine line(plan.rounds);
    return bench::run_benchmark(plan, [&](const bench::Step& step) {
      line.show(step);
      ended_by = termination.take();
      return ended_by == 0;
    });
  }();
  fmt::print("{}", options.json ? bench::document(results, conditions_of(plan)) : bench::table(results));
  if (ended_by != 0) return 128 + ended_by;
  if (!complete) return static_cast<int>(ExitCode::Environment);
  const bool all_went_well =
      std::ranges::all_of(results.runs(), [](const bench::Run& run) { return run.error.empty(); });
  return static_cast<int>(all_went_well ? ExitCode::Ok : ExitCode::Peer);
}

}  // namespace tunic::command
