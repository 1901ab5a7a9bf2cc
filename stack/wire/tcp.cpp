// Parsing and emitting the fixed part of the TCP header. The checksum covers more than the header: see segment/codec.
#include "wire/tcp.hpp"

#include "base/assert.hpp"
#include "base/endian.hpp"

namespace tunic::wire {

std::expected<TcpHeader, Why> parse_tcp(std::span<const std::byte> bytes, std::size_t segment_size) {
  if (bytes.size() < kTcpHeaderSize) return std::unexpected(Why::DropTcpTruncated);
  const std::byte* const p = bytes.data();
  const std::uint16_t offset_and_flags = load_be16(p + 12);
  const std::size_t header_size = std::size_t{offset_and_flags} / 4096 * 4;
  if (header_size < kTcpHeaderSize || header_size > segment_size) return std::unexpected(Why::DropTcpOffset);
  return TcpHeader{.source_port = load_be16(p),
                   .destination_port = load_be16(p + 2),
                   .seq = SeqNum(load_be32(p + 4)),
                   .ack = SeqNum(load_be32(p + 8)),
                   .header_size = static_cast<std::uint8_t>(header_size),
                   .flags = TcpFlags(offset_and_flags),
                   .window = RawWindow{load_be16(p + 14)},
                   .checksum = load_be16(p + 16),
                   .urgent = load_be16(p + 18)};
}

void emit_tcp(const TcpHeader& header, std::span<std::byte> out) {
  TUNIC_ASSERT(out.size() >= kTcpHeaderSize);
  TUNIC_ASSERT(header.header_size % 4 == 0 && header.header_size <= kTcpHeaderSize + kTcpMaxOptionsSize);
  std::byte* const p = out.data();
  store_be16(p, header.source_port);
  store_be16(p + 2, header.destination_port);
  store_be32(p + 4, header.seq.value());
  store_be32(p + 8, header.ack.value());
  store_be16(p + 12, static_cast<std::uint16_t>((header.header_size / 4) << 12 | header.flags.bits()));
  store_be16(p + 14, header.window.value);
  store_be16(p + 16, header.checksum);
  store_be16(p + 18, header.urgent);
}

}  // namespace tunic::wire
