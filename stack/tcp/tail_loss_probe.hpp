// The tail loss probe: when it is due, and what its acknowledgment tells. RFC 8985 §7.
//
// Who has sent his last segments and hears nothing can't know that they are lost before the retransmission timeout: a probe
// calls for an acknowledgment earlier. It knows no scoreboard and sends nothing.
#pragma once

#include <algorithm>
#include <optional>

#include <tunic/time.hpp>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class TailLossProbe {
 public:
  /// §7.2: PTO. `one_segment`: the flight is no more than that, so that the peer may delay its acknowledgment.
  static Duration timeout(Duration srtt, bool one_segment, Duration max_ack_delay) {
    constexpr Duration kLeast = std::chrono::milliseconds(2);  // a round trip may be shorter than clocks can tell
    return std::max(2 * srtt + (one_segment ? max_ack_delay : Duration::zero()), kLeast);
  }

  /// A probe is on its way: no second one before it is answered.
  bool outstanding() const { return end_.has_value(); }
  void on_sent(SeqNum snd_nxt, bool resent) {
    end_ = snd_nxt;
    resent_ = resent;
  }
  void forget() { end_.reset(); }

  struct Answer {
    SeqNum ack;
    bool advances;   ///< it acknowledges something new
    bool news;       ///< it says something, if only of the window
    bool duplicate;  ///< a D-SACK reports what the probe carried
  };
  /// §7.4.2. True: the probe has repaired a loss, which congestion control must hear of.
  bool on_ack(const Answer& answer) {
    if (!end_ || before(answer.ack, *end_)) return false;
    const bool beyond = after(answer.ack, *end_);
    const bool both_arrived = answer.duplicate || (!beyond && !answer.advances && !answer.news);
    const bool repaired = resent_ && beyond && !both_arrived;
    if (!resent_ || beyond || both_arrived) end_.reset();
    return repaired;
  }

 private:
  std::optional<SeqNum> end_;  ///< TLP.end_seq: SND.NXT after the probe
  bool resent_ = false;        ///< TLP.is_retrans
};

}  // namespace tunic::tcp
