#include "tcp/loss_detector.hpp"

#include <algorithm>

namespace tunic::tcp {

bool LossDetector::on_ack(Scoreboard& scoreboard, const Input& input) {
  bool found = false;
  if (input.acked > 0) {
    if (input.partial && !input.sack) {
      // RFC 6582 §3.2 (3): a partial ACK names the next lost segment, and deflates what the duplicates had inflated.
      const std::uint32_t covered = input.acked / std::max(input.smss, 1u);
      duplicates_ -= std::min(duplicates_, covered > 0 ? covered - 1 : 0);
      found = scoreboard.mark_first_lost(input.smss) > 0;
    } else {
      duplicates_ = 0;
    }
  } else if (input.duplicate && duplicates_ < 0xffff) {
    ++duplicates_;
  }

  if (input.sack) {
    if (const auto below = scoreboard.lost_below(input.threshold, input.smss)) {
      found |= scoreboard.mark_lost_before(*below) > 0;
    }
  }
  // RFC 5681 §3.2 (2), RFC 6675 §5 (1): the third duplicate says that the first segment is lost.
  if (input.duplicate && duplicates_ >= input.threshold && input.may_begin && !scoreboard.has_lost()) {
    found |= scoreboard.mark_first_lost(input.smss) > 0;
  }
  return found;
}

std::uint32_t LossDetector::left_network(const Scoreboard& scoreboard, bool sack, std::uint32_t smss) const {
  if (sack) return 0;
  const std::uint64_t gone = std::uint64_t{duplicates_} * smss;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(gone, scoreboard.in_flight()));
}

}  // namespace tunic::tcp
