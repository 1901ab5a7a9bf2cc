// The micro-benchmarks' program: see --help of Google Benchmark for its options.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
