#include "tcp/recovery.hpp"

#include <algorithm>

namespace tunic::tcp {

void Recovery::enter_reduced(SeqNum snd_nxt) {
  phase_ = Phase::Reduced;
  recovery_point_ = snd_nxt;
}

void Recovery::enter_fast(SeqNum snd_nxt, Guide guide) {
  phase_ = Phase::Fast;
  guide_ = guide;
  recovery_point_ = snd_nxt;
  first_due_ = true;
  first_sent_ = false;
  partial_seen_ = false;
  rescued_ = false;
}

void Recovery::enter_timeout(SeqNum snd_nxt) {
  phase_ = Phase::Timeout;
  recovery_point_ = snd_nxt;
  first_due_ = true;
  first_sent_ = false;
  rescued_ = true;  // RFC 6675 §5.1: no rescue until the flight of the timeout is acknowledged
  too_big_ = false;
  new_data_first_ = false;
}

void Recovery::enter_path_mtu(SeqNum snd_nxt) {
  enter_timeout(snd_nxt);
  too_big_ = true;
}

bool Recovery::on_ack(SeqNum una, bool beyond) {
  if (!active()) {
    // The old point follows, so that it stays behind `una` however long nothing is lost: numbers wrap.
    if (after(una, recovery_point_)) recovery_point_ = una - 1;
    return false;
  }
  // RFC 3168 §6.1.2: an acknowledgment of just what was sent before the reaction may still echo the old mark.
  const bool past =
      phase_ == Phase::Reduced || beyond ? after(una, recovery_point_) : at_or_after(una, recovery_point_);
  if (!past) return false;
  phase_ = Phase::Open;
  first_due_ = new_data_first_ = false;
  return true;
}

std::optional<Recovery::Resend> Recovery::next(const Scoreboard& scoreboard, std::uint32_t room, std::uint32_t smss,
                                               bool new_data) const {
  if (!repairing() || new_data_first_) return std::nullopt;
  if (const auto lost = scoreboard.next_lost(smss)) {
    if (!first_due_ && room < lost->length()) return std::nullopt;
    if (phase_ == Phase::Timeout && too_big_) return Resend{*lost, Why::PathMtuRetransmit};
    if (phase_ == Phase::Timeout) return Resend{*lost, first_sent_ ? Why::LossRetransmit : Why::TimeoutRetransmit};
    return Resend{*lost, first_sent_ && guide_ == Guide::PartialAcks ? Why::PartialAckRetransmit : Why::FastRetransmit};
  }
  if (phase_ != Phase::Fast || guide_ != Guide::Counting || new_data || room < smss) return std::nullopt;
  if (const auto hole = scoreboard.next_hole(smss)) return Resend{*hole, Why::FastRetransmit};
  if (!rescued_) {
    if (const auto last = scoreboard.last_unsacked(smss)) return Resend{*last, Why::RescueRetransmit};
  }
  return std::nullopt;
}

void Recovery::on_resent(const Resend& resend) {
  first_due_ = false;
  first_sent_ = true;
  if (resend.why == Why::RescueRetransmit) rescued_ = true;
}

}  // namespace tunic::tcp
