// To which recorded conversation a live packet belongs: fragments to that of the first of their datagram, and of several
// connections between the same ports the latest that has begun. It must not know who sends.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replay/recording.hpp"

namespace tunic::replay {

class LiveFlows {
 public:
  explicit LiveFlows(const Recording& recording) : recording_(recording), begun_(recording.flows.size()) {}

  void begin(std::size_t flow) { begun_[flow] = true; }
  /// nullopt: to none.
  std::optional<std::size_t> find(const Packet& packet);

 private:
  const Recording& recording_;
  std::vector<bool> begun_;
  std::map<std::pair<Ipv4Address, std::uint16_t>, std::size_t> fragments_;  // by destination and identification
};

}  // namespace tunic::replay
