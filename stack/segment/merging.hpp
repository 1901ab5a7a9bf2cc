// What a device does that hands over many segments as one, done here for one that does not: of a batch, each run of segments
// that continue one another becomes a super-segment. The opposite of WirePackets.
//
// A run's segments differ in their numbers and lengths alone: what TCP makes of them one by one and of all at once is the same,
// and costs it once. Whatever is unusual in a header, or wrong in a checksum, passes as it is and is judged by who receives it.
#pragma once

#include <cstddef>
#include <span>

#include <tunic/packet_buffer.hpp>

namespace tunic {

/// Merges neighbours, in place and in order; returns how many packets are left, at the beginning of `packets`.
std::size_t merge_segments(std::span<PacketBuffer> packets);

}  // namespace tunic
