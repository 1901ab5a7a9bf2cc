#include "tcp/ack_policy.hpp"

#include <algorithm>

namespace tunic::tcp {

bool AckPolicy::on_in_order(std::uint32_t segments, bool pushed, Instant now, const TcpConfig& config) {
  data_seen_ = true;
  data_at_ = now;
  pending_ = static_cast<std::uint8_t>(std::min<std::uint32_t>(pending_ + segments, 255));
  if (quick_ > 0 && !answering_) {
    quick_ -= static_cast<std::uint8_t>(std::min<std::uint32_t>(segments, quick_));
    owe(Why::QuickAck);
  } else if (pending_ >= 2) {
    owe(Why::AckEverySecond);
  } else if (pushed && config.ack_pushed) {
    owe(Why::AckPushed);
  }
  return !due_;
}

void AckPolicy::owe_duplicate(Why why, std::uint32_t segments) {
  if (!due_) {
    due_ = why;
    --segments;
  }
  if (segments == 0 || duplicates_ == kMaxDuplicates) return;
  duplicates_ = static_cast<std::uint8_t>(std::min<std::uint32_t>(duplicates_ + segments, kMaxDuplicates));
  duplicate_why_ = why;
}

void AckPolicy::on_sent() {
  pending_ = 0;
  due_.reset();
  if (duplicates_ > 0) {
    --duplicates_;
    due_ = duplicate_why_;
  }
}

}  // namespace tunic::tcp
