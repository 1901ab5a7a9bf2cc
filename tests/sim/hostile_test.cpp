// Hundreds of seeds of hostile links. A failing seed is run again with a journal, which is the same to the byte.
//
// TUNIC_HOSTILE_SEEDS=N: how many seeds (default 500). TUNIC_HOSTILE_SEED=N: this one alone.
#include "tests/sim/hostile.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/network.hpp"
#include "testing/journal.hpp"

namespace tunic::test {
namespace {

constexpr std::uint64_t kShards = 20;  // a gtest case each, so that --gtest_filter and gtest's sharding can divide them

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void expect_to_survive(std::uint64_t seed) {
  if (run_hostile(seed).failure.empty()) return;
  constexpr std::size_t kLastLines = 60;
  testing::Journal journal(sim::Network::kStart);
  const HostileResult again = run_hostile(seed, {.observer = &journal});
  ADD_FAILURE() << "seed " << seed << ": " << again.failure << "\n"
                << again.conditions << "\nThe last " << kLastLines << " events:\n"
                << journal.last_lines(kLastLines) << "Again: TUNIC_HOSTILE_SEED=" << seed
                << " tests/sim/sim_tests --gtest_filter='HostileLink.OneSeed'\n"
                << "Packets: tests/sim/sim_capture --seed " << seed << " --out hostile.pcap";
}

class HostileLinks : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(HostileLinks, DeliverBothStreamsAndClose) {
  const std::uint64_t seeds = number_from_environment("TUNIC_HOSTILE_SEEDS", 500);
  for (std::uint64_t seed = 1 + GetParam(); seed <= seeds; seed += kShards) expect_to_survive(seed);
}

INSTANTIATE_TEST_SUITE_P(Shard, HostileLinks, ::testing::Range<std::uint64_t>(0, kShards));

TEST(HostileLink, OneSeed) {
  expect_to_survive(number_from_environment("TUNIC_HOSTILE_SEED", 1));
}

TEST(HostileLink, IsTheSameForTheSameSeed) {
  const auto run = [] {
    std::vector<std::byte> all;
    run_hostile(7, {.on_packet = [&all](const PacketBuffer& packet, Instant) {
                  const auto octets = packet.to_vector();
                  all.insert(all.end(), octets.begin(), octets.end());
                }});
    return all;
  };
  const auto first = run();
  EXPECT_GT(first.size(), 2U * 256 * 1024);
  EXPECT_TRUE(first == run());
}

}  // namespace
}  // namespace tunic::test
