// The UDP header. RFC 768, RFC 1122 §4.1.3.
#pragma once

#include <cstdint>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/why.hpp>

namespace tunic::wire {

inline constexpr std::size_t kUdpHeaderSize = 8;

struct UdpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t length = 0;  ///< header and data
  std::uint16_t checksum = 0;
};

/// Checks the length against the IP payload's size (B52). The checksum is the caller's business.
std::expected<UdpHeader, Why> parse_udp(std::span<const std::byte> bytes, std::size_t payload_size);
void emit_udp(const UdpHeader& header, std::span<std::byte> out);

}  // namespace tunic::wire
