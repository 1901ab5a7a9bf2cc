#include "tcp/scoreboard.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tunic::tcp {

namespace {
std::uint32_t sacked_octets(const Transmission& t) {
  return t.sacked ? t.range.length() : 0;
}
std::uint32_t due_octets(const Transmission& t) {
  return t.lost && !t.resent && !t.sacked ? t.range.length() : 0;
}
}  // namespace

template <typename F>
void Scoreboard::change(Index index, F&& f) {
  Transmission& t = transmissions_[index];
  in_flight_ -= t.in_flight();
  sacked_ -= sacked_octets(t);
  lost_unsent_ -= due_octets(t);
  f(t);
  in_flight_ += t.in_flight();
  sacked_ += sacked_octets(t);
  lost_unsent_ += due_octets(t);
}

Scoreboard::Index Scoreboard::find(SeqNum seq) const {
  const auto begin = transmissions_.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto it = std::partition_point(begin, transmissions_.end(),
                                       [seq](const Transmission& t) { return at_or_before(t.range.end, seq); });
  return static_cast<Index>(it - transmissions_.begin());
}

Scoreboard::Index Scoreboard::split(SeqNum seq) {
  const Index index = find(seq);
  if (index == transmissions_.size() || at_or_after(transmissions_[index].range.begin, seq)) return index;
  Transmission front = transmissions_[index];
  front.range.end = seq;
  transmissions_[index].range.begin = seq;
  transmissions_.insert(transmissions_.begin() + static_cast<std::ptrdiff_t>(index), front);
  return index + 1;
}

void Scoreboard::on_sent(SeqRange range, Instant now) {
  in_flight_ += range.length();
  if (!empty()) {
    Transmission& last = transmissions_.back();
    TUNIC_ASSERT(last.range.end == range.begin);
    if (last.sent_at == now && last.times == 1 && !last.sacked && !last.lost) {
      last.range.end = range.end;
      return;
    }
  }
  transmissions_.push_back({.range = range, .sent_at = now});
}

Scoreboard::Acked Scoreboard::on_ack(SeqNum una) {
  Acked acked;
  bool resent = false;
  while (!empty() && before(transmissions_[first_].range.begin, una)) {
    if (before(una, transmissions_[first_].range.end)) split(una);
    const Transmission& t = transmissions_[first_];
    acked.octets += t.range.length();
    if (!t.sacked) acked.octets_delivered += t.range.length();
    if (!t.sacked && t.times == 1) acked.sent_at = t.sent_at;
    if (!t.sacked && t.times > 1) resent = true;
    in_flight_ -= t.in_flight();
    sacked_ -= sacked_octets(t);
    lost_unsent_ -= due_octets(t);
    ++first_;
  }
  // What waited at the peer for something resent says nothing of the network (RFC 6298 §3).
  if (resent) acked.sent_at.reset();
  release_memory();
  return acked;
}

void Scoreboard::release_memory() {
  constexpr Index kKeep = 8;  // of an idle connection
  if (empty()) {
    first_ = 0;
    if (transmissions_.capacity() > kKeep) {
      transmissions_ = {};
    } else {
      transmissions_.clear();
    }
  } else if (first_ >= kKeep && first_ * 2 >= transmissions_.size()) {
    transmissions_.erase(transmissions_.begin(), transmissions_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

std::uint32_t Scoreboard::on_sack(SeqRange block, std::size_t max_ranges) {
  const bool full = transmissions_.size() - first_ >= max_ranges && sacked_ranges() >= max_ranges;
  if (full) return 0;
  const std::uint32_t before_sacked = sacked_;
  Index index = split(block.begin);
  split(block.end);
  for (; index < transmissions_.size() && before(transmissions_[index].range.begin, block.end); ++index) {
    change(index, [](Transmission& t) { t.sacked = true; });
  }
  return sacked_ - before_sacked;
}

void Scoreboard::forget_sacks() {
  for (Index index = first_; index < transmissions_.size(); ++index) {
    change(index, [](Transmission& t) { t.sacked = false; });
  }
}

std::size_t Scoreboard::sacked_ranges() const {
  std::size_t count = 0;
  bool inside = false;
  for (const Transmission& t : transmissions()) {
    if (t.sacked && !inside) ++count;
    inside = t.sacked;
  }
  return count;
}

std::uint32_t Scoreboard::mark_lost_before(SeqNum end) {
  if (empty() || at_or_after(transmissions_[first_].range.begin, end)) return 0;
  split(end);
  const std::uint32_t before_marking = lost_unsent_;
  for (Index index = first_; index < transmissions_.size() && before(transmissions_[index].range.begin, end); ++index) {
    if (!transmissions_[index].sacked && transmissions_[index].times == 1) {
      change(index, [](Transmission& t) { t.lost = true; });
    }
  }
  return lost_unsent_ - before_marking;
}

std::uint32_t Scoreboard::mark_first_lost(std::uint32_t octets) {
  Index index = first_;
  while (index < transmissions_.size() && transmissions_[index].sacked) ++index;
  if (index == transmissions_.size()) return 0;
  const Transmission& t = transmissions_[index];
  if (t.range.length() > octets) split(t.range.begin + octets);
  const std::uint32_t before_marking = lost_unsent_;
  change(index, [](Transmission& first) {
    first.lost = true;
    first.resent = false;
  });
  return lost_unsent_ - before_marking;
}

void Scoreboard::mark_all_lost() {
  for (Index index = first_; index < transmissions_.size(); ++index) {
    if (transmissions_[index].sacked) continue;
    change(index, [](Transmission& t) {
      t.lost = true;
      t.resent = false;
    });
  }
}

std::optional<SeqRange> Scoreboard::next_lost(std::uint32_t max) const {
  if (lost_unsent_ == 0) return std::nullopt;
  for (const Transmission& t : transmissions()) {
    if (due_octets(t) == 0) continue;
    SeqRange range = t.range;
    // Neighbours with the same fate go into one segment, so that a resend is not smaller than it must be.
    for (const Transmission* next = &t + 1; next != transmissions_.data() + transmissions_.size(); ++next) {
      if (range.length() >= max || due_octets(*next) == 0) break;
      range.end = next->range.end;
    }
    if (range.length() > max) range.end = range.begin + max;
    return range;
  }
  return std::nullopt;
}

std::optional<SeqRange> Scoreboard::next_hole(std::uint32_t max) const {
  if (sacked_ == 0) return std::nullopt;
  const auto all = transmissions();
  std::size_t highest = all.size();
  while (!all[highest - 1].sacked) --highest;
  for (const Transmission& t : all.first(highest)) {
    if (t.sacked || t.resent || t.times > 1) continue;
    return SeqRange{t.range.begin, t.range.begin + std::min(t.range.length(), max)};
  }
  return std::nullopt;
}

std::optional<SeqRange> Scoreboard::last_unsacked(std::uint32_t max) const {
  const auto all = transmissions();
  for (std::size_t index = all.size(); index-- > 0;) {
    if (all[index].sacked) continue;
    if (all[index].resent) break;
    const SeqRange range = all[index].range;
    return SeqRange{range.end - std::min(range.length(), max), range.end};
  }
  return std::nullopt;
}

void Scoreboard::on_resent(SeqRange range, Instant now) {
  Index index = split(range.begin);
  split(range.end);
  for (; index < transmissions_.size() && before(transmissions_[index].range.begin, range.end); ++index) {
    change(index, [now](Transmission& t) {
      t.sent_at = now;
      if (t.times < 255) ++t.times;
      t.resent = true;
    });
  }
}

std::optional<SeqNum> Scoreboard::lost_below(std::uint32_t threshold, std::uint32_t smss) const {
  std::uint32_t ranges = 0;
  std::uint32_t octets = 0;
  const auto all = transmissions();
  for (std::size_t index = all.size(); index-- > 0;) {
    if (!all[index].sacked) continue;
    octets += all[index].range.length();
    const bool range_begins = index == 0 || !all[index - 1].sacked;
    if (range_begins) ++ranges;
    if (octets > (threshold - 1) * smss || ranges >= threshold) return all[index].range.begin;
  }
  return std::nullopt;
}

}  // namespace tunic::tcp
