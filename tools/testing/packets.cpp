// Headers by the wire room, contents by the test.
#include "testing/packets.hpp"

#include <algorithm>
#include <array>

namespace tunic::testing {

Octets ipv4_packet(wire::Ipv4Header header, std::span<const std::byte> content) {
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + content.size());
  Octets packet(wire::kIpv4HeaderSize);
  wire::emit_ipv4(header, packet);
  packet.insert(packet.end(), content.begin(), content.end());
  return packet;
}

Octets icmp_message(const wire::IcmpHeader& header, std::span<const std::byte> content) {
  Octets message(wire::kIcmpHeaderSize);
  wire::emit_icmp(header, std::array{content}, message);
  message.insert(message.end(), content.begin(), content.end());
  return message;
}

Octets quote(std::span<const std::byte> packet) {
  constexpr std::size_t kQuoted = wire::kIpv4HeaderSize + 8;
  const auto front = packet.first(std::min(packet.size(), kQuoted));
  return {front.begin(), front.end()};
}

}  // namespace tunic::testing
