// Hundreds of seeds of hostile links. A failing seed is run again with a journal, which is the same to the byte.
//
// TUNIC_HOSTILE_SEEDS=N: how many seeds (default 500; with super-segments a fifth). TUNIC_HOSTILE_SEED=N: this one alone.
#include "tests/sim/hostile.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "sim/network.hpp"
#include "testing/journal.hpp"

namespace tunic::test {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// False: it did not, and the test has failed.
bool survives(std::uint64_t seed, sim::SuperSegments super_segments = sim::SuperSegments::None) {
  if (run_hostile(seed, {.super_segments = super_segments}).failure.empty()) return true;
  constexpr std::size_t kLastLines = 60;
  testing::Journal journal(sim::Network::kStart);
  const HostileResult again = run_hostile(seed, {.observer = &journal, .super_segments = super_segments});
  ADD_FAILURE() << "seed " << seed << ": " << again.failure << "\n"
                << again.conditions << "\nThe last " << kLastLines << " events:\n"
                << journal.last_lines(kLastLines) << "Again: TUNIC_HOSTILE_SEED=" << seed
                << " tests/sim/sim_tests --gtest_filter='HostileLink.DeliversWithOneSeed*'\n"
                << "Packets: tests/sim/sim_capture --seed " << seed << " --out hostile.pcap";
  return false;
}

TEST(HostileLink, DeliversBothStreamsAndCloses) {
  const std::uint64_t seeds = number_from_environment("TUNIC_HOSTILE_SEEDS", 500);
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds && failures < 3; ++seed) failures += survives(seed) ? 0 : 1;
}

// What the stack sends at once is cut before the link, so that the link treats wire packets badly as before.
TEST(HostileLink, DeliversSuperSegmentsThatAreCut) {
  const std::uint64_t seeds = number_from_environment("TUNIC_HOSTILE_SEEDS", 500) / 5;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds && failures < 3; ++seed)
    failures += survives(seed, sim::SuperSegments::Cut) ? 0 : 1;
}

// Super-segments are lost, repeated, late and damaged as a whole.
TEST(HostileLink, DeliversSuperSegmentsAsAWhole) {
  const std::uint64_t seeds = number_from_environment("TUNIC_HOSTILE_SEEDS", 500) / 5;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds && failures < 3; ++seed)
    failures += survives(seed, sim::SuperSegments::Whole) ? 0 : 1;
}

TEST(HostileLink, DeliversWithOneSeed) {
  survives(number_from_environment("TUNIC_HOSTILE_SEED", 1));
}
TEST(HostileLink, DeliversWithOneSeedCut) {
  survives(number_from_environment("TUNIC_HOSTILE_SEED", 1), sim::SuperSegments::Cut);
}
TEST(HostileLink, DeliversWithOneSeedWhole) {
  survives(number_from_environment("TUNIC_HOSTILE_SEED", 1), sim::SuperSegments::Whole);
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
