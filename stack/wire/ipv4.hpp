// The IPv4 header: a checked view on bytes and a value that can be emitted. RFC 791 §3.1, RFC 1122 §3.2.1.
#pragma once

#include <cstdint>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/why.hpp>

#include "base/checksum.hpp"

namespace tunic::wire {

inline constexpr std::size_t kIpv4HeaderSize = 20;  // without options: we never send any

enum class IpProtocol : std::uint8_t { Icmp = 1, Tcp = 6, Udp = 17 };

/// A value for emit(), and what parse() found. Lengths are octets.
struct Ipv4Header {
  std::uint8_t tos = 0;  ///< DSCP and ECN
  std::uint16_t identification = 0;
  bool dont_fragment = true;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  ///< octets, a multiple of 8
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 0;
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t header_size = kIpv4HeaderSize;  ///< parse: with options. emit: ignored (always 20)
  std::uint16_t total_length = 0;              ///< header and payload
  bool source_routed = false;                  ///< parse: an LSRR or SSRR option is there

  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

/// Checks version, lengths, header checksum and option lengths (B1, B18). `bytes` is the whole packet as far as it is
/// contiguous (at least the header must be), `packet_size` all of it. The error is the reason to drop.
std::expected<Ipv4Header, Why> parse_ipv4(std::span<const std::byte> bytes, std::size_t packet_size);

/// Writes 20 octets with a right checksum into out[0..20).
void emit_ipv4(const Ipv4Header& header, std::span<std::byte> out);

/// What the transports' checksums begin with: addresses, protocol, and the octets behind the IP header (RFC 9293 §3.1, RFC 768).
Checksum pseudo_header(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, std::size_t size);
/// The pseudo-header and all of `packet`, which begins behind the IP header.
Checksum transport_sum(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, const PacketBuffer& packet);

}  // namespace tunic::wire
