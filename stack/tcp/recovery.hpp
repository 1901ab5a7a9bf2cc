// What is resent, and when an episode of congestion is over. RFC 6675 §5 (with SACK), RFC 6582 (without), RFC 5681 §3.1
// (timeout), RFC 3168 §6.1.2 (marks).
//
// It knows the scoreboard's marks, not how they came there, and no congestion window: the caller says how much may be sent.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <tunic/why.hpp>

#include "tcp/scoreboard.hpp"

namespace tunic::tcp {

class Recovery {
 public:
  enum class Phase : std::uint8_t {
    Open,
    Reduced,  ///< the window was reduced for a mark; nothing is lost
    Fast,
    Timeout,
  };
  /// What tells which pieces are lost, beyond what the scoreboard has marked.
  enum class Guide : std::uint8_t {
    PartialAcks,  ///< RFC 6582: no SACK
    Counting,     ///< RFC 6675: where nothing else may be sent, holes and the last piece are resent on suspicion
    Time,         ///< RFC 8985: nothing is resent on suspicion
  };

  explicit Recovery(SeqNum iss) : recovery_point_(iss) {}

  Phase phase() const { return phase_; }
  bool active() const { return phase_ != Phase::Open; }
  /// The window is coming down, and is not to grow.
  bool reducing() const { return phase_ == Phase::Reduced || phase_ == Phase::Fast; }
  bool repairing() const { return phase_ == Phase::Fast || phase_ == Phase::Timeout; }
  /// Everything up to here was sent when the episode began: RecoveryPoint of RFC 6675, "recover" of RFC 6582.
  SeqNum recovery_point() const { return recovery_point_; }

  /// RFC 6582 §3.2 (2): no second episode for the same flight; a timeout's own flight is repaired by slow start.
  bool may_enter(SeqNum una, bool sack) const {
    if (phase_ == Phase::Reduced) return true;
    return !active() && (sack ? at_or_after(una, recovery_point_) : after(una, recovery_point_));
  }
  void enter_reduced(SeqNum snd_nxt);
  void enter_fast(SeqNum snd_nxt, Guide guide);
  void enter_timeout(SeqNum snd_nxt);
  /// A router refused what was sent (RFC 1191 §6.4): it goes again, as after a timeout, but that is no sign of congestion.
  void enter_path_mtu(SeqNum snd_nxt);
  /// Without SACK: of a partial acknowledgment. True: it is the first one of the episode (RFC 6582 §4).
  bool on_partial_ack() { return !std::exchange(partial_seen_, true); }
  /// RFC 6582 §3.2 (3): the next hole is resent at once, whatever the window.
  void force_next() { first_due_ = true; }
  /// RFC 5682 §2.1 (2b), after a timeout: new data is sent in place of what is taken for lost, until the next acknowledgment.
  void prefer_new_data(SeqNum snd_nxt) {
    recovery_point_ = snd_nxt;
    new_data_first_ = true;
  }
  bool prefers_new_data() const { return new_data_first_; }
  void resume() { new_data_first_ = false; }
  /// The episode was for nothing.
  void leave(SeqNum una) {
    phase_ = Phase::Open;
    first_due_ = new_data_first_ = false;
    recovery_point_ = una - 1;
  }
  /// True: this acknowledgment ends the episode. `beyond`: one of just what was outstanding does not end it yet, for
  /// duplicates may follow it that tell of nothing but what was resent without need (RFC 6582 §3.2 (1)).
  bool on_ack(SeqNum una, bool beyond);

  struct Resend {
    SeqRange range;
    Why why;
  };
  /// The next piece to send again within `room` octets, at most `smss`; the first of an episode goes whatever the room.
  /// `new_data`: there is new data that the peer's window would take, and which goes before guesses (NextSeg rule 2).
  std::optional<Resend> next(const Scoreboard& scoreboard, std::uint32_t room, std::uint32_t smss, bool new_data) const;
  void on_resent(const Resend& resend);

 private:
  Phase phase_ = Phase::Open;
  bool first_due_ = false;  ///< the first resend of the episode is not out yet
  bool first_sent_ = false;
  bool too_big_ = false;  ///< this episode is a router's refusal
  bool partial_seen_ = false;
  bool new_data_first_ = false;
  bool rescued_ = false;  ///< NextSeg rule 4 was used in this episode
  Guide guide_ = Guide::PartialAcks;
  SeqNum recovery_point_;
};

}  // namespace tunic::tcp
