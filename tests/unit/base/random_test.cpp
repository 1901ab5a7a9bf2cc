// Repeatable randomness: all of the seed counts, purposes share nothing, and bounds are kept evenly.
#include "base/random.hpp"

#include <array>

#include "tests/support/property.hpp"

namespace tunic {
namespace {

std::uint64_t first_number(const Seed& seed, Purpose purpose) {
  return Random(seed, purpose).next();
}

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  Random a(Seed::numbered(7), Purpose::Fuzz);
  Random b(Seed::numbered(7), Purpose::Fuzz);
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t number = a.next();
    EXPECT_EQ(number, b.next());
    EXPECT_NE(number, last);
    last = number;
  }
}

TEST(Random, EveryWordOfTheSeedCounts) {
  const Seed seed = Seed::numbered(7);
  for (std::size_t i = 0; i < seed.words.size(); ++i) {
    Seed other = seed;
    other.words[i] ^= 1;
    EXPECT_NE(first_number(seed, Purpose::Isn), first_number(other, Purpose::Isn)) << i;
  }
}

TEST(Random, PurposesShareNothing) {
  const Seed seed = Seed::numbered(7);
  EXPECT_NE(first_number(seed, Purpose::Isn), first_number(seed, Purpose::Ports));
  EXPECT_NE(derive_key(seed, Purpose::Isn).k0, derive_key(seed, Purpose::Ports).k0);
  EXPECT_NE(derive_key(seed, Purpose::Isn).k1, derive_key(seed, Purpose::Ports).k1);
}

RC_GTEST_PROP(Random, BelowStaysBelow, (std::uint64_t number)) {
  Random random(Seed::numbered(number), Purpose::Link);
  const auto bound = *rc::gen::suchThat<std::uint64_t>([](std::uint64_t b) { return b > 0; });
  for (int i = 0; i < 20; ++i) RC_ASSERT(random.below(bound) < bound);
}

TEST(Random, BelowIsEven) {
  Random random(Seed::numbered(1), Purpose::Link);
  std::array<int, 6> counts{};
  for (int i = 0; i < 6000; ++i) ++counts[random.below(6)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(Random, ChanceOfNoneAndOfAll) {
  Random random(Seed::numbered(1), Purpose::Link);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(random.chance(0, 100));
    EXPECT_TRUE(random.chance(100, 100));
  }
}

}  // namespace
}  // namespace tunic
