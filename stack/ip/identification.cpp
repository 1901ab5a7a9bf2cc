#include "ip/identification.hpp"

namespace tunic::ip {

std::uint16_t Identifications::next(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol) {
  const std::uint64_t hash =
      siphash24(key_, std::uint64_t{source.value()} << 32 | destination.value(), std::uint64_t{protocol});
  const auto offset = static_cast<std::uint16_t>(hash);
  std::uint16_t& counter = counters_[(hash >> 16) % counters_.size()];
  return static_cast<std::uint16_t>(offset + counter++);
}

}  // namespace tunic::ip
