// Disjoint intervals in one sorted vector. Begins and ends are both ascending, so either can be searched for.
#include "base/interval_set.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tunic {

namespace {

/// The first interval that ends at or after `offset`, or after it.
auto first_ending_at_or_after(auto& intervals, std::uint64_t offset) {
  return std::ranges::lower_bound(intervals, offset, {}, &Interval::end);
}
auto first_ending_after(auto& intervals, std::uint64_t offset) {
  return std::ranges::upper_bound(intervals, offset, {}, &Interval::end);
}

}  // namespace

std::uint64_t IntervalSet::insert(std::uint64_t begin, std::uint64_t end) {
  TUNIC_ASSERT(begin <= end);
  if (begin == end) return 0;
  // All intervals that overlap or touch [begin, end) become one.
  const auto first = first_ending_at_or_after(intervals_, begin);
  std::uint64_t before = 0;
  Interval merged{begin, end};
  auto last = first;
  for (; last != intervals_.end() && last->begin <= end; ++last) {
    before += last->length();
    merged.begin = std::min(merged.begin, last->begin);
    merged.end = std::max(merged.end, last->end);
  }
  if (first == last) {
    intervals_.insert(first, merged);
  } else {
    *first = merged;
    intervals_.erase(first + 1, last);
  }
  const std::uint64_t added = merged.length() - before;
  total_ += added;
  return added;
}

std::uint64_t IntervalSet::erase(std::uint64_t begin, std::uint64_t end) {
  TUNIC_ASSERT(begin <= end);
  if (begin == end) return 0;
  const auto first = first_ending_after(intervals_, begin);
  if (first == intervals_.end() || first->begin >= end) return 0;
  if (first->begin < begin && end < first->end) {  // a hole in the middle of one
    const Interval tail{end, first->end};
    first->end = begin;
    intervals_.insert(first + 1, tail);
    total_ -= end - begin;
    return end - begin;
  }
  std::uint64_t removed = 0;
  auto keep = first;  // where the intervals that stay go
  auto next = first;
  for (; next != intervals_.end() && next->begin < end; ++next) {
    const Interval left{next->begin, std::max(next->begin, begin)};
    const Interval right{std::min(next->end, end), next->end};
    removed += next->length() - left.length() - right.length();
    if (left.length() > 0) *keep++ = left;
    if (right.length() > 0) *keep++ = right;
  }
  intervals_.erase(keep, next);
  total_ -= removed;
  return removed;
}

bool IntervalSet::contains(std::uint64_t offset) const {
  const Interval* found = at_or_after(offset);
  return found != nullptr && found->begin <= offset;
}

bool IntervalSet::covers(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return true;
  const Interval* found = at_or_after(begin);
  return found != nullptr && found->begin <= begin && end <= found->end;
}

bool IntervalSet::intersects(std::uint64_t begin, std::uint64_t end) const {
  const Interval* found = at_or_after(begin);
  return begin < end && found != nullptr && found->begin < end;
}

const Interval* IntervalSet::at_or_after(std::uint64_t offset) const {
  const auto found = first_ending_after(intervals_, offset);
  return found == intervals_.end() ? nullptr : &*found;
}

Interval IntervalSet::first_gap(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return {end, end};
  const Interval* found = at_or_after(begin);
  if (found != nullptr && found->begin <= begin) {
    begin = std::min(found->end, end);
    found = found + 1 == intervals_.data() + intervals_.size() ? nullptr : found + 1;
  }
  if (begin >= end) return {end, end};
  return {begin, found == nullptr ? end : std::min(end, found->begin)};
}

}  // namespace tunic
