// What the stack sends beside segments, ICMP messages and datagrams: read as a script would write it, and compared.
//
// RFC 792, RFC 1191, RFC 768. Checksums and lengths are always checked; of a message, the quote and of a datagram the IP
// fields only if the script gives them.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "script/flow.hpp"
#include "script/script.hpp"

namespace tunic::script {

struct LiveMessage {
  Endpoint source;  ///< port 0: it has none
  Endpoint destination;
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  std::variant<IcmpPacket, UdpPacket> content;
};

/// The error is an objection: what is wrong with the packet. Quoted numbers are relative to those of `flow`.
std::expected<LiveMessage, std::string> read_message(std::span<const std::byte> packet, const Flow& flow);
/// "icmp type_3 code_4 mtu 1200 [1:1001(1000)]", "udp (1000)"
std::string to_notation(const LiveMessage& message);

/// In what they differ, a line each.
std::vector<std::string> differences(const IcmpPacket& written, const LiveMessage& live, const Flow& flow);
std::vector<std::string> differences(const UdpPacket& written, const LiveMessage& live, const Flow& flow);

}  // namespace tunic::script
