#include "ip/icmp_message.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "wire/ipv4.hpp"

namespace tunic::ip {

PacketBuffer icmp_message(const wire::IcmpHeader& header, Chain data) {
  std::vector<std::span<const std::byte>> pieces;
  pieces.reserve(data.slice_count());
  for (std::size_t index = 0; index < data.slice_count(); ++index) pieces.push_back(data.slice(index).bytes());
  std::array<std::byte, wire::kIcmpHeaderSize> icmp{};
  wire::emit_icmp(header, pieces, icmp);
  PacketBuffer message(std::move(data));
  std::ranges::copy(icmp, message.prepend(icmp.size()).begin());
  return message;
}

PacketBuffer icmp_error(const wire::IcmpHeader& header, std::span<const std::byte> quote, BlockPool& pool) {
  constexpr std::size_t kRoom = 576 - wire::kIpv4HeaderSize - wire::kIcmpHeaderSize;
  return icmp_message(header, Chain(pool.copy(quote.first(std::min(quote.size(), kRoom)))));
}

}  // namespace tunic::ip
