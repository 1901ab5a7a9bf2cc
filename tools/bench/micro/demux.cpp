// From a segment's addresses and ports to its connection, among few and among very many, in no order.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "host/demux.hpp"

namespace tunic::host {
namespace {

FourTuple tuple(std::uint32_t number) {
  constexpr std::uint32_t kPorts = 50'000;
  const auto port = static_cast<Port>(1024 + number % kPorts);
  return {.local = {Ipv4Address(10, 9, 0, 2), 80}, .remote = {Ipv4Address(0x0a0a0000 + number / kPorts), port}};
}

void find(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Demux demux(SipKey{1, 2});
  std::vector<FourTuple> tuples;
  for (std::uint32_t number = 0; number < count; ++number) {
    tuples.push_back(tuple(number));
    demux.put(tuples.back(), {.kind = Target::Kind::Connection, .key = {}});
  }
  std::ranges::shuffle(tuples, std::mt19937(1));
  std::size_t next = 0;
  for ([[maybe_unused]] auto turn : state) {
    benchmark::DoNotOptimize(demux.find(tuples[next]));
    next = next + 1 == tuples.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}

void find_nothing(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Demux demux(SipKey{1, 2});
  for (std::uint32_t number = 0; number < count; ++number) {
    demux.put(tuple(number), {.kind = Target::Kind::Connection, .key = {}});
  }
  std::uint32_t number = count;
  for ([[maybe_unused]] auto turn : state) benchmark::DoNotOptimize(demux.find(tuple(number++)));
  state.SetItemsProcessed(state.iterations());
}

void put_and_erase(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Demux demux(SipKey{1, 2});
  for (std::uint32_t number = 0; number < count; ++number) {
    demux.put(tuple(number), {.kind = Target::Kind::Connection, .key = {}});
  }
  std::uint32_t number = count;
  for ([[maybe_unused]] auto turn : state) {
    const FourTuple one = tuple(number++);
    demux.put(one, {.kind = Target::Kind::Connection, .key = {}});
    demux.erase(one);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(find)->Name("demux/find")->RangeMultiplier(10)->Range(1, 1'000'000);
BENCHMARK(find_nothing)->Name("demux/find-nothing")->RangeMultiplier(10)->Range(1, 1'000'000);
BENCHMARK(put_and_erase)->Name("demux/put-and-erase")->RangeMultiplier(10)->Range(1, 1'000'000);

}  // namespace
}  // namespace tunic::host
