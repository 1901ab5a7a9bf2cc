// Proportional rate reduction: how fast the window comes down to ssthresh while losses are repaired. RFC 9937 (PRR).
//
// For each octet that arrives a part of one is sent, so that the reduction is spread over the round trip; where more was
// lost than the reduction asks for, the flight grows back to ssthresh as fast as in slow start at most. It knows no segments.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tunic::tcp {

class RateReduction {
 public:
  /// An episode begins. `flight`: RecoverFS, what is in flight as far as its arrival is still to be told.
  void begin(std::uint32_t flight, std::uint32_t ssthresh) { *this = RateReduction(std::max(flight, 1u), ssthresh); }

  struct News {
    std::uint32_t delivered;  ///< DeliveredData
    std::uint32_t in_flight;
    bool safe;  ///< SafeACK: SND.UNA has advanced, and no more is known to be lost
    std::uint32_t smss;
  };
  void on_ack(const News& news) {
    if (news.delivered == 0) return;
    delivered_ += news.delivered;
    std::uint64_t may_send = 0;
    if (news.in_flight > ssthresh_) {
      // In whole segments: a part of one can't be sent, and waiting for the rest would only delay the first.
      const std::uint64_t share = (delivered_ * ssthresh_ + flight_ - 1) / flight_;
      const std::uint64_t whole = (share + news.smss - 1) / news.smss * news.smss;
      may_send = whole - std::min(whole, sent_);
    } else {
      may_send = std::max<std::uint64_t>(delivered_ - std::min(delivered_, sent_), news.delivered);
      if (news.safe) may_send += news.smss;
      may_send = std::min<std::uint64_t>(may_send, ssthresh_ - news.in_flight);
    }
    if (sent_ == 0) may_send = std::max<std::uint64_t>(may_send, news.smss);  // the first retransmission goes at once
    window_ = static_cast<std::uint32_t>(news.in_flight + may_send);
  }
  void on_sent(std::uint32_t octets) { sent_ += octets; }

  /// What may be in flight now.
  std::uint32_t window() const { return window_; }

  RateReduction() = default;

 private:
  RateReduction(std::uint32_t flight, std::uint32_t ssthresh)
      : flight_(flight), ssthresh_(ssthresh), window_(ssthresh) {}

  std::uint64_t delivered_ = 0;  ///< prr_delivered
  std::uint64_t sent_ = 0;       ///< prr_out
  std::uint32_t flight_ = 1;
  std::uint32_t ssthresh_ = 0;
  std::uint32_t window_ = 0;
};

}  // namespace tunic::tcp
