// ICMP messages that this host sends, without their IP header. RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2.
#pragma once

#include <tunic/packet_buffer.hpp>

#include "wire/icmp.hpp"

namespace tunic::ip {

/// The message with this header and `data` behind it.
PacketBuffer icmp_message(const wire::IcmpHeader& header, Chain data);

/// An error about the packet that begins with `quote`: its IP header and what follows, as far as it is contiguous. The IP
/// packet around it has at most 576 octets (RFC 1812 §4.3.2.3).
PacketBuffer icmp_error(const wire::IcmpHeader& header, std::span<const std::byte> quote, BlockPool& pool);

}  // namespace tunic::ip
