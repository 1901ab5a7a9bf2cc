// Decoding takes the payload over as it lies; encoding writes both headers into the packet's room and shares the payload.
// Nothing here judges a segment beyond its form.
#include "segment/codec.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/endian.hpp"
#include "wire/tcp.hpp"

namespace tunic {

namespace {

constexpr std::size_t kChecksumOffset = 16;  // of the field in the TCP header

}  // namespace

std::expected<Segment, Why> decode_segment(const wire::Ipv4Header& ip, PacketBuffer&& packet, BlockPool& pool) {
  const std::size_t segment_size = packet.size();
  if (!packet.pull(wire::kTcpHeaderSize)) return std::unexpected(Why::DropTcpTruncated);
  const auto header = wire::parse_tcp(packet.front(), segment_size);
  if (!header) return std::unexpected(header.error());
  if (!packet.offload.checksum_valid) {
    const Checksum sum = wire::transport_sum(ip.source, ip.destination, wire::IpProtocol::Tcp, packet);
    if (sum.finish() != 0) return std::unexpected(Why::DropTcpChecksum);
  }
  const bool contiguous = packet.pull(header->header_size);
  TUNIC_ASSERT(contiguous);  // at most 60 octets, and parse_tcp has seen that they are there

  Segment segment;
  segment.source = {ip.source, header->source_port};
  segment.destination = {ip.destination, header->destination_port};
  segment.seq = header->seq;
  segment.ack = header->ack;
  segment.flags = header->flags;
  segment.wnd = header->window;
  segment.up = header->urgent;
  segment.options = wire::OptionBytes(packet.front().first(header->header_size).subspan(wire::kTcpHeaderSize));
  segment.gso_size = packet.offload.gso_size;
  segment.tos = ip.tos;
  segment.ttl = ip.ttl;
  packet.trim_front(header->header_size);
  segment.payload = packet.take_chain(pool);
  return segment;
}

PacketBuffer encode_segment(const Segment& segment, const wire::Ipv4Header& ip, bool partial_checksum) {
  wire::OptionBytes options = segment.options;
  options.pad();
  const std::size_t header_size = wire::kTcpHeaderSize + options.size();
  const std::size_t segment_size = header_size + segment.payload.size();
  TUNIC_ASSERT(wire::kIpv4HeaderSize + segment_size <= 65535);

  PacketBuffer packet(segment.payload);
  const std::span<std::byte> tcp = packet.prepend(header_size);
  wire::emit_tcp({.source_port = segment.source.port,
                  .destination_port = segment.destination.port,
                  .seq = segment.seq,
                  .ack = segment.ack,
                  .header_size = static_cast<std::uint8_t>(header_size),
                  .flags = segment.flags,
                  .window = segment.wnd,
                  .urgent = segment.up},
                 tcp);
  std::ranges::copy(options.bytes(), tcp.begin() + wire::kTcpHeaderSize);

  const Ipv4Address from = segment.source.address;
  const Ipv4Address to = segment.destination.address;
  if (partial_checksum || segment.gso_size != 0) {
    // Each wire segment of a super-segment gets a checksum of its own, so it can only be completed further down.
    const Checksum sum = wire::pseudo_header(from, to, wire::IpProtocol::Tcp, segment_size);
    store_be16(tcp.data() + kChecksumOffset, sum.folded());
    packet.offload = {.checksum_partial = true,
                      .checksum_start = wire::kIpv4HeaderSize,
                      .checksum_offset = kChecksumOffset,
                      .gso_size = segment.gso_size};
  } else {
    const Checksum sum = wire::transport_sum(from, to, wire::IpProtocol::Tcp, packet);
    store_be16(tcp.data() + kChecksumOffset, sum.finish());
  }

  wire::Ipv4Header ip_header = ip;
  ip_header.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  ip_header.source = from;
  ip_header.destination = to;
  ip_header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + segment_size);
  wire::emit_ipv4(ip_header, packet.prepend(wire::kIpv4HeaderSize));
  return packet;
}

}  // namespace tunic
