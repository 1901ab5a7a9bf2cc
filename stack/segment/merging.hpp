// What a device does that hands over many segments as one, done here for one that does not: of a batch, each run of segments
// that continue one another becomes a super-segment. The opposite of WirePackets.
//
// A run's segments differ in their numbers and lengths alone: TCP takes the same octets from them one by one and from all at
// once, and that costs it once. What it answers may be less: a run of octets that it already has gets one D-SACK, not one for
// each segment, as behind a network card that merges. Whatever is unusual in a header, or wrong in a checksum, passes as it is
// and is judged by who receives it.
#pragma once

#include <cstddef>
#include <span>

#include <tunic/packet_buffer.hpp>

namespace tunic {

/// Merges neighbours, in place and in order; returns how many packets are left, at the beginning of `packets`.
std::size_t merge_segments(std::span<PacketBuffer> packets);

}  // namespace tunic
