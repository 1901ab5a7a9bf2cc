#include "host/icmp_limit.hpp"

#include <algorithm>

namespace tunic::host {

bool IcmpLimit::allow(Instant now) {
  if (per_second_ == 0) return false;
  constexpr Duration kSecond = std::chrono::seconds(1);
  const Duration per_token = kSecond / per_second_;
  if (now - filled_ >= kSecond) {
    tokens_ = per_second_;
    filled_ = now;
  } else if (const auto earned = static_cast<std::uint32_t>((now - filled_) / per_token); earned > 0) {
    tokens_ = std::min(tokens_ + earned, per_second_);
    filled_ += earned * per_token;
  }
  if (tokens_ == 0) return false;
  const std::uint32_t cost = random_.chance(1, 4) ? 2 : 1;
  tokens_ -= std::min(tokens_, cost);
  return true;
}

}  // namespace tunic::host
