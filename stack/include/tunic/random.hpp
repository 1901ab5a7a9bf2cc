// The only randomness a stack has: a seed that goes in when it is made.
//
// ISNs, ports, IP identifications and hash keys are all derived from it with keyed hashes, so the same seed and the same
// inputs give the same bytes. Who faces a network fills it from the OS (tun::os_seed); tests number it.
#pragma once

#include <array>
#include <cstdint>

namespace tunic {

struct Seed {
  std::array<std::uint64_t, 4> words{};

  /// A seed for tests and simulations: never for a stack that faces a network.
  static constexpr Seed numbered(std::uint64_t number) {
    return Seed{{number, ~number, number << 32 | 0x54756e69, 0x63}};
  }
  friend constexpr bool operator==(const Seed&, const Seed&) = default;
};

}  // namespace tunic
