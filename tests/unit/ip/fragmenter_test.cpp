// Fragments carry every octet once, in order, within the MTU, on boundaries of 8. RFC 791 §3.2.
#include "ip/fragmenter.hpp"

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"
#include "wire/ipv4.hpp"

namespace tunic::ip {
namespace {

using test::Bytes;

PacketBuffer datagram(const Bytes& payload, BlockPool& pool) {
  PacketBuffer packet{Chain(pool.copy(payload))};
  wire::emit_ipv4({.tos = 0x28,
                   .identification = 0xfffe,
                   .dont_fragment = false,
                   .ttl = 7,
                   .protocol = 17,
                   .source = Ipv4Address(10, 9, 0, 2),
                   .destination = Ipv4Address(10, 9, 0, 1),
                   .total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + payload.size())},
                  packet.prepend(wire::kIpv4HeaderSize));
  return packet;
}

// Shows: RFC 791 §3.2
RC_GTEST_PROP(Fragmenter, PiecesMakeTheWhole, ()) {
  BlockPool pool;
  const auto size = test::any_in<std::size_t>(1, 65'516);
  const auto mtu = test::any_in<std::uint32_t>(28, 9000);
  const Bytes payload = test::pattern(size);
  Bytes gathered;
  const auto fragments = fragment(datagram(payload, pool), mtu, pool);
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const auto header = wire::parse_ipv4(fragments[i].front(), fragments[i].size());
    RC_ASSERT(header.has_value());
    RC_ASSERT(fragments[i].size() <= mtu);
    RC_ASSERT(header->total_length == fragments[i].size());
    RC_ASSERT(header->fragment_offset == gathered.size());
    RC_ASSERT(header->more_fragments == (i + 1 < fragments.size()));
    RC_ASSERT(header->identification == 0xfffe);
    RC_ASSERT(header->tos == 0x28);
    RC_ASSERT(header->ttl == 7);
    RC_ASSERT(!header->dont_fragment);
    const Bytes octets = fragments[i].to_vector();
    gathered.insert(gathered.end(), octets.begin() + wire::kIpv4HeaderSize, octets.end());
  }
  RC_ASSERT(gathered == payload);
}

}  // namespace
}  // namespace tunic::ip
