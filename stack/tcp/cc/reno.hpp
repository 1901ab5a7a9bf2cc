// Reno's congestion control: additive increase, multiplicative decrease. RFC 5681 §3.1. It knows nothing of how losses are
// found or what is resent.
#pragma once

#include "tcp/cc/loss_based.hpp"

namespace tunic::cc {

class Reno final : public LossBased {
 public:
  using LossBased::LossBased;
  std::string_view name() const override { return "reno"; }

 private:
  void avoid(const AckSample& sample, std::uint32_t octets) override;
  std::uint32_t reduce(std::uint32_t flight_size) override { return flight_size / 2; }  // RFC 5681 (4)
  void forget_growth() override { acked_in_avoidance_ = 0; }

  std::uint32_t acked_in_avoidance_ = 0;  ///< octets acknowledged since the last step of congestion avoidance
};

}  // namespace tunic::cc
