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

/// (2): K = cubic_root((W_max - cwnd_epoch) / C)
Cubic::Epoch Cubic::begin(Instant now) const {
  const std::uint32_t plateau = std::max(w_max_, cwnd());
  const std::uint64_t below = plateau - cwnd();
  // Octets / (octets per s³) is s³, in ms³ a thousand millions as many.
  const std::uint64_t k_cubed = below * 1'000'000'000 / smss() * 10 / kCTenths;
  return {.began = now, .k = cube_root(k_cubed), .origin = plateau, .friendly = std::uint64_t{cwnd()} * kOne};
}

/// (1): W_cubic(t) = C × (t - K)³ + W_max
std::uint64_t Cubic::curve(const Epoch& epoch, Instant at) const {
  constexpr std::int64_t kLongest =
      1'000'000;  // its third power fits 63 bits; the window is at its largest long before
  const std::int64_t d = std::min(milliseconds(at - epoch.began) - epoch.k, kLongest);
  const auto distance = static_cast<std::uint64_t>(d < 0 ? -d : d);
  const std::uint64_t offset = distance * distance * distance / 1'000'000 * smss() * kCTenths / 10'000;
  if (d >= 0) return epoch.origin + offset;
  return epoch.origin - std::min<std::uint64_t>(offset, epoch.origin);
}

/// §4.2 to §4.5, one step for each acknowledgment.
void Cubic::avoid(const AckSample& sample, std::uint32_t octets) {
  if (!epoch_) epoch_ = std::make_unique<Epoch>(begin(sample.now));
  Epoch& epoch = *epoch_;
  if (sample.rtt) epoch.rtt = *sample.rtt;
  const std::uint64_t window = cwnd();
  // (4): W_est grows by alpha × SMSS for a window of acknowledged octets; as fast as Reno's once it is where it was.
  const std::uint64_t alpha = epoch.friendly >= cwnd_prior_ * kOne ? kOne : kAlpha;
  epoch.friendly += alpha * smss() * octets / window;

  // §4.2: the target is the curve a round trip from now, but neither below the window nor 1.5 times beyond it.
  const std::uint64_t target = std::clamp(curve(epoch, sample.now + epoch.rtt), window, window + window / 2);
  epoch.growth += (target - window) * octets;
  // Whole segments, so that the window does not creep by octets that nothing can be sent with.
  const std::uint64_t step = window * smss();
  if (epoch.growth >= step) {
    set_cwnd(window + epoch.growth / step * smss());
    epoch.growth %= step;
  }
  const std::uint64_t friendly_segments = epoch.friendly / kOne / smss();
  if (friendly_segments * smss() > cwnd()) set_cwnd(friendly_segments * smss());  // §4.3
}

/// §4.6, §4.7: who yields more than half of what he won since the last loss makes room for others.
std::uint32_t Cubic::reduce(std::uint32_t flight_size) {
  const std::uint32_t window = cwnd();
  const auto part = [](std::uint64_t octets, std::uint64_t of_1024) {
    return static_cast<std::uint32_t>(octets * of_1024 / kOne);
  };
  w_max_ = window < w_max_ ? part(window, (kOne + kBeta) / 2) : window;
  cwnd_prior_ = window;
  return part(flight_size, kBeta);
}

/// §5.8: time in which nothing was sent is no time of growth.
void Cubic::on_idle(Instant now, Duration idle, Duration rto) {
  if (epoch_) epoch_->began = std::min(now, epoch_->began + idle);
  LossBased::on_idle(now, idle, rto);
}

}  // namespace tunic::cc
