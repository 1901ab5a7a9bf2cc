// The transmission control block as plain data: RFC 9293 §3.3.1's variables under their names, and RFC 7323's.
//
// Comparable and printable: it is the trace's snapshot and what `tunic ss` shows. Who may change it: tcp/ alone.
#pragma once

#include <cstdint>
#include <optional>

#include <tunic/time.hpp>

#include "base/quantities.hpp"
#include "base/seq_num.hpp"

namespace tunic {

struct Tcb {
  struct Send {
    SeqNum una;      ///< oldest unacknowledged
    SeqNum nxt;      ///< next to be sent for the first time; never goes back
    Window wnd;      ///< what the peer offers, counted from una
    Window max_wnd;  ///< the largest it ever offered
    SeqNum wl1;      ///< SEG.SEQ of the last window update
    SeqNum wl2;      ///< SEG.ACK of the last window update
    SeqNum iss;
    std::optional<SeqNum> up;  ///< the octet behind the urgent data, until that is acknowledged
    WindowScale shift;         ///< of the windows that the peer sends
    std::uint16_t mss = 536;   ///< SendMSS: the largest segment with a header of 20, before options
    friend bool operator==(const Send&, const Send&) = default;
  } snd;

  struct Receive {
    SeqNum nxt;  ///< next expected
    Window wnd;  ///< what we offered last, counted from nxt
    SeqNum irs;
    std::optional<SeqNum> up;  ///< the octet behind the urgent data, until the application has read that
    WindowScale shift;         ///< of the windows that we send
    std::uint16_t mss = 536;   ///< the largest segment seen from the peer, a guess until then
    friend bool operator==(const Receive&, const Receive&) = default;
  } rcv;

  /// RFC 7323
  struct Timestamp {
    bool on = false;
    std::uint32_t recent = 0;  ///< TS.Recent
    Instant recent_at{};       ///< when it was set
    SeqNum last_ack_sent;      ///< Last.ACK.sent
    std::uint32_t offset = 0;  ///< added to our clock: per connection, keyed (§5.4)
    friend bool operator==(const Timestamp&, const Timestamp&) = default;
  } ts;

  bool sack = false;  ///< RFC 2018 agreed on
  bool ecn = false;   ///< RFC 3168 agreed on

  friend bool operator==(const Tcb&, const Tcb&) = default;
};

}  // namespace tunic
