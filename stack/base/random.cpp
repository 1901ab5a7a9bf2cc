// Keys and numbers from a seed. Who knows some of the numbers of one purpose learns nothing of the seed or of others.
#include "base/random.hpp"

#include "base/assert.hpp"

namespace tunic {

SipKey derive_key(const Seed& seed, Purpose purpose) {
  const auto& w = seed.words;
  const SipKey all{siphash24(SipKey{w[0], w[1]}, w[2], w[3]), siphash24(SipKey{w[2], w[3]}, w[0], w[1])};
  const auto number = static_cast<std::uint64_t>(purpose);
  return {siphash24(all, number, 0), siphash24(all, number, 1)};
}

std::uint64_t Random::next() {
  return siphash24(key_, counter_++, 0);
}

std::uint64_t Random::below(std::uint64_t bound) {
  TUNIC_ASSERT(bound > 0);
  // 2^64 mod bound: the numbers below it would make the small results a little more likely.
  const std::uint64_t surplus = (0 - bound) % bound;
  std::uint64_t number = next();
  while (number < surplus) number = next();
  return number % bound;
}

}  // namespace tunic
