// Little-endian, as on the machines that these tests run on.
#include "capture_bytes.hpp"

#include "wire/ipv4.hpp"

namespace tunic::replay {

Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Octets octets(std::initializer_list<int> values) {
  Octets all;
  for (const int value : values) all.push_back(static_cast<std::byte>(value));
  return all;
}

Octets zeros(std::size_t count) {
  return Octets(count);
}

Octets little16(std::uint16_t value) {
  return octets({value & 0xff, value >> 8});
}

Octets little32(std::uint32_t value) {
  return little16(static_cast<std::uint16_t>(value & 0xffff)) + little16(static_cast<std::uint16_t>(value >> 16));
}

Octets pcap_header(std::uint32_t link_type) {
  return little32(0xa1b2c3d4) + little16(2) + little16(4) + zeros(8) + little32(262144) + little32(link_type);
}

Octets pcap_frame(std::uint32_t microseconds, const Octets& packet, std::uint32_t original) {
  const auto size = static_cast<std::uint32_t>(packet.size());
  return little32(1'700'000'000 + microseconds / 1'000'000) + little32(microseconds % 1'000'000) + little32(size) +
         little32(original == 0 ? size : original) + packet;
}

Octets pcapng_block(std::uint32_t type, const Octets& body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  return little32(type) + little32(length) + body + little32(length);
}

Octets some_packet(std::uint16_t payload, int mark) {
  wire::Ipv4Header header{.protocol = 253, .source = Ipv4Address(10, 9, 0, 1), .destination = Ipv4Address(10, 9, 0, 2)};
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + payload);
  Octets packet(header.total_length, static_cast<std::byte>(mark));
  wire::emit_ipv4(header, packet);
  return packet;
}

}  // namespace tunic::replay
