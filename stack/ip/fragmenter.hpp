// A datagram in pieces that a path carries. RFC 791 §3.2.
#pragma once

#include <vector>

#include <tunic/packet_buffer.hpp>

namespace tunic::ip {

/// `datagram` begins with an IPv4 header of 20 octets without DF. Each fragment has at most `mtu` octets (at least 28) and
/// shares its part of the payload.
std::vector<PacketBuffer> fragment(PacketBuffer datagram, std::uint32_t mtu, BlockPool& pool);

}  // namespace tunic::ip
