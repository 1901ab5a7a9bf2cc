// What a device does that hands over many segments as one, done here for one that does not: of what is read packet by packet,
// each run of segments that continue one another becomes a super-segment, in one piece. The opposite of WirePackets.
//
// A run's segments differ in their numbers and lengths alone: TCP takes the same octets from them one by one and from all at
// once, and that costs it once. What it answers may be less: a run of octets that it already has gets one D-SACK, not one for
// each segment, as behind a network card that merges. Whatever is unusual in a header, or wrong in a checksum, passes as it is
// and is judged by who receives it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include <tunic/packet_buffer.hpp>

namespace tunic {

/// Fills the beginning of what it is given with the next packet; how much that was, 0: there is none.
using ReadPacket = std::function<std::size_t(std::span<std::byte>)>;

/// Reads packets of at most `longest` octets until there are no more or `batch` is full; returns how many came of it, in order.
std::size_t read_merged(const ReadPacket& read, std::size_t longest, BlockPool& pool, std::span<PacketBuffer> batch);

}  // namespace tunic
