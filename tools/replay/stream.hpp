// The data that one host of a conversation sent, put together from its packets.
#pragma once

#include <cstddef>
#include <vector>

#include "replay/recording.hpp"

namespace tunic::replay {

/// TCP: the octets of its stream from the first on, up to what the capture misses; segments with a wrong checksum do not count.
/// Else the payloads in their order. What a snap length has cut is zeros.
std::vector<std::byte> stream_of(const Recording& recording, const Flow& flow, Ipv4Address sender);

}  // namespace tunic::replay
