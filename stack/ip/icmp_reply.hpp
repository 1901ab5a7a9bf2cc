// ICMP messages that this host sends. RFC 1122 §3.2.2, RFC 1812 §4.3.2.
#pragma once

#include <optional>

#include <tunic/packet_buffer.hpp>

#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"

namespace tunic::ip {

/// The reply to the echo request `request` whose ICMP header is `echo` and whose data follows in `data`.
PacketBuffer echo_reply(const wire::Ipv4Header& request, const wire::IcmpHeader& echo, Chain data, std::uint8_t ttl);

/// Destination unreachable about a packet that begins with `quote`: its IP header and what follows, as far as it is
/// contiguous. At most 576 octets are sent (RFC 1812 §4.3.2.3).
PacketBuffer unreachable(const wire::Ipv4Header& about, std::span<const std::byte> quote, wire::UnreachableCode code,
                         std::uint8_t ttl, BlockPool& pool);

}  // namespace tunic::ip
