// ICMP messages: echo, and errors with the quote of the packet they are about. RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.
#pragma once

#include <cstdint>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/why.hpp>

namespace tunic::wire {

inline constexpr std::size_t kIcmpHeaderSize = 8;

enum class IcmpType : std::uint8_t {
  EchoReply = 0,
  DestinationUnreachable = 3,
  SourceQuench = 4,
  Redirect = 5,
  Echo = 8,
  TimeExceeded = 11,
  ParameterProblem = 12,
};

enum class TimeExceededCode : std::uint8_t { InTransit = 0, Reassembly = 1 };

enum class UnreachableCode : std::uint8_t {
  Net = 0,
  Host = 1,
  Protocol = 2,
  Port = 3,
  FragmentationNeeded = 4,
  NetUnknown = 6,
  NetProhibited = 9,  ///< RFC 1122 §3.2.2.1
  HostProhibited = 10,
  NetForThisTos = 11,
  Prohibited = 13,  ///< by a filter (RFC 1812 §5.2.7.1)
};

struct IcmpHeader {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t word1 = 0;  ///< echo: identifier. Errors: 0
  std::uint16_t word2 = 0;  ///< echo: sequence. Fragmentation needed: next-hop MTU (RFC 1191)

  bool is_error() const { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }
  /// "Fragmentation needed and DF set" (RFC 1191 §4).
  bool is_too_big() const {
    return type == static_cast<std::uint8_t>(IcmpType::DestinationUnreachable) &&
           code == static_cast<std::uint8_t>(UnreachableCode::FragmentationNeeded);
  }
};

/// Checks length and checksum; `bytes` is the whole message.
std::expected<IcmpHeader, Why> parse_icmp(std::span<const std::byte> bytes);

/// Writes 8 octets into out, with the checksum over them and `payload` (the message's rest in one or more pieces).
void emit_icmp(const IcmpHeader& header, std::span<const std::span<const std::byte>> payload, std::span<std::byte> out);

/// What an ICMP error quotes, as far as it goes: the IP header and the first 8 octets of its payload.
struct IcmpQuote {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t protocol = 0;
  std::uint16_t total_length = 0;  ///< of the packet that is quoted
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;         ///< TCP only
  std::uint8_t icmp_type = 0;         ///< ICMP only
  std::uint16_t echo_identifier = 0;  ///< ICMP echo and its reply only, as the next
  std::uint16_t echo_sequence = 0;
};

/// `bytes`: what follows the 8-octet ICMP header. The quoted packet is cut and its checksums count for nothing.
std::expected<IcmpQuote, Why> parse_icmp_quote(std::span<const std::byte> bytes);

}  // namespace tunic::wire
