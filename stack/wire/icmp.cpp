// Parsing and emitting ICMP messages, and reading the packet that an error quotes. What a message means is ip/'s business.
#include "wire/icmp.hpp"

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "wire/ipv4.hpp"

namespace tunic::wire {

std::expected<IcmpHeader, Why> parse_icmp(std::span<const std::byte> bytes) {
  if (bytes.size() < kIcmpHeaderSize) return std::unexpected(Why::DropIcmpTruncated);
  Checksum checksum;
  checksum.add(bytes);
  if (checksum.finish() != 0) return std::unexpected(Why::DropIcmpChecksum);
  const std::byte* const p = bytes.data();
  return IcmpHeader{.type = load_u8(p), .code = load_u8(p + 1), .word1 = load_be16(p + 4), .word2 = load_be16(p + 6)};
}

void emit_icmp(const IcmpHeader& header, std::span<const std::span<const std::byte>> payload,
               std::span<std::byte> out) {
  TUNIC_ASSERT(out.size() >= kIcmpHeaderSize);
  std::byte* const p = out.data();
  store_u8(p, header.type);
  store_u8(p + 1, header.code);
  store_be16(p + 2, 0);
  store_be16(p + 4, header.word1);
  store_be16(p + 6, header.word2);
  Checksum checksum;
  checksum.add(out.first(kIcmpHeaderSize));
  for (const auto piece : payload) checksum.add(piece);
  store_be16(p + 2, checksum.finish());
}

std::expected<IcmpQuote, Why> parse_icmp_quote(std::span<const std::byte> bytes) {
  constexpr std::size_t kQuotedPayload = 8;  // RFC 792: the least that is quoted of what follows the IP header
  if (bytes.size() < kIpv4HeaderSize) return std::unexpected(Why::DropIcmpTruncated);
  const std::byte* const p = bytes.data();
  const std::size_t header_size = std::size_t{load_u8(p)} % 16 * 4;
  if (load_u8(p) >> 4 != 4 || header_size < kIpv4HeaderSize) return std::unexpected(Why::DropIcmpQuote);
  if (bytes.size() < header_size + kQuotedPayload) return std::unexpected(Why::DropIcmpTruncated);
  const bool first_fragment = (load_be16(p + 6) & 0x1fff) == 0;
  if (!first_fragment) return std::unexpected(Why::DropIcmpQuote);  // the ports are not in it

  IcmpQuote quote{.source = Ipv4Address(load_be32(p + 12)),
                  .destination = Ipv4Address(load_be32(p + 16)),
                  .protocol = load_u8(p + 9),
                  .total_length = load_be16(p + 2)};
  const std::byte* const transport = p + header_size;
  const bool tcp = quote.protocol == static_cast<std::uint8_t>(IpProtocol::Tcp);
  if (tcp || quote.protocol == static_cast<std::uint8_t>(IpProtocol::Udp)) {
    quote.source_port = load_be16(transport);
    quote.destination_port = load_be16(transport + 2);
  }
  if (tcp) quote.sequence = load_be32(transport + 4);
  if (quote.protocol == static_cast<std::uint8_t>(IpProtocol::Icmp)) {
    const auto icmp = static_cast<IcmpType>(quote.icmp_type = load_u8(transport));
    if (icmp == IcmpType::Echo || icmp == IcmpType::EchoReply) {
      quote.echo_identifier = load_be16(transport + 4);
      quote.echo_sequence = load_be16(transport + 6);
    }
  }
  return quote;
}

}  // namespace tunic::wire
