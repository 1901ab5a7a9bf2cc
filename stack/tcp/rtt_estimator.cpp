#include "tcp/rtt_estimator.hpp"

#include <algorithm>

namespace tunic::tcp {

namespace {
constexpr Duration kGranularity = std::chrono::milliseconds(1);  // G of RFC 6298 §2
}

void RttEstimator::sample(Duration rtt, const TcpConfig& config) {
  const Duration r = std::max(rtt, Duration(1));
  if (!has_sample()) {  // §2.2
    srtt_ = r;
    rttvar_ = r / 2;
  } else {  // §2.3 with alpha = 1/8, beta = 1/4
    const Duration error = srtt_ > r ? srtt_ - r : r - srtt_;
    rttvar_ += (error - rttvar_) / 4;
    srtt_ += (r - srtt_) / 8;
  }
  backoff_ = 0;
  compute(config);
}

void RttEstimator::back_off(const TcpConfig& config) {
  rto_ = std::min(rto_ * 2, config.rto_max);
  if (backoff_ < 255) ++backoff_;
}

void RttEstimator::after_syn_timeout(const TcpConfig& config) {
  if (!has_sample()) rto_ = std::min<Duration>(std::chrono::seconds(3), config.rto_max);
  backoff_ = 0;
}

void RttEstimator::compute(const TcpConfig& config) {
  rto_ = std::clamp(srtt_ + std::max({kGranularity, 4 * rttvar_, config.rto_variance_min}), config.rto_min,
                    config.rto_max);
}

}  // namespace tunic::tcp
