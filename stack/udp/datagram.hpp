// A UDP datagram, and the way between it and the payload of an IPv4 packet. RFC 768, RFC 1122 §4.1.3.
#pragma once

#include <expected>

#include <tunic/address.hpp>
#include <tunic/event.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/why.hpp>

#include "wire/ipv4.hpp"

namespace tunic::udp {

struct Datagram {
  Endpoint source;
  Endpoint destination;
  Chain payload;
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;  ///< outbound: 0 is the host's
};

/// `packet` begins with the UDP header. Checks length and checksum, the latter unless the device has done so or there is
/// none (0). On failure the reason to drop.
std::expected<Datagram, Why> decode_datagram(const wire::Ipv4Header& ip, PacketBuffer packet, BlockPool& pool);

/// UDP header and payload, without the IP header. A payload of at most 65,507 octets. `checksum`: off sends 0.
PacketBuffer encode_datagram(const Datagram& datagram, bool checksum = true);

UdpInfo describe(const Datagram& datagram);

}  // namespace tunic::udp
