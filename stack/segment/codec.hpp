// Between TCP segments and IPv4 packets. RFC 9293 §3.1 (checksum with the pseudo-header), RFC 791.
//
// Whoever decodes has looked at the IPv4 header already (ip/input, or a test).
#pragma once

#include <expected>

#include <tunic/device.hpp>

#include "segment/segment.hpp"
#include "wire/ipv4.hpp"

namespace tunic {

/// `packet` begins with the TCP header (the IPv4 header was trimmed). Checks offset and checksum, the latter unless the
/// device has done so. On failure the reason to drop.
std::expected<Segment, Why> decode_segment(const wire::Ipv4Header& ip, PacketBuffer&& packet, BlockPool& pool);

/// IPv4 + TCP header in the packet's header room, payload shared. `ip` gives ttl, tos, DF and identification; addresses
/// come from the segment. With `partial_checksum` the TCP checksum is left to the device.
PacketBuffer encode_segment(const Segment& segment, const wire::Ipv4Header& ip, bool partial_checksum = false);

}  // namespace tunic
