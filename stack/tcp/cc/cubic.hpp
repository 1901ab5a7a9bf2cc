// CUBIC: beyond ssthresh the window is a cubic function of the time since the last loss, and never grows slower than
// Reno's would. RFC 9438. Times in milliseconds, windows in octets, all in integers.
#pragma once

#include <memory>

#include "tcp/cc/loss_based.hpp"

namespace tunic::cc {

class Cubic final : public LossBased {
 public:
  using LossBased::LossBased;
  std::string_view name() const override { return "cubic"; }
  void on_idle(Instant now, Duration idle, Duration rto) override;
  void on_rto(Instant now, std::uint32_t flight_size, std::uint32_t in_flight, bool first) override;

 private:
  void avoid(const AckSample& sample, std::uint32_t octets) override;
  std::uint32_t reduce(std::uint32_t flight_size) override;
  void forget_growth() override {
    if (curve_) curve_->growing = false;
  }

  /// What losses have taught, and the stretch of congestion avoidance since the last one.
  struct Curve {
    std::uint32_t w_max = 0;       ///< the window at the last loss (§4.1.2, reduced by §4.7)
    std::uint32_t cwnd_prior = 0;  ///< the window before the last loss
    bool growing = false;          ///< the rest means something
    std::uint32_t origin = 0;      ///< the plateau: W_max, or the window where it began above that
    Instant began{};
    std::int64_t k = 0;          ///< K: milliseconds until the curve reaches `origin`
    std::uint64_t friendly = 0;  ///< W_est (§4.3), in 1/1024 octets
    std::uint64_t growth = 0;    ///< octets acknowledged since the window last grew
    Duration rtt{};              ///< the least in this stretch: what waits at the peer is no part of the path
  };
  Curve& curve();
  void begin(Curve& curve, Instant now) const;
  std::uint64_t window_at(const Curve& curve, Instant at) const;

  std::unique_ptr<Curve> curve_;  // once slow start has ended
};

}  // namespace tunic::cc
