// Reno's congestion control: slow start, congestion avoidance, multiplicative decrease. RFC 5681 §3.1, RFC 6928, RFC 6582
// §3.2 for the window after recovery. It knows nothing of how losses are found or what is resent.
#pragma once

#include <tunic/congestion_control.hpp>

namespace tunic::cc {

class Reno final : public CongestionControl {
 public:
  /// `initial_window`: octets.
  Reno(std::uint32_t smss, std::uint32_t initial_window);

  std::string_view name() const override { return "reno"; }
  void on_ack(const AckSample& sample) override;
  void on_loss(Instant now, std::uint32_t flight_size) override;
  void on_rto(Instant now, std::uint32_t flight_size, bool first) override;
  void on_ecn(Instant now, std::uint32_t flight_size) override;
  void on_idle(Instant now, Duration idle, Duration rto) override;
  void on_recovered(Instant now, std::uint32_t in_flight) override;
  void undo() override;
  std::uint32_t cwnd() const override { return cwnd_; }
  std::uint32_t ssthresh() const override { return ssthresh_; }

 private:
  void remember();

  std::uint32_t smss_;
  std::uint32_t initial_window_;
  std::uint32_t cwnd_;
  std::uint32_t ssthresh_ = 0xffffffff;
  std::uint32_t acked_in_avoidance_ = 0;  ///< octets acknowledged since the last step of congestion avoidance
  std::uint32_t cwnd_before_ = 0;         ///< what undo() brings back
  std::uint32_t ssthresh_before_ = 0;
};

}  // namespace tunic::cc
