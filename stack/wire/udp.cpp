// Parsing and emitting the UDP header. Checksums are the caller's: 0 has a meaning of its own (RFC 768).
#include "wire/udp.hpp"

#include "base/assert.hpp"
#include "base/endian.hpp"

namespace tunic::wire {

std::expected<UdpHeader, Why> parse_udp(std::span<const std::byte> bytes, std::size_t payload_size) {
  if (bytes.size() < kUdpHeaderSize) return std::unexpected(Why::DropUdpTruncated);
  const std::byte* const p = bytes.data();
  const UdpHeader header{.source_port = load_be16(p),
                         .destination_port = load_be16(p + 2),
                         .length = load_be16(p + 4),
                         .checksum = load_be16(p + 6)};
  if (header.length < kUdpHeaderSize || header.length > payload_size) return std::unexpected(Why::DropUdpTruncated);
  return header;
}

void emit_udp(const UdpHeader& header, std::span<std::byte> out) {
  TUNIC_ASSERT(out.size() >= kUdpHeaderSize);
  std::byte* const p = out.data();
  store_be16(p, header.source_port);
  store_be16(p + 2, header.destination_port);
  store_be16(p + 4, header.length);
  store_be16(p + 6, header.checksum);
}

}  // namespace tunic::wire
