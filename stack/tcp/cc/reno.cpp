#include "tcp/cc/reno.hpp"

#include <algorithm>

namespace tunic::cc {

/// RFC 5681 §3.1: one SMSS per window of acknowledged octets.
void Reno::avoid(const AckSample& /*sample*/, std::uint32_t octets) {
  acked_in_avoidance_ += octets;
  if (acked_in_avoidance_ < cwnd()) return;
  acked_in_avoidance_ -= cwnd();
  set_cwnd(std::uint64_t{cwnd()} + smss());
  acked_in_avoidance_ = std::min(acked_in_avoidance_, cwnd());
}

}  // namespace tunic::cc
