// False alarms: what was taken for lost and resent had only been late. RFC 3522 (timestamps tell), RFC 3708 (D-SACKs tell).
//
// It watches one episode at a time. What is taken back is congestion control's and recovery's (RFC 4015).
#pragma once

#include <cstdint>
#include <optional>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class FalseAlarm {
 public:
  /// An episode begins: of what is outstanding something is resent.
  void begin(SeqRange outstanding) {
    *this = FalseAlarm();
    outstanding_ = outstanding;
  }
  /// `timestamp`: what the segment carries, where the option is used.
  void on_resent(std::uint32_t octets, std::optional<std::uint32_t> timestamp) {
    if (resent_ == 0) first_timestamp_ = timestamp;
    resent_ += octets;
  }

  /// SND.UNA advances. True: by something that was sent before the first resending (RFC 3522 §3.2). Only the first time can
  /// tell; later the echo is that of a resending.
  bool on_advance(std::optional<std::uint32_t> echo) {
    if (resent_ == 0) return false;
    const bool late = echo && first_timestamp_ && static_cast<std::int32_t>(*echo - *first_timestamp_) < 0;
    first_timestamp_.reset();
    return late && end();
  }
  /// A D-SACK reports `range`. True: now all that was resent has arrived twice.
  bool on_duplicate(SeqRange range) {
    if (resent_ == 0 || before(range.begin, outstanding_.begin) || after(range.end, outstanding_.end)) return false;
    duplicates_ += range.length();
    return duplicates_ >= resent_ && end();
  }

 private:
  bool end() {
    resent_ = 0;
    return true;
  }

  SeqRange outstanding_{};
  std::uint32_t resent_ = 0;  ///< octets; 0: nothing to watch
  std::uint32_t duplicates_ = 0;
  std::optional<std::uint32_t> first_timestamp_;
};

}  // namespace tunic::tcp
