// F-RTO: whether a retransmission timeout was for nothing, told by what is acknowledged after it. RFC 5682 §2 (without SACK)
// and §3 (with SACK).
//
// It judges acknowledgments one by one. What is sent meanwhile is recovery's, what is taken back the connection's decision.
#pragma once

#include <cstdint>

namespace tunic::tcp {

class ForwardRto {
 public:
  /// A timeout. It `applies` where no losses are being repaired already, and to repeated timeouts (step 1).
  void begin(bool applies) { watching_ = applies; }

  struct Ack {
    bool advances;      ///< SND.UNA
    bool complete;      ///< up to all that was outstanding at the timeout
    bool original;      ///< it tells of the arrival of what was outstanding at the timeout and sent once only
    bool duplicate;     ///< nothing new in sequence, but something has arrived
    bool new_data_out;  ///< new data was sent since the timeout
    bool new_data;      ///< there is new data that the peer's window takes
  };
  enum class Verdict : std::uint8_t {
    Unknown,   ///< recovery goes on
    NewData,   ///< step 2b: new data goes, and nothing is resent before it is known what becomes of it
    Spurious,  ///< step 3b: nothing was lost
  };
  /// Deviation (RFC 5682 §2.1 (3b): the second acknowledgment must tell of it): the first one may, since it is looked at what
  /// it acknowledges. As Linux.
  Verdict on_ack(const Ack& ack) {
    if (!watching_) return Verdict::Unknown;
    if (ack.original) {
      watching_ = false;
      return Verdict::Spurious;
    }
    if (ack.new_data_out) {
      watching_ = !ack.duplicate;  // step 3a
      return Verdict::Unknown;
    }
    if (!ack.advances || ack.complete) return Verdict::Unknown;
    watching_ = ack.new_data;
    return watching_ ? Verdict::NewData : Verdict::Unknown;
  }
  /// The congestion window, or another rule, let no new data go.
  void give_up() { watching_ = false; }

 private:
  bool watching_ = false;
};

}  // namespace tunic::tcp
