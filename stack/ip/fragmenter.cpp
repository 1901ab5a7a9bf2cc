#include "ip/fragmenter.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "wire/ipv4.hpp"

namespace tunic::ip {

std::vector<PacketBuffer> fragment(PacketBuffer datagram, std::uint32_t mtu, BlockPool& pool) {
  const auto header = wire::parse_ipv4(datagram.front(), datagram.size());
  TUNIC_ASSERT(header && !header->dont_fragment && header->header_size == wire::kIpv4HeaderSize);
  datagram.trim_front(wire::kIpv4HeaderSize);
  const Chain payload = datagram.take_chain(pool);

  const std::size_t most = (mtu - wire::kIpv4HeaderSize) / 8 * 8;  // offsets count units of 8 octets
  TUNIC_ASSERT(most > 0);
  std::vector<PacketBuffer> fragments;
  fragments.reserve(payload.size() / most + 1);
  for (std::size_t offset = 0; offset < payload.size(); offset += most) {
    const std::size_t size = std::min(most, payload.size() - offset);
    wire::Ipv4Header own = *header;
    own.fragment_offset = static_cast<std::uint16_t>(offset);
    own.more_fragments = offset + size < payload.size();
    own.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + size);
    PacketBuffer& packet = fragments.emplace_back(payload.share(offset, size));
    wire::emit_ipv4(own, packet.prepend(wire::kIpv4HeaderSize));
  }
  return fragments;
}

}  // namespace tunic::ip
