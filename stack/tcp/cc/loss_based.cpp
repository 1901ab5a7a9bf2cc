#include "tcp/cc/loss_based.hpp"

#include <algorithm>

namespace tunic::cc {

namespace {
constexpr std::uint64_t kMaxCwnd = std::uint64_t{1} << 30;  // beyond any window, so that sums never wrap
}

void LossBased::set_cwnd(std::uint64_t octets) {
  cwnd_ = static_cast<std::uint32_t>(std::min(octets, kMaxCwnd));
}

void LossBased::on_ack(const AckSample& sample) {
  // An acknowledgment of nothing new in sequence says nothing of the path (RFC 5681 (2): "cumulatively acknowledges"), unless
  // the path is known to change the order. A window that was not used has proved nothing (RFC 7661 §4.1).
  const bool news = sample.acked > 0 || sample.reordered;
  if (sample.in_recovery || !news || !sample.window_used) return;
  std::uint32_t octets = sample.delivered;
  if (cwnd_ < ssthresh_) octets = slow_start(sample);
  if (octets > 0 && cwnd_ >= ssthresh_) avoid(sample, octets);
}

/// RFC 5681 (2), RFC 3465 §2.2 and §2.3: returns what was delivered beyond the end of slow start.
std::uint32_t LossBased::slow_start(const AckSample& sample) {
  std::uint32_t step = sample.delivered;
  if (slow_start_limit_ > 0) {
    // After a timeout an acknowledgment may cover what was not delivered in this round trip: no more than a segment.
    const std::uint32_t limit = sample.after_timeout ? 1 : slow_start_limit_;
    step = std::min(step, limit * smss());
  }
  const std::uint32_t room = ssthresh_ - cwnd_;
  if (step <= room) {
    set_cwnd(std::uint64_t{cwnd_} + step);
    return 0;
  }
  set_cwnd(ssthresh_);
  return step - room;
}

void LossBased::begin_episode(std::uint32_t flight_size) {
  cwnd_before_ = cwnd_;
  ssthresh_before_ = ssthresh_;
  // In whole segments: nothing could be sent with the rest.
  ssthresh_ = std::max(reduce(flight_size) / smss(), 2u) * smss();
}

void LossBased::on_loss(Instant /*now*/, std::uint32_t flight_size) {
  begin_episode(flight_size);
  set_cwnd(ssthresh_);
  forget_growth();
}

void LossBased::on_rto(Instant /*now*/, std::uint32_t flight_size, std::uint32_t in_flight, bool first) {
  // RFC 5681 §3.1: a repeated timeout for the same data leaves ssthresh where the first one put it.
  if (first) begin_episode(flight_size);
  set_cwnd(std::uint64_t{in_flight} + smss());  // the loss window, beyond what is not taken for lost (RFC 8985 §6.3)
  forget_growth();
}

void LossBased::on_idle(Instant /*now*/, Duration idle, Duration rto) {
  if (!restart_after_idle_ || idle <= rto) return;
  set_cwnd(std::min(cwnd_, initial_window_));  // RFC 5681 §4.1
}

void LossBased::on_recovered(Instant /*now*/, std::uint32_t in_flight) {
  // RFC 6582 §3.2 (3), option 1: no burst where little is in flight.
  set_cwnd(std::min(ssthresh_, std::max(in_flight, smss()) + smss()));
}

void LossBased::undo() {
  if (cwnd_before_ == 0) return;
  set_cwnd(std::max(cwnd_, cwnd_before_));
  ssthresh_ = ssthresh_before_;
  cwnd_before_ = 0;
  forget_growth();
}

}  // namespace tunic::cc
