// The sum of octets, by each way to do it (RFC 1071), from a header alone to the longest packet.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <vector>

#include "base/octet_sum.hpp"

namespace tunic {
namespace {

template <auto sum>
void octet_sum(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<std::byte> octets(size, std::byte{0xa5});
  for ([[maybe_unused]] auto turn : state) benchmark::DoNotOptimize(sum(octets.data(), size));
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int size : {20, 40, 64, 256, 576, 1460, 4096, 16384, 65535}) benchmark->Arg(size);
}

BENCHMARK(octet_sum<sum_octets_portably>)->Name("checksum/portable")->Apply(sizes);
BENCHMARK(octet_sum<sum_octets>)->Name("checksum/fastest")->Apply(sizes);

}  // namespace
}  // namespace tunic
