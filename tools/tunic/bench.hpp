// `tunic bench`: how fast the stack is, beside the kernel and beside no stack at all.
#pragma once

#include "bench/benchmark.hpp"

namespace tunic::command {

struct BenchOptions {
  bench::Plan plan;
  bool json = false;
};

int run_bench(const BenchOptions& options);

}  // namespace tunic::command
