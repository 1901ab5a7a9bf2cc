#include "tcp/cc/reno.hpp"

#include <algorithm>

namespace tunic::cc {

namespace {
constexpr std::uint32_t kMaxCwnd = std::uint32_t{1} << 30;  // beyond any window, so that sums never wrap
}

Reno::Reno(std::uint32_t smss, std::uint32_t initial_window)
    : smss_(smss), initial_window_(initial_window), cwnd_(initial_window) {}

void Reno::on_ack(const AckSample& sample) {
  if (sample.in_recovery || sample.acked == 0) return;
  const bool slow_start = cwnd_ < ssthresh_;
  // A window that was not used says nothing about the path and must not grow (RFC 7661 §4.1). In slow start half of it
  // counts as used, since the other half has just been added.
  const std::uint64_t used =
      slow_start ? std::uint64_t{sample.prior_in_flight} * 2 : std::uint64_t{sample.prior_in_flight} + smss_;
  if (used < cwnd_) return;

  if (slow_start) {
    cwnd_ = std::min(cwnd_ + std::min(sample.acked, smss_), kMaxCwnd);  // RFC 5681 (2)
    return;
  }
  // RFC 5681 §3.1: one SMSS per window of acknowledged octets.
  acked_in_avoidance_ += sample.acked;
  if (acked_in_avoidance_ >= cwnd_) {
    acked_in_avoidance_ -= cwnd_;
    cwnd_ = std::min(cwnd_ + smss_, kMaxCwnd);
    acked_in_avoidance_ = std::min(acked_in_avoidance_, cwnd_);
  }
}

void Reno::on_loss(Instant /*now*/, std::uint32_t flight_size) {
  remember();
  ssthresh_ = std::max(flight_size / 2, 2 * smss_);  // RFC 5681 (4)
  cwnd_ = ssthresh_;
  acked_in_avoidance_ = 0;
}

void Reno::on_rto(Instant /*now*/, std::uint32_t flight_size, bool first) {
  // RFC 5681 §3.1: a repeated timeout for the same data leaves ssthresh where the first one put it.
  if (first) {
    remember();
    ssthresh_ = std::max(flight_size / 2, 2 * smss_);
  }
  cwnd_ = smss_;  // the loss window
  acked_in_avoidance_ = 0;
}

void Reno::on_ecn(Instant now, std::uint32_t flight_size) {
  on_loss(now, flight_size);
}

void Reno::on_idle(Instant /*now*/, Duration idle, Duration rto) {
  if (idle > rto) cwnd_ = std::min(cwnd_, initial_window_);  // RFC 5681 §4.1
}

void Reno::on_recovered(Instant /*now*/, std::uint32_t in_flight) {
  // RFC 6582 §3.2 (3), option 1: no burst where little is in flight.
  cwnd_ = std::min(ssthresh_, std::max(in_flight, smss_) + smss_);
}

void Reno::undo() {
  if (cwnd_before_ == 0) return;
  cwnd_ = std::max(cwnd_, cwnd_before_);
  ssthresh_ = ssthresh_before_;
  cwnd_before_ = 0;
}

void Reno::remember() {
  cwnd_before_ = cwnd_;
  ssthresh_before_ = ssthresh_;
}

}  // namespace tunic::cc
