// TCP sequence numbers and ranges of them. RFC 9293 §3.4: arithmetic modulo 2^32.
//
// There is no operator< on purpose: "before" has a meaning only for numbers less than 2^31 apart.
#pragma once

#include <cstdint>

namespace tunic {

class SeqNum {
 public:
  constexpr SeqNum() = default;
  constexpr explicit SeqNum(std::uint32_t value) : value_(value) {}
  constexpr std::uint32_t value() const { return value_; }

  friend constexpr bool operator==(SeqNum, SeqNum) = default;
  friend constexpr SeqNum operator+(SeqNum seq, std::uint32_t count) { return SeqNum(seq.value_ + count); }
  friend constexpr SeqNum operator-(SeqNum seq, std::uint32_t count) { return SeqNum(seq.value_ - count); }
  constexpr SeqNum& operator+=(std::uint32_t count) {
    value_ += count;
    return *this;
  }
  /// The signed distance from b to a, right for numbers less than 2^31 apart.
  friend constexpr std::int32_t operator-(SeqNum a, SeqNum b) { return static_cast<std::int32_t>(a.value_ - b.value_); }

 private:
  std::uint32_t value_ = 0;
};

constexpr bool before(SeqNum a, SeqNum b) {
  return a - b < 0;
}
constexpr bool at_or_before(SeqNum a, SeqNum b) {
  return a - b <= 0;
}
constexpr bool after(SeqNum a, SeqNum b) {
  return a - b > 0;
}
constexpr bool at_or_after(SeqNum a, SeqNum b) {
  return a - b >= 0;
}
constexpr SeqNum earlier_of(SeqNum a, SeqNum b) {
  return before(a, b) ? a : b;
}
constexpr SeqNum later_of(SeqNum a, SeqNum b) {
  return after(a, b) ? a : b;
}

/// Whether `seq` lies in [start, start + length).
constexpr bool in_window(SeqNum seq, SeqNum start, std::uint32_t length) {
  return seq.value() - start.value() < length;
}

/// [begin, end)
struct SeqRange {
  SeqNum begin;
  SeqNum end;

  constexpr std::uint32_t length() const { return end.value() - begin.value(); }
  constexpr bool empty() const { return begin == end; }
  constexpr bool contains(SeqNum seq) const { return in_window(seq, begin, length()); }
  friend constexpr bool operator==(const SeqRange&, const SeqRange&) = default;
};

}  // namespace tunic
