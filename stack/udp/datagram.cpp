#include "udp/datagram.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/endian.hpp"
#include "wire/udp.hpp"

namespace tunic::udp {

std::expected<Datagram, Why> decode_datagram(const wire::Ipv4Header& ip, PacketBuffer packet, BlockPool& pool) {
  if (!packet.pull(wire::kUdpHeaderSize)) return std::unexpected(Why::DropUdpTruncated);
  const auto udp = wire::parse_udp(packet.front(), packet.size());
  if (!udp) return std::unexpected(udp.error());
  packet.trim_back(packet.size() - udp->length);
  const bool unchecked = udp->checksum == 0 || packet.offload.checksum_valid;
  const auto sum = [&] { return wire::transport_sum(ip.source, ip.destination, wire::IpProtocol::Udp, packet); };
  if (!unchecked && sum().finish() != 0) return std::unexpected(Why::DropUdpChecksum);
  packet.trim_front(wire::kUdpHeaderSize);
  return Datagram{.source = {ip.source, udp->source_port},
                  .destination = {ip.destination, udp->destination_port},
                  .payload = packet.take_chain(pool),
                  .tos = ip.tos,
                  .ttl = ip.ttl};
}

PacketBuffer encode_datagram(const Datagram& datagram, bool checksum) {
  const std::size_t length = wire::kUdpHeaderSize + datagram.payload.size();
  TUNIC_ASSERT(wire::kIpv4HeaderSize + length <= 65535);
  PacketBuffer packet(datagram.payload);
  const std::span<std::byte> header = packet.prepend(wire::kUdpHeaderSize);
  wire::emit_udp({.source_port = datagram.source.port,
                  .destination_port = datagram.destination.port,
                  .length = static_cast<std::uint16_t>(length)},
                 header);
  if (!checksum) return packet;
  constexpr std::uint16_t kZero = 0xffff;  // the same number in one's complement; 0 says that there is no checksum
  constexpr std::size_t kChecksumOffset = 6;
  const std::uint16_t value =
      wire::transport_sum(datagram.source.address, datagram.destination.address, wire::IpProtocol::Udp, packet)
          .finish();
  store_be16(header.data() + kChecksumOffset, value == 0 ? kZero : value);
  return packet;
}

UdpInfo describe(const Datagram& datagram) {
  return {datagram.source, datagram.destination, static_cast<std::uint32_t>(datagram.payload.size())};
}

}  // namespace tunic::udp
