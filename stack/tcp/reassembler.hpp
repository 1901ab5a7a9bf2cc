// Data beyond a hole: held until the hole is filled. RFC 9293 §3.10.7.4 (SHLD-31), RFC 2018 §3 and §4 for what is told.
//
// The octets that came first win (B49). Ranges and pinned bytes are capped; at the cap the farthest octets are given up (B48).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tunic/packet_buffer.hpp>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class Reassembler {
 public:
  struct Limits {
    std::size_t ranges;
    std::size_t pinned;  ///< bytes
  };

  /// Takes `bytes`, which begin at `begin`, as far as they are new. False: nothing was kept for lack of room.
  bool insert(SeqNum begin, const Chain& bytes, const Limits& limits, BlockPool& pool);
  /// `bytes` are in order: they leave at once, with all that follows them without a hole. What was held stays as it came.
  Chain fill(SeqNum begin, const Chain& bytes, BlockPool& pool);
  /// What is in order from `nxt` on, and no longer held.
  Chain take(SeqNum nxt);
  void clear();

  /// Behind the highest octet held; nullopt: none is.
  std::optional<SeqNum> end() const { return held_.empty() ? std::nullopt : std::optional(held_.back().range.end); }
  bool empty() const { return held_.empty(); }
  std::size_t octets() const { return octets_; }
  /// Bytes of memory that the held octets keep.
  std::size_t pinned() const { return pinned_; }
  std::size_t ranges() const { return held_.size(); }
  /// Whether all of `range` is held already.
  bool covers(SeqRange range) const;
  /// The first part of `range` that is held already; empty: nothing of it is.
  SeqRange held_part(SeqRange range) const;
  /// Blocks for a SACK option, the one that the latest arrival belongs to first (RFC 2018 §4). Returns how many.
  std::size_t sack_blocks(std::span<SeqRange> out) const;

 private:
  struct Held {
    SeqRange range;
    Chain bytes;
  };
  std::size_t at_or_after(SeqNum seq) const;  // first whose end is after seq
  void insert_new_parts(SeqNum begin, const Chain& bytes, BlockPool& pool);
  void remember(SeqNum begin);
  void insert_piece(SeqNum begin, Chain bytes, BlockPool& pool);
  void append_compact_counted(Chain& chain, Chain bytes, BlockPool& pool);
  void give_up_last_slice();

  std::vector<Held> held_;  // ordered, disjoint, not touching
  std::size_t octets_ = 0;
  std::size_t pinned_ = 0;
  std::array<SeqNum, 4> recent_{};  // where the latest arrivals began, newest first, one of each range
  std::uint8_t recent_count_ = 0;
};

}  // namespace tunic::tcp
