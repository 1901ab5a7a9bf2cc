// A deterministic generator, keyed by a seed and a purpose: SipHash-2-4 in counter mode. The same on every platform.
#pragma once

#include <cstdint>

#include <tunic/random.hpp>

#include "base/siphash.hpp"

namespace tunic {

/// What a key is for: two purposes never share a key.
enum class Purpose : std::uint8_t {
  Isn = 1,
  Ports,
  IpId,
  Table,
  TimestampOffset,
  Cookies,
  Fuzz,
  Link,
  Application,
  FastOpen,
  IcmpLimit
};

/// A key for `purpose`, derived from all of the seed.
SipKey derive_key(const Seed& seed, Purpose purpose);

class Random {
 public:
  Random(const Seed& seed, Purpose purpose) : key_(derive_key(seed, purpose)) {}

  std::uint64_t next();
  /// Uniform in [0, bound); bound > 0. Without modulo bias.
  std::uint64_t below(std::uint64_t bound);
  /// True with a probability of `parts` in `of`.
  bool chance(std::uint64_t parts, std::uint64_t of) { return parts != 0 && below(of) < parts; }

 private:
  SipKey key_;
  std::uint64_t counter_ = 0;
};

}  // namespace tunic
