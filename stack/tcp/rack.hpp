// RACK: a transmission is lost when one that was sent later has arrived, and it had time enough to be reordered. RFC 8985 §6.
//
// It knows in which order pieces were sent and when; it marks the scoreboard. What is resent is recovery's, how much
// congestion control's decision. Each sending is looked at once in order of time: an acknowledgment costs what it finds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <tunic/time.hpp>

#include "base/seq_num.hpp"
#include "tcp/scoreboard.hpp"

namespace tunic::tcp {

class Rack {
 public:
  explicit Rack(std::uint8_t duplicate_threshold) : reordering_(duplicate_threshold) {}

  /// Before the first sending, which is the one after `order`. `rtt`: what is known of the round trip.
  void begin(std::optional<Duration> rtt, Instant now, std::uint32_t order);
  /// New data, or a piece again. `order` is the scoreboard's.
  void on_sent(SeqRange range, Instant now, std::uint32_t order);
  /// It remembers far more than is outstanding: each sending that nothing is outstanding of is forgotten (law 5).
  void forget_arrived(const Scoreboard& scoreboard);
  bool remembers_too_much(const Scoreboard& scoreboard) const {
    return sendings_.size() - first_ > 64 + 2 * scoreboard.transmissions().size();
  }
  /// Steps 1 to 3: what one acknowledgment has delivered.
  void on_delivered(const Delivered& delivered, Instant now, SeqNum highest, std::uint32_t smss);
  /// §6.2, RACK_update_reo_wnd(): a D-SACK says that the window for reordering is too small; once in a round trip.
  void on_dsack(SeqNum snd_una, SeqNum snd_nxt);
  void on_recovered();

  struct Situation {
    Instant now;
    Duration srtt;
    std::uint32_t smss;
    bool recovering;  ///< in fast recovery, or repairing the flight of a timeout
  };
  struct Detection {
    bool found = false;                ///< octets were newly marked as lost
    std::optional<Instant> ask_again;  ///< then more may be lost, if nothing comes before
  };
  /// Steps 4 and 5.
  Detection detect(Scoreboard& scoreboard, const Situation& situation);

  /// §6.3: at a timeout what was sent after this may still be on its way.
  Instant recent(Instant now) const { return now - rtt_; }
  /// In segments: how far behind later ones a segment has arrived that was not lost, at least DupThresh.
  std::uint32_t reordering() const { return reordering_; }
  std::uint32_t reorderings() const { return reorderings_; }
  /// There is nothing to remember beyond what is outstanding.
  bool saw_order_only() const { return reorderings_ == 0 && persist_ == 0; }
  std::optional<Duration> min_rtt() const { return min_rtt_; }

 private:
  struct Sending {
    SeqRange range;
    Instant at;
    std::uint32_t order;
  };
  bool sent_before_latest(const Sending& sending) const;
  const Sending& last_outstanding(const Scoreboard& scoreboard, const Sending& first) const;
  Duration reordering_window(const Scoreboard& scoreboard, const Situation& situation) const;
  void sample_min_rtt(Duration rtt, Instant now);
  void forget_first();

  std::vector<Sending> sendings_;  // by order, [first_, end) is in use
  std::size_t first_ = 0;
  // RACK.xmit_ts, RACK.end_seq, RACK.rtt of the RFC: of what was sent last among all that has arrived.
  std::uint32_t latest_order_ = 0;
  SeqNum latest_end_;
  Duration rtt_{};
  std::optional<Duration> min_rtt_;
  Instant min_rtt_at_{};
  std::optional<SeqNum> fack_;  ///< the highest that has arrived
  std::optional<SeqNum> dsack_round_;
  std::uint32_t reordering_;
  std::uint32_t reorderings_ = 0;
  std::uint8_t multiplier_ = 1;  ///< RACK.reo_wnd_mult
  std::uint8_t persist_ = 0;     ///< RACK.reo_wnd_persist: recoveries that it holds for
};

}  // namespace tunic::tcp
