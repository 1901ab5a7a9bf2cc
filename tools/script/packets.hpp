// What a script writes of ICMP messages and datagrams, as octets of the peer's.
#pragma once

#include <cstddef>
#include <vector>

#include "script/flow.hpp"
#include "script/script.hpp"

namespace tunic::script {

/// The message with its IPv4 header, about a packet that the stack sent in this conversation.
std::vector<std::byte> icmp_octets(const IcmpPacket& written, const Flow& flow);
/// The datagram with its IPv4 header and zeros as data. Its checksum is left out, as RFC 768 allows.
std::vector<std::byte> udp_octets(const UdpPacket& written, const Flow& flow);

}  // namespace tunic::script
