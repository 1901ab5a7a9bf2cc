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
bool sent_later(const Delivered::Sending& a, const std::optional<Delivered::Sending>& b) {
  return !b || static_cast<std::int32_t>(a.order - b->order) > 0 || (a.order == b->order && after(a.end, b->end));
}
/// `t` has arrived.
void note(Delivered& delivered, const Transmission& t) {
  delivered.octets += t.range.length();
  const Delivered::Sending sending{t.sent_at, t.order, t.range.end};
  auto& latest = t.times > 1 ? delivered.latest_resent : delivered.latest;
  if (sent_later(sending, latest)) latest = sending;
  delivered.last = sending;
  delivered.last_resent = t.times > 1;
  if (t.times == 1 && (!delivered.lowest || before(t.range.begin, *delivered.lowest))) delivered.lowest = t.range.begin;
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

std::uint32_t Scoreboard::on_sent(SeqRange range, Instant now) {
  in_flight_ += range.length();
  if (empty()) {
    lost_from_ = hole_from_ = unmarked_from_ = range.begin;
  } else {
    Transmission& last = transmissions_.back();
    TUNIC_ASSERT(last.range.end == range.begin);
    if (last.sent_at == now && last.order == order_ && last.times == 1 && !last.sacked && !last.lost) {
      last.range.end = range.end;
      return order_;
    }
  }
  transmissions_.push_back({.range = range, .sent_at = now, .order = ++order_});
  return order_;
}

// ---- What the peer says ----

Scoreboard::Acked Scoreboard::on_ack(SeqNum una, Delivered& delivered) {
  Acked acked;
  bool resent = false;
  while (!empty() && before(transmissions_[first_].range.begin, una)) {
    Transmission gone = transmissions_[first_];
    gone.range.end = earlier_of(gone.range.end, una);
    acked.octets += gone.range.length();
    if (!gone.sacked) {
      note(delivered, gone);
      if (!acked.sent_at) acked.sent_at = gone.sent_at;
      if (gone.times > 1) resent = true;
    }
    in_flight_ -= gone.in_flight();
    sacked_ -= sacked_octets(gone);
    lost_unsent_ -= due_octets(gone);
    // Of one that is acknowledged in part the begin goes, and nothing moves: a peer may acknowledge every octet (B47).
    transmissions_[first_].range.begin = gone.range.end;
    if (transmissions_[first_].range.empty()) ++first_;
  }
  // What waited at the peer for something resent says nothing of the network (RFC 6298 §3).
  if (resent) acked.sent_at.reset();
  const auto gone = std::ranges::find_if(sacked_ranges_, [una](const SeqRange& r) { return after(r.end, una); });
  sacked_ranges_.erase(sacked_ranges_.begin(), gone);
  if (!sacked_ranges_.empty()) sacked_ranges_.front().begin = later_of(sacked_ranges_.front().begin, una);
  lost_from_ = later_of(lost_from_, una);
  hole_from_ = later_of(hole_from_, una);
  unmarked_from_ = later_of(unmarked_from_, una);
  release_memory();
  return acked;
}

void Scoreboard::release_memory() {
  constexpr Index kKeep = 8;
  if (empty()) {  // an idle connection keeps nothing
    first_ = 0;
    sacked_ranges_ = {};
    transmissions_ = {};
  } else if (first_ >= kKeep && first_ * 2 >= transmissions_.size()) {
    transmissions_.erase(transmissions_.begin(), transmissions_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

std::uint32_t Scoreboard::on_sack(SeqRange block, std::size_t max_ranges, Delivered& delivered) {
  const SeqRange joined = add_sacked_range(block);
  if (sacked_ranges_.size() > max_ranges) {
    const SeqRange highest = sacked_ranges_.back();
    sacked_ranges_.pop_back();
    if (highest == joined) return 0;
    unsack(highest);
  }
  const std::uint32_t before_sacked = sacked_;
  Index index = split(block.begin);
  split(block.end);
  for (; index < transmissions_.size() && before(transmissions_[index].range.begin, block.end); ++index) {
    if (transmissions_[index].sacked) continue;
    note(delivered, transmissions_[index]);
    change(index, [](Transmission& t) {
      t.sacked = true;
      t.lost = t.resent = false;
    });
  }
  join_sacked(joined);
  return sacked_ - before_sacked;
}

/// Returns the range that `block` has become part of.
SeqRange Scoreboard::add_sacked_range(SeqRange block) {
  const auto first =
      std::ranges::partition_point(sacked_ranges_, [block](const SeqRange& r) { return before(r.end, block.begin); });
  const auto last = std::partition_point(first, sacked_ranges_.end(),
                                         [block](const SeqRange& r) { return at_or_before(r.begin, block.end); });
  if (first == last) return *sacked_ranges_.insert(first, block);
  first->begin = earlier_of(first->begin, block.begin);
  first->end = later_of((last - 1)->end, block.end);
  const SeqRange joined = *first;
  sacked_ranges_.erase(first + 1, last);
  return joined;
}

/// All of `range` is sacked: it becomes one transmission.
void Scoreboard::join_sacked(SeqRange range) {
  const Index index = find(range.begin);
  Index end = index + 1;
  Transmission& joined = transmissions_[index];
  for (; end < transmissions_.size() && before(transmissions_[end].range.begin, range.end); ++end) {
    joined.sent_at = std::max(joined.sent_at, transmissions_[end].sent_at);
    joined.times = std::max(joined.times, transmissions_[end].times);
  }
  joined.range.end = range.end;
  const auto first = transmissions_.begin() + static_cast<std::ptrdiff_t>(index);
  transmissions_.erase(first + 1, transmissions_.begin() + static_cast<std::ptrdiff_t>(end));
}

void Scoreboard::unsack(SeqRange range) {
  for (Index index = find(range.begin);
       index < transmissions_.size() && before(transmissions_[index].range.begin, range.end); ++index) {
    change(index, [](Transmission& t) { t.sacked = false; });
  }
  hole_from_ = earlier_of(hole_from_, range.begin);
  unmarked_from_ = earlier_of(unmarked_from_, range.begin);
}

void Scoreboard::forget_sacks() {
  for (const SeqRange& range : sacked_ranges_) unsack(range);
  sacked_ranges_.clear();
}

std::optional<SeqNum> Scoreboard::highest_sacked() const {
  if (sacked_ranges_.empty()) return std::nullopt;
  return sacked_ranges_.back().end;
}

// ---- What is lost ----

std::uint32_t Scoreboard::mark_lost_before(SeqNum end) {
  if (empty() || at_or_after(unmarked_from_, end)) return 0;
  split(end);
  const std::uint32_t before_marking = lost_unsent_;
  for (Index index = find(unmarked_from_);
       index < transmissions_.size() && before(transmissions_[index].range.begin, end); ++index) {
    if (transmissions_[index].sacked || transmissions_[index].times > 1) continue;
    lost_from_ = earlier_of(lost_from_, transmissions_[index].range.begin);
    change(index, [](Transmission& t) { t.lost = true; });
  }
  unmarked_from_ = end;
  return lost_unsent_ - before_marking;
}

std::uint32_t Scoreboard::mark_first_lost(std::uint32_t octets) {
  Index index = first_;
  while (index < transmissions_.size() && transmissions_[index].sacked) ++index;
  if (index == transmissions_.size()) return 0;
  const Transmission& t = transmissions_[index];
  if (t.range.length() > octets) split(t.range.begin + octets);
  const std::uint32_t before_marking = lost_unsent_;
  lost_from_ = earlier_of(lost_from_, transmissions_[index].range.begin);
  change(index, [](Transmission& first) {
    first.lost = true;
    first.resent = false;
  });
  return lost_unsent_ - before_marking;
}

SeqNum Scoreboard::first_outstanding(SeqRange range, std::uint32_t order) const {
  for (Index index = find(range.begin);
       index < transmissions_.size() && before(transmissions_[index].range.begin, range.end); ++index) {
    const Transmission& t = transmissions_[index];
    if (!t.sacked && t.order == order) return later_of(range.begin, t.range.begin);
  }
  return range.end;
}

std::uint32_t Scoreboard::mark_lost(SeqRange range, std::uint32_t order) {
  if (empty()) return 0;
  range.begin = later_of(range.begin, transmissions_[first_].range.begin);
  if (at_or_after(range.begin, range.end)) return 0;
  const std::uint32_t before_marking = lost_unsent_;
  Index index = split(range.begin);
  split(range.end);
  for (; index < transmissions_.size() && before(transmissions_[index].range.begin, range.end); ++index) {
    if (transmissions_[index].sacked || transmissions_[index].order != order) continue;
    lost_from_ = earlier_of(lost_from_, transmissions_[index].range.begin);
    change(index, [](Transmission& t) {
      t.lost = true;
      t.resent = false;
    });
  }
  return lost_unsent_ - before_marking;
}

void Scoreboard::mark_all_lost(Instant recent) {
  for (Index index = first_; index < transmissions_.size(); ++index) {
    if (transmissions_[index].sacked || transmissions_[index].sent_at > recent) continue;
    change(index, [](Transmission& t) {
      t.lost = true;
      t.resent = false;
    });
  }
  if (!empty()) lost_from_ = transmissions_[first_].range.begin;
}

void Scoreboard::unmark_lost() {
  for (Index index = first_; index < transmissions_.size(); ++index) {
    if (transmissions_[index].lost) change(index, [](Transmission& t) { t.lost = false; });
  }
  if (!empty()) unmarked_from_ = transmissions_[first_].range.begin;
}

// ---- What may be sent again ----

std::optional<SeqRange> Scoreboard::next_lost(std::uint32_t max) const {
  if (lost_unsent_ == 0) return std::nullopt;
  Index index = find(lost_from_);
  while (due_octets(transmissions_[index]) == 0) ++index;
  lost_from_ = transmissions_[index].range.begin;
  SeqRange range = transmissions_[index].range;
  // Neighbours with the same fate go into one segment, so that a resend is not smaller than it must be.
  for (++index; range.length() < max && index < transmissions_.size(); ++index) {
    if (due_octets(transmissions_[index]) == 0) break;
    range.end = transmissions_[index].range.end;
  }
  if (range.length() > max) range.end = range.begin + max;
  return range;
}

std::optional<SeqRange> Scoreboard::next_hole(std::uint32_t max) const {
  if (sacked_ranges_.empty()) return std::nullopt;
  const SeqNum highest = sacked_ranges_.back().end;
  for (Index index = find(hole_from_); index < transmissions_.size(); ++index) {
    const Transmission& t = transmissions_[index];
    hole_from_ = t.range.begin;
    if (at_or_after(t.range.begin, highest)) break;
    if (!t.sacked && t.times == 1) return SeqRange{t.range.begin, t.range.begin + std::min(t.range.length(), max)};
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

std::uint32_t Scoreboard::on_resent(SeqRange range, Instant now) {
  return send_again(range, now, false);
}

std::uint32_t Scoreboard::on_probed(SeqRange range, Instant now) {
  return send_again(range, now, true);
}

std::uint32_t Scoreboard::send_again(SeqRange range, Instant now, bool probe) {
  ++order_;
  Index index = split(range.begin);
  split(range.end);
  for (; index < transmissions_.size() && before(transmissions_[index].range.begin, range.end); ++index) {
    change(index, [now, order = order_, probe](Transmission& t) {
      t.sent_at = now;
      t.order = order;
      if (t.times < 255) ++t.times;
      t.resent |= !probe;
    });
  }
  return order_;
}

std::optional<SeqNum> Scoreboard::lost_below(std::uint32_t threshold, std::uint32_t smss) const {
  std::uint32_t octets = 0;
  for (std::size_t above = 1; above <= sacked_ranges_.size(); ++above) {
    const SeqRange& range = sacked_ranges_[sacked_ranges_.size() - above];
    octets += range.length();
    if (octets > (threshold - 1) * smss || above >= threshold) return range.begin;
  }
  return std::nullopt;
}

}  // namespace tunic::tcp
