#include "tcp/loss_detector.hpp"

#include <algorithm>
#include <utility>

namespace tunic::tcp {

LossDetector::Outcome LossDetector::on_ack(Scoreboard& scoreboard, const Input& input) {
  const std::uint32_t delivered = count(scoreboard, input);
  bool found = false;
  // RFC 6582 §3.2 (3): a partial ACK names the next lost segment.
  if (input.acked > 0 && input.partial && !input.sack) found = scoreboard.mark_first_lost(input.smss) > 0;
  if (input.sack) {
    if (const auto below = scoreboard.lost_below(input.threshold, input.smss)) {
      found |= scoreboard.mark_lost_before(*below) > 0;
    }
  }
  // RFC 5681 §3.2 (2), RFC 6675 §5 (1): the third duplicate says that the first segment is lost.
  if (input.duplicate && duplicates_ >= input.threshold && input.may_begin && !scoreboard.has_lost()) {
    found |= scoreboard.mark_first_lost(input.smss) > 0;
  }
  return {found, delivered};
}

/// Returns what this ACK tells, without SACK, to have arrived.
std::uint32_t LossDetector::count(const Scoreboard& scoreboard, const Input& input) {
  const std::uint32_t smss = std::max(input.smss, 1u);
  if (input.acked > 0) {
    const std::uint32_t known = std::exchange(duplicates_, 0u);
    if (input.sack) return 0;
    // One segment of those acknowledged was the lost one; each other one was a duplicate, which is deflated (RFC 6582
    // §3.2 (3)).
    const std::uint32_t covered = (input.acked + smss - 1) / smss;
    if (input.partial) duplicates_ = known - std::min(known, covered - 1);
    return std::max(input.acked - std::min(input.acked, known * smss), std::min(input.acked, smss));
  }
  // In recovery, at least one segment is lost: no more than the others can have left the network.
  const std::uint64_t told = std::uint64_t{duplicates_ + 1} * smss;
  const bool possible =
      input.sack || !input.partial || told + std::max(scoreboard.lost(), smss) <= scoreboard.outstanding() + smss - 1;
  if (!input.duplicate || !input.counts || !possible || duplicates_ == 0xffff) return 0;
  ++duplicates_;
  return input.sack ? 0 : smss;
}

std::uint32_t LossDetector::left_network(const Scoreboard& scoreboard, bool sack, std::uint32_t smss) const {
  if (sack) return 0;
  const std::uint64_t gone = std::uint64_t{duplicates_} * smss;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(gone, scoreboard.in_flight()));
}

}  // namespace tunic::tcp
