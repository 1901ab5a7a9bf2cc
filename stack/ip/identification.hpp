// The identification of datagrams that may be fragmented. RFC 6864 §4.3, RFC 7739 for what it must not tell.
//
// Counters that many destinations share, each destination with an offset of its own that only we can compute: a number comes
// again after 65,536 datagrams, and what one peer sees tells it nothing of the traffic with others.
#pragma once

#include <array>
#include <cstdint>

#include <tunic/address.hpp>

#include "base/siphash.hpp"

namespace tunic::ip {

class Identifications {
 public:
  explicit Identifications(SipKey key) : key_(key) {}
  std::uint16_t next(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol);

 private:
  SipKey key_;
  std::array<std::uint16_t, 1024> counters_{};
};

}  // namespace tunic::ip
