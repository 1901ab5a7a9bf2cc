// Which transmissions are lost: the duplicate threshold, with and without SACK. RFC 5681 §3.2, RFC 6582 §3.2, RFC 6675 §5.
//
// It marks the scoreboard and says that an episode begins; what is then resent is recovery's, how much congestion
// control's decision.
#pragma once

#include <cstdint>

#include "tcp/scoreboard.hpp"

namespace tunic::tcp {

class LossDetector {
 public:
  struct Input {
    bool sack;            ///< SACK was agreed on
    bool duplicate;       ///< a duplicate ACK as RFC 5681 §2 (or with new SACK information, RFC 6675 §2) defines it
    std::uint32_t acked;  ///< octets newly acknowledged cumulatively
    bool partial;         ///< fast recovery goes on: not all of its flight is acknowledged
    bool may_begin;       ///< a new episode may begin
    bool counts;          ///< a duplicate tells that something has arrived: it can't be of what a timeout has resent
    std::uint32_t smss;
    std::uint32_t threshold;  ///< DupThresh
  };

  struct Outcome {
    bool found;               ///< octets were newly marked as lost
    std::uint32_t delivered;  ///< without SACK: octets that have arrived, as far as duplicates had not told so before
  };
  /// Looks at one ACK after the scoreboard has heard of it.
  Outcome on_ack(Scoreboard& scoreboard, const Input& input);
  void on_timeout() { duplicates_ = 0; }

  std::uint32_t duplicates() const { return duplicates_; }
  /// Without SACK each duplicate ACK tells that one more segment has left the network (RFC 5681 §3.2 (4)): so many octets
  /// of the scoreboard's in_flight are not there any more.
  std::uint32_t left_network(const Scoreboard& scoreboard, bool sack, std::uint32_t smss) const;

 private:
  std::uint32_t count(const Scoreboard& scoreboard, const Input& input);

  std::uint32_t duplicates_ = 0;
};

}  // namespace tunic::tcp
