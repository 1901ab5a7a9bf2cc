// The options of `tunic bench`. For command_line.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): it is theirs
class App;
}

namespace tunic::command {

/// CLI11 keeps references into it, so it lives as long as the parse.
struct BenchArguments {
  BenchOptions options;
  std::vector<std::string> only;  // names of measurements and of contestants
  bool quick = false;
  std::optional<unsigned> rounds;  // these rule over --quick
  std::optional<double> seconds;
  std::optional<unsigned> idle;
  std::optional<unsigned> time_wait;
};

void add_bench(CLI::App& app, BenchArguments& bench);

BenchOptions finished(BenchArguments bench);

}  // namespace tunic::command
