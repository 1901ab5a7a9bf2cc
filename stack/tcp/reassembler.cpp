#include "tcp/reassembler.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "tcp/receive_buffer.hpp"

namespace tunic::tcp {

std::size_t Reassembler::at_or_after(SeqNum seq) const {
  const auto it = std::partition_point(held_.begin(), held_.end(),
                                       [seq](const Held& held) { return at_or_before(held.range.end, seq); });
  return static_cast<std::size_t>(it - held_.begin());
}

bool Reassembler::covers(SeqRange range) const {
  const std::size_t index = at_or_after(range.begin);
  return index < held_.size() && at_or_before(held_[index].range.begin, range.begin) &&
         tunic::at_or_after(held_[index].range.end, range.end);
}

SeqRange Reassembler::held_part(SeqRange range) const {
  const std::size_t index = at_or_after(range.begin);
  if (index == held_.size() || tunic::at_or_after(held_[index].range.begin, range.end)) return {range.end, range.end};
  return {later_of(range.begin, held_[index].range.begin), earlier_of(range.end, held_[index].range.end)};
}

bool Reassembler::insert(SeqNum begin, const Chain& bytes, const Limits& limits, BlockPool& pool) {
  const SeqRange range{begin, begin + static_cast<std::uint32_t>(bytes.size())};
  insert_new_parts(begin, bytes, pool);
  while (held_.size() > limits.ranges) {
    octets_ -= held_.back().range.length();
    pinned_ -= held_.back().bytes.pinned();
    held_.pop_back();
  }
  while (!held_.empty() && pinned_ > limits.pinned) give_up_last_slice();
  if (!covers(range)) return false;
  remember(begin);
  return true;
}

Chain Reassembler::fill(SeqNum begin, const Chain& bytes, BlockPool& pool) {
  insert_new_parts(begin, bytes, pool);
  return take(begin);
}

/// The end of the farthest range goes, as little as can be.
void Reassembler::give_up_last_slice() {
  Held& farthest = held_.back();
  const Slice& last = farthest.bytes.slice(farthest.bytes.slice_count() - 1);
  const auto size = static_cast<std::uint32_t>(last.size());
  octets_ -= size;
  pinned_ -= last.pinned();
  farthest.bytes.trim_back(size);
  farthest.range.end = farthest.range.end - size;
  if (farthest.bytes.empty()) held_.pop_back();
}

/// The parts that no held range covers.
void Reassembler::insert_new_parts(SeqNum begin, const Chain& bytes, BlockPool& pool) {
  const SeqRange range{begin, begin + static_cast<std::uint32_t>(bytes.size())};
  SeqNum at = range.begin;
  while (before(at, range.end)) {
    const std::size_t index = at_or_after(at);
    SeqNum until = range.end;
    if (index < held_.size()) {
      if (at_or_before(held_[index].range.begin, at)) {
        at = held_[index].range.end;
        continue;
      }
      until = earlier_of(until, held_[index].range.begin);
    }
    insert_piece(at, bytes.share(SeqRange{range.begin, at}.length(), SeqRange{at, until}.length()), pool);
    at = until;
  }
}

/// The latest arrival is held and began at `begin`.
void Reassembler::remember(SeqNum begin) {
  const SeqRange range = held_[at_or_after(begin)].range;
  auto last = std::remove_if(recent_.begin(), recent_.begin() + recent_count_,
                             [&range](SeqNum older) { return range.contains(older); });
  if (last == recent_.end()) --last;
  std::copy_backward(recent_.begin(), last, last + 1);
  recent_[0] = begin;
  recent_count_ = static_cast<std::uint8_t>(last - recent_.begin() + 1);
}

void Reassembler::insert_piece(SeqNum begin, Chain bytes, BlockPool& pool) {
  const SeqRange range{begin, begin + static_cast<std::uint32_t>(bytes.size())};
  octets_ += range.length();
  std::size_t index = at_or_after(begin);
  const bool joins_previous = index > 0 && held_[index - 1].range.end == begin;
  if (joins_previous) {
    --index;
    held_[index].range.end = range.end;
  } else {
    held_.insert(held_.begin() + static_cast<std::ptrdiff_t>(index), Held{range, {}});
  }
  append_compact_counted(held_[index].bytes, std::move(bytes), pool);
  if (index + 1 < held_.size() && held_[index + 1].range.begin == range.end) {
    held_[index].range.end = held_[index + 1].range.end;
    pinned_ -= held_[index + 1].bytes.slice(0).pinned();  // it may be joined to the slice before it
    const std::size_t first_new = held_[index].bytes.slice_count();
    pinned_ -= held_[index].bytes.slice(first_new - 1).pinned();
    const std::size_t others = held_[index + 1].bytes.slice_count() - 1;
    held_[index].bytes.append(std::move(held_[index + 1].bytes));
    for (std::size_t i = first_new - 1; i + others < held_[index].bytes.slice_count(); ++i) {
      pinned_ += held_[index].bytes.slice(i).pinned();
    }
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index) + 1);
  }
}

/// What a chain pins changes in its last slice and behind it only.
void Reassembler::append_compact_counted(Chain& chain, Chain bytes, BlockPool& pool) {
  const std::size_t from = chain.empty() ? 0 : chain.slice_count() - 1;
  if (!chain.empty()) pinned_ -= chain.slice(from).pinned();
  append_compact(chain, std::move(bytes), pool);
  for (std::size_t i = from; i < chain.slice_count(); ++i) pinned_ += chain.slice(i).pinned();
}

Chain Reassembler::take(SeqNum nxt) {
  Chain in_order;
  while (!held_.empty() && at_or_before(held_.front().range.begin, nxt)) {
    Held& first = held_.front();
    octets_ -= first.range.length();
    pinned_ -= first.bytes.pinned();
    if (after(first.range.end, nxt)) {
      first.bytes.trim_front(SeqRange{first.range.begin, nxt}.length());
      nxt = first.range.end;
      in_order.append(std::move(first.bytes));
    }
    held_.erase(held_.begin());
  }
  TUNIC_ASSERT(!held_.empty() || (octets_ == 0 && pinned_ == 0));
  if (held_.empty()) clear();
  return in_order;
}

void Reassembler::clear() {
  held_ = {};
  octets_ = 0;
  pinned_ = 0;
  recent_count_ = 0;
}

std::size_t Reassembler::sack_blocks(std::span<SeqRange> out) const {
  std::size_t count = 0;
  const auto add = [&](const SeqRange& range) {
    if (count < out.size() && std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count), range) ==
                                  out.begin() + static_cast<std::ptrdiff_t>(count)) {
      out[count++] = range;
    }
  };
  for (std::uint8_t i = 0; i < recent_count_; ++i) {
    const std::size_t index = at_or_after(recent_[i]);
    if (index < held_.size() && held_[index].range.contains(recent_[i])) add(held_[index].range);
  }
  // Fewer arrivals remembered than ranges: the highest ones fill the option.
  for (std::size_t index = held_.size(); index-- > 0 && count < out.size();) add(held_[index].range);
  return count;
}

}  // namespace tunic::tcp
