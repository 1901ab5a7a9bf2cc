// Parsing and emitting the IPv4 header. Options are walked to see that they end where they say and whether they route; none
// is acted on (RFC 7126), and none is ever sent.
#include "wire/ipv4.hpp"

#include "base/assert.hpp"
#include "base/endian.hpp"

namespace tunic::wire {

namespace {

constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;

constexpr std::uint8_t kOptionEnd = 0;
constexpr std::uint8_t kOptionNop = 1;
constexpr std::uint8_t kOptionLooseSourceRoute = 131;
constexpr std::uint8_t kOptionStrictSourceRoute = 137;

/// Whether an LSRR or SSRR option is among them; an error if an option's length is below 2 or beyond the header.
std::expected<bool, Why> find_source_route(std::span<const std::byte> options) {
  bool found = false;
  while (!options.empty()) {
    const std::uint8_t type = load_u8(options.data());
    if (type == kOptionEnd) break;
    if (type == kOptionNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return std::unexpected(Why::DropIpHeaderLength);
    const std::size_t length = load_u8(options.data() + 1);
    if (length < 2 || length > options.size()) return std::unexpected(Why::DropIpHeaderLength);
    if (type == kOptionLooseSourceRoute || type == kOptionStrictSourceRoute) found = true;
    options = options.subspan(length);
  }
  return found;
}

}  // namespace

std::expected<Ipv4Header, Why> parse_ipv4(std::span<const std::byte> bytes, std::size_t packet_size) {
  if (bytes.empty()) return std::unexpected(Why::DropTruncated);
  const std::byte* const p = bytes.data();
  const std::uint8_t version_and_length = load_u8(p);
  if (version_and_length >> 4 != 4) return std::unexpected(Why::DropIpVersion);
  if (bytes.size() < kIpv4HeaderSize) return std::unexpected(Why::DropTruncated);

  Ipv4Header header;
  header.header_size = static_cast<std::uint8_t>((version_and_length & 0x0f) * 4);
  header.total_length = load_be16(p + 2);
  if (header.header_size < kIpv4HeaderSize || header.header_size > bytes.size()) {
    return std::unexpected(Why::DropIpHeaderLength);
  }
  if (header.total_length < header.header_size || header.total_length > packet_size) {
    return std::unexpected(Why::DropIpTotalLength);
  }
  Checksum checksum;
  checksum.add(bytes.first(header.header_size));
  if (checksum.finish() != 0) return std::unexpected(Why::DropIpChecksum);

  const auto source_routed = find_source_route(bytes.first(header.header_size).subspan(kIpv4HeaderSize));
  if (!source_routed) return std::unexpected(source_routed.error());
  header.source_routed = *source_routed;

  const std::uint16_t fragment = load_be16(p + 6);
  header.tos = load_u8(p + 1);
  header.identification = load_be16(p + 4);
  header.dont_fragment = (fragment & kDontFragment) != 0;
  header.more_fragments = (fragment & kMoreFragments) != 0;
  header.fragment_offset = static_cast<std::uint16_t>((fragment & kOffsetMask) * 8);
  header.ttl = load_u8(p + 8);
  header.protocol = load_u8(p + 9);
  header.source = Ipv4Address(load_be32(p + 12));
  header.destination = Ipv4Address(load_be32(p + 16));
  return header;
}

void emit_ipv4(const Ipv4Header& header, std::span<std::byte> out) {
  TUNIC_ASSERT(out.size() >= kIpv4HeaderSize);
  TUNIC_ASSERT(header.fragment_offset % 8 == 0);
  std::byte* const p = out.data();
  const int fragment = (header.dont_fragment ? kDontFragment : 0) | (header.more_fragments ? kMoreFragments : 0) |
                       header.fragment_offset / 8;
  store_u8(p, 0x45);
  store_u8(p + 1, header.tos);
  store_be16(p + 2, header.total_length);
  store_be16(p + 4, header.identification);
  store_be16(p + 6, static_cast<std::uint16_t>(fragment));
  store_u8(p + 8, header.ttl);
  store_u8(p + 9, header.protocol);
  store_be16(p + 10, 0);
  store_be32(p + 12, header.source.value());
  store_be32(p + 16, header.destination.value());
  Checksum checksum;
  checksum.add(out.first(kIpv4HeaderSize));
  store_be16(p + 10, checksum.finish());
}

Checksum pseudo_header(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, std::size_t size) {
  Checksum checksum;
  checksum.add_be32(source.value());
  checksum.add_be32(destination.value());
  checksum.add_be16(static_cast<std::uint16_t>(protocol));
  checksum.add_be16(static_cast<std::uint16_t>(size));
  return checksum;
}

Checksum transport_sum(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, const PacketBuffer& packet) {
  Checksum checksum = pseudo_header(source, destination, protocol, packet.size());
  checksum.add(packet.header());
  for (std::size_t i = 0; i < packet.payload().slice_count(); ++i) checksum.add(packet.payload().slice(i).bytes());
  return checksum;
}

}  // namespace tunic::wire
