// The states that are no connections: SYN-RECEIVED from LISTEN, and TIME-WAIT. RFC 4987 §3.2, RFC 9293 §3.6.1.
//
// A record is small and has no buffers, so that a flood of SYNs or of closes costs little. tests/unit/tcp assert the sizes.
#pragma once

#include <cstdint>

#include <tunic/address.hpp>
#include <tunic/event.hpp>
#include <tunic/time.hpp>

#include "base/quantities.hpp"
#include "base/seq_num.hpp"
#include "base/slot_map.hpp"
#include "tcp/handshake.hpp"

namespace tunic::tcp {

/// So many answers a second (RFC 5961 §7, B28, B44): what is forged or loops must not have us send for ever.
class AnswerLimit {
 public:
  bool allow(Instant now, std::uint32_t per_second) {
    if (used_ == 0 || now - since_ >= std::chrono::seconds(1)) {
      since_ = now;
      used_ = 0;
    }
    if (used_ >= per_second || used_ == 255) return false;
    ++used_;
    return true;
  }

 private:
  Instant since_{};
  std::uint8_t used_ = 0;
};

struct SynRecord {
  Endpoint local;
  Endpoint remote;
  SeqNum iss;
  SeqNum irs;
  Agreement agreed;
  std::uint32_t ts_offset = 0;
  RawWindow snd_wnd;          ///< of the SYN: never scaled
  std::uint32_t rcv_wnd = 0;  ///< what the SYN-ACK offers
  WindowScale rcv_shift;
  // Of the listener, for our answers.
  std::uint16_t own_mss = 536;
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  bool no_options = false;
  std::uint8_t retransmits = 0;
  bool answered_again = false;  ///< a repeated SYN was answered: no RTT sample (RFC 6298 §3)
  Instant sent_at{};            ///< of the first SYN-ACK
  AnswerLimit answers;          ///< to repeated SYNs and to what is challenged
  ConnectionNumber number = 0;
  SlotKey listener;                  ///< of the host
  SlotKey reopened;                  ///< the TIME-WAIT record that this SYN ended, if it is a new one (MAY-2)
  std::uint32_t timer = 0xffffffff;  ///< handle in the host's wheel
};

struct TimeWaitRecord {
  Endpoint local;
  Endpoint remote;
  SeqNum snd_nxt;
  SeqNum rcv_nxt;
  SeqNum iss;
  SeqNum irs;
  RawWindow wnd;  ///< the window field of our ACKs
  WindowScale rcv_shift;
  bool timestamps = false;
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  bool suspended = false;  ///< a SYN has reopened the tuple: in the table only for the case that it is an old one
  std::uint32_t ts_recent = 0;
  std::uint32_t ts_offset = 0;
  Instant until{};
  AnswerLimit answers;
  ConnectionNumber number = 0;
  SlotKey older;  ///< the table keeps records in order of `until`
  SlotKey newer;
};

static_assert(sizeof(SynRecord) <= 128);
static_assert(sizeof(TimeWaitRecord) <= 96);

/// What to do with a segment for a record. `why` goes to the event of the arrival, `reply` to the answer's.
struct Reaction {
  enum class Do : std::uint8_t { Drop, Reply, Reset, Forget, Promote, Restart, Reopen };
  Do action = Do::Drop;
  Why why;
  Why reply = Why::AckUnacceptable;
};

}  // namespace tunic::tcp
