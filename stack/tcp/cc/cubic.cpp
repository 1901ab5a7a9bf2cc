#include "tcp/cc/cubic.hpp"

#include <algorithm>

namespace tunic::cc {

namespace {

// §4.6: beta_cubic = 0.7; §4.1: C = 0.4 segments/s³. Fractions of 1024 and 10.
constexpr std::uint64_t kBeta = 717;
constexpr std::uint64_t kOne = 1024;
constexpr std::uint64_t kAlpha = 3 * (kOne - kBeta) * kOne / (kOne + kBeta);  // §4.3: alpha_cubic
constexpr std::uint64_t kCTenths = 4;

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

/// The largest integer whose third power is at most `value`.
std::int64_t cube_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 20; bit > 0; bit >>= 1) {
    const std::uint64_t next = root | bit;
    if (next * next * next <= value) root = next;
  }
  return static_cast<std::int64_t>(root);
}

}  // namespace

Cubic::Curve& Cubic::curve() {
  if (!curve_) curve_ = std::make_unique<Curve>();
  return *curve_;
}

/// (2): K = cubic_root((W_max - cwnd_epoch) / C)
void Cubic::begin(Curve& curve, Instant now) const {
  curve.origin = std::max(curve.w_max, cwnd());
  const std::uint64_t below = curve.origin - cwnd();
  // Octets / (octets per s³) is s³, in ms³ a thousand millions as many.
  curve.k = cube_root(below * 1'000'000'000 / smss() * 10 / kCTenths);
  curve.began = now;
  curve.friendly = std::uint64_t{cwnd()} * kOne;
  curve.growth = 0;
  curve.growing = true;
  curve.rtt = Duration::zero();
}

/// (1): W_cubic(t) = C × (t - K)³ + W_max
std::uint64_t Cubic::window_at(const Curve& curve, Instant at) const {
  constexpr std::int64_t kLongest =
      1'000'000;  // its third power fits 63 bits; the window is at its largest long before
  const std::int64_t d = std::min(milliseconds(at - curve.began) - curve.k, kLongest);
  const auto distance = static_cast<std::uint64_t>(d < 0 ? -d : d);
  // In whole segments, so that the window does not creep by octets that nothing can be sent with.
  const std::uint64_t offset = distance * distance * distance / 1'000'000 * kCTenths / 10'000 * smss();
  if (d >= 0) return curve.origin + offset;
  return curve.origin - std::min<std::uint64_t>(offset, curve.origin);
}

/// §4.2 to §4.5, one step for each acknowledgment.
void Cubic::avoid(const AckSample& sample, std::uint32_t octets) {
  Curve& now = curve();
  if (!now.growing) begin(now, sample.now);
  if (sample.rtt) now.rtt = now.rtt == Duration::zero() ? *sample.rtt : std::min(now.rtt, *sample.rtt);
  const std::uint64_t window = cwnd();
  // (4): W_est grows by alpha × SMSS for a window of acknowledged octets; as fast as Reno's once it is where it was.
  const std::uint64_t alpha = now.friendly >= now.cwnd_prior * kOne ? kOne : kAlpha;
  now.friendly += alpha * smss() * octets / window;

  // §4.2: the target is the curve a round trip from now, but neither below the window nor 1.5 times beyond it.
  const std::uint64_t target = std::clamp(window_at(now, sample.now + now.rtt), window, window + window / 2);
  now.growth += octets;
  if (target > window) {
    const std::uint64_t step = std::max<std::uint64_t>(window / (target - window), 2) * smss();
    set_cwnd(window + now.growth / step * smss());
    now.growth %= step;
  } else {
    now.growth = std::min(now.growth, window);  // what came while the curve was flat is no reason to leap
  }
  const std::uint64_t friendly_segments = now.friendly / kOne / smss();
  if (friendly_segments * smss() > cwnd()) set_cwnd(friendly_segments * smss());  // §4.3
}

/// §4.6, §4.7: who yields more than half of what he won since the last loss makes room for others.
std::uint32_t Cubic::reduce(std::uint32_t flight_size) {
  const std::uint32_t window = cwnd();
  const auto part = [](std::uint64_t octets, std::uint64_t of_1024) {
    return static_cast<std::uint32_t>(octets * of_1024 / kOne);
  };
  Curve& learnt = curve();
  learnt.w_max = window < learnt.w_max ? part(window, (kOne + kBeta) / 2) : window;
  learnt.cwnd_prior = window;
  return part(flight_size, kBeta);
}

/// §4.8: after a timeout the curve begins where slow start ends, as if there had been no loss before.
void Cubic::on_rto(Instant now, std::uint32_t flight_size, std::uint32_t in_flight, bool first) {
  LossBased::on_rto(now, flight_size, in_flight, first);
  if (curve_) curve_->w_max = 0;
}

/// §5.8: time in which nothing was sent is no time of growth.
void Cubic::on_idle(Instant now, Duration idle, Duration rto) {
  if (curve_ && curve_->growing) curve_->began = std::min(now, curve_->began + idle);
  LossBased::on_idle(now, idle, rto);
}

}  // namespace tunic::cc
