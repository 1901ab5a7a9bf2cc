// What congestion controls that listen to losses have in common: slow start, the loss window, restart after a pause, undo.
// RFC 5681 §3.1 and §4.1, RFC 3465 §2, RFC 6582 §3.2 for the window after recovery. How the window grows beyond ssthresh,
// and by how much a loss reduces it, is each one's own.
#pragma once

#include <tunic/congestion_control.hpp>

namespace tunic::cc {

struct Settings {
  std::uint32_t smss;             ///< octets, 1..65535
  std::uint32_t initial_window;   ///< octets
  std::uint8_t slow_start_limit;  ///< segments by which one ACK may open the window in slow start; 0: no limit
  bool restart_after_idle = true;
};

class LossBased : public CongestionControl {
 public:
  explicit LossBased(const Settings& settings)
      : initial_window_(settings.initial_window),
        cwnd_(settings.initial_window),
        smss_(static_cast<std::uint16_t>(settings.smss)),
        slow_start_limit_(settings.slow_start_limit),
        restart_after_idle_(settings.restart_after_idle) {}

  void on_ack(const AckSample& sample) override;
  void on_loss(Instant now, std::uint32_t flight_size) override;
  void on_rto(Instant now, std::uint32_t flight_size, std::uint32_t in_flight, bool first) override;
  void on_ecn(Instant now, std::uint32_t flight_size) override { on_loss(now, flight_size); }
  void on_idle(Instant now, Duration idle, Duration rto) override;
  void on_recovered(Instant now, std::uint32_t in_flight) override;
  void undo() override;
  std::uint32_t cwnd() const override { return cwnd_; }
  std::uint32_t ssthresh() const override { return ssthresh_; }

 protected:
  /// Congestion avoidance: `octets` were delivered with the window in full use.
  virtual void avoid(const AckSample& sample, std::uint32_t octets) = 0;
  /// A new episode of congestion, with a window of cwnd() so far: the part of `flight_size` that becomes ssthresh, but for
  /// what is no whole segment.
  virtual std::uint32_t reduce(std::uint32_t flight_size) = 0;
  /// The window has changed otherwise than by growth: what congestion avoidance counted means nothing any more.
  virtual void forget_growth() = 0;

  std::uint32_t smss() const { return smss_; }
  void set_cwnd(std::uint64_t octets);

 private:
  std::uint32_t slow_start(const AckSample& sample);
  void begin_episode(std::uint32_t flight_size);

  std::uint32_t initial_window_;
  std::uint32_t cwnd_;
  std::uint32_t ssthresh_ = 0xffffffff;
  std::uint32_t cwnd_before_ = 0;  ///< what undo() brings back
  std::uint32_t ssthresh_before_ = 0;
  std::uint16_t smss_;
  std::uint8_t slow_start_limit_;
  bool restart_after_idle_;
};

}  // namespace tunic::cc
