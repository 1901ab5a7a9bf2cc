// So many a second, and no more.
#pragma once

#include <cstdint>

#include <tunic/time.hpp>

namespace tunic::host {

class RateLimit {
 public:
  explicit RateLimit(std::uint32_t per_second) : per_second_(per_second) {}
  bool allow(Instant now) {
    if (now - since_ >= std::chrono::seconds(1)) {
      since_ = now;
      used_ = 0;
    }
    if (used_ >= per_second_) return false;
    ++used_;
    return true;
  }

 private:
  Instant since_{};
  std::uint32_t per_second_;
  std::uint32_t used_ = 0;
};

}  // namespace tunic::host
