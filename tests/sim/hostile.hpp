// One seed's worth of hostile link: two stacks, 256 KiB each way, every kind of trouble, all of it drawn from the seed.
//
// What must hold whatever the seed: both streams arrive exactly, both ends close, no connection is left over, and nothing
// waits without a timer. RFC 9293 §3.8 (retransmission), §3.6 (closing).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <tunic/observer.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>

#include "sim/cable.hpp"

namespace tunic::test {

struct HostileResult {
  std::string failure;     ///< empty: all held
  std::string conditions;  ///< what the seed stands for, for people
  Duration duration{};     ///< in virtual time, until the last TIME-WAIT was over
  std::uint64_t packets = 0;
};

struct HostileHooks {
  std::function<void(const PacketBuffer& packet, Instant now)> on_packet;  ///< every packet that a stack sends
  Observer* observer = nullptr;                                            ///< of both stacks and the link
  sim::SuperSegments super_segments = sim::SuperSegments::None;
};

HostileResult run_hostile(std::uint64_t seed, const HostileHooks& hooks = {});

}  // namespace tunic::test
