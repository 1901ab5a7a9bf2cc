// A set of disjoint half-open intervals of 64-bit offsets: one for reassembly, SACK and IP holes.
//
// Sequence numbers are unwrapped to stream offsets before they come here, so plain < is right. Intervals that touch are
// merged. Kept sorted in one vector: look-ups are O(log n), changes O(n) moves of 16 bytes, and n is capped by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tunic {

struct Interval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  constexpr std::uint64_t length() const { return end - begin; }
  friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

class IntervalSet {
 public:
  /// Adds [begin, end); returns how many offsets were not in the set before.
  std::uint64_t insert(std::uint64_t begin, std::uint64_t end);
  /// Removes [begin, end); returns how many offsets were in the set.
  std::uint64_t erase(std::uint64_t begin, std::uint64_t end);
  void clear() {
    intervals_.clear();
    total_ = 0;
  }

  bool contains(std::uint64_t offset) const;
  /// Whether all of [begin, end) is in the set.
  bool covers(std::uint64_t begin, std::uint64_t end) const;
  bool intersects(std::uint64_t begin, std::uint64_t end) const;
  /// The interval that contains `offset`, or the first one after it; nullptr if none.
  const Interval* at_or_after(std::uint64_t offset) const;
  /// The first maximal part of [begin, end) that is not in the set; empty (begin == end) if there is none.
  Interval first_gap(std::uint64_t begin, std::uint64_t end) const;

  const std::vector<Interval>& intervals() const { return intervals_; }
  bool empty() const { return intervals_.empty(); }
  std::size_t count() const { return intervals_.size(); }
  std::uint64_t total() const { return total_; }

 private:
  std::vector<Interval> intervals_;
  std::uint64_t total_ = 0;
};

}  // namespace tunic
