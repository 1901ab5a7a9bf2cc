// Whole packets as octets, for what packetdrill's notation does not say: ICMP, UDP, broken headers.
//
// Lengths and checksums are right; a test that wants them wrong changes the octets.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"

namespace tunic::testing {

using Octets = std::vector<std::byte>;

/// total_length is filled in.
Octets ipv4_packet(wire::Ipv4Header header, std::span<const std::byte> content);
/// An ICMP message with its checksum.
Octets icmp_message(const wire::IcmpHeader& header, std::span<const std::byte> content);
/// What an ICMP error says about `packet`: its IP header and the first 8 octets behind it (RFC 792).
Octets quote(std::span<const std::byte> packet);

}  // namespace tunic::testing
