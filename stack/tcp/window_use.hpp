// Whether the congestion window was in use: one that was not has proved nothing of the path and must not grow. RFC 7661 §4.1.
//
// An acknowledgment comes a round trip after what it acknowledges was sent, when less may be in flight; so the largest flight
// of a round trip is remembered, and whether the window was what kept more from being sent.
#pragma once

#include <cstdint>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class WindowUse {
 public:
  explicit WindowUse(SeqNum una) : round_end_(una) {}

  /// After each sending, or where the window did not allow one. `full`: there is no room for another segment.
  void note(SeqRange outstanding, bool full) {
    const std::uint32_t flight = outstanding.length();
    const bool new_round = at_or_after(outstanding.begin, round_end_);
    if (!new_round && !full && (full_ || flight <= largest_)) return;
    full_ = full;
    largest_ = flight;
    round_end_ = outstanding.end;
  }

  /// In slow start half of the window counts as all of it: the other half has just been added.
  bool allows_growth(std::uint32_t cwnd, std::uint32_t ssthresh) const {
    return full_ || (cwnd < ssthresh && cwnd < std::uint64_t{largest_} * 2);
  }

 private:
  std::uint32_t largest_ = 0;  ///< octets outstanding
  SeqNum round_end_;           ///< what was sent up to here belongs to the round trip
  bool full_ = false;
};

}  // namespace tunic::tcp
