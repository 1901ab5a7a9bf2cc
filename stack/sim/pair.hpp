// Two stacks and the link between them, in virtual time.
//
//     left 10.9.0.1/24  ══ rightward ══▶  right 10.9.0.2/24
//                       ◀══ leftward ═══
#pragma once

#include <tunic/address.hpp>
#include <tunic/config.hpp>
#include <tunic/observer.hpp>
#include <tunic/stack.hpp>

#include "link/impairment.hpp"
#include "sim/cable.hpp"
#include "sim/network.hpp"

namespace tunic::sim {

template <typename Seeded>
Seeded with_seed(std::uint64_t number) {
  Seeded seeded;
  seeded.seed = Seed::numbered(number);
  return seeded;
}

/// All defaults, but a seed of its own for everything that draws.
struct PairSetup {
  Config left = with_seed<Config>(1);
  Config right = with_seed<Config>(2);
  Ipv4Prefix left_address{Ipv4Address(10, 9, 0, 1), 24};
  Ipv4Prefix right_address{Ipv4Address(10, 9, 0, 2), 24};
  link::Conditions rightward = with_seed<link::Conditions>(3);
  link::Conditions leftward = with_seed<link::Conditions>(4);
  SuperSegments super_segments = SuperSegments::None;  ///< both directions
  Observer* link_observer = nullptr;                   ///< hears both directions
};

class Pair {
 public:
  explicit Pair(const PairSetup& setup = {});

  Network& network() { return network_; }
  Stack& left() { return left_; }
  Stack& right() { return right_; }
  Ipv4Address left_address() const { return left_address_; }
  Ipv4Address right_address() const { return right_address_; }
  Cable& rightward() { return rightward_; }
  Cable& leftward() { return leftward_; }

 private:
  Ipv4Address left_address_;
  Ipv4Address right_address_;
  Stack left_;
  Stack right_;
  Cable rightward_;
  Cable leftward_;
  Network network_;
};

}  // namespace tunic::sim
