// What was sent and not yet cumulatively acknowledged: when, how often, and what the peer said of it.
//
// It is the retransmission queue and the SACK scoreboard in one (RFC 6675 §3 and §4's terms): an ordered list of disjoint
// transmissions that covers [SND.UNA, SND.NXT). It keeps the books; which octets are lost is the loss detector's
// decision, and what is resent when is recovery's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tunic/time.hpp>

#include "base/seq_num.hpp"

namespace tunic::tcp {

/// One contiguous piece of sequence space that was last sent at one instant and has one fate.
struct Transmission {
  SeqRange range;
  Instant sent_at;         ///< the last time
  std::uint8_t times = 1;  ///< how often
  bool sacked = false;     ///< selectively acknowledged
  bool lost = false;       ///< taken for lost, and ...
  bool resent = false;     ///< ... sent again since

  /// Octets of it that are believed to be in the network.
  std::uint32_t in_flight() const { return sacked || (lost && !resent) ? 0 : range.length(); }
};

class Scoreboard {
 public:
  /// New data behind everything else. Merges with the last one if it was sent at the same instant.
  void on_sent(SeqRange range, Instant now);

  struct Acked {
    std::uint32_t octets = 0;            ///< cumulatively acknowledged now
    std::uint32_t octets_delivered = 0;  ///< of these, not selectively acknowledged before
    std::optional<Instant>
        sent_at;  ///< of the last one that was not sacked, if all of those were sent once: an RTT sample
  };
  /// Forgets all before `una`.
  Acked on_ack(SeqNum una);

  /// Marks what `block` covers; returns how many octets were not marked before. Ignored at `max_ranges` sacked ranges
  /// (the cumulative acknowledgment will do).
  std::uint32_t on_sack(SeqRange block, std::size_t max_ranges);
  /// The peer has thrown away what it had acknowledged selectively (RFC 2018 §8), or may have.
  void forget_sacks();

  /// Marks what is unsacked, not resent, and before `end` as lost; returns how many octets.
  std::uint32_t mark_lost_before(SeqNum end);
  /// Marks the first `octets` not sacked, even if they were resent: their resending was lost too.
  std::uint32_t mark_first_lost(std::uint32_t octets);
  /// All that is not sacked is taken for lost and due to be resent (RFC 6298 §5.4, RFC 5681 §3.1).
  void mark_all_lost();

  /// The first piece of at most `max` octets that is lost and not resent since.
  std::optional<SeqRange> next_lost(std::uint32_t max) const;
  /// The first unsacked piece of at most `max` octets below the highest sacked octet that was not resent (RFC 6675
  /// NextSeg rule 3).
  std::optional<SeqRange> next_hole(std::uint32_t max) const;
  /// The last unsacked piece of at most `max` octets (NextSeg rule 4).
  /// Deviation (RFC 6675 §4): none if it was resent already, since a second copy at once rescues nothing.
  std::optional<SeqRange> last_unsacked(std::uint32_t max) const;
  void on_resent(SeqRange range, Instant now);

  /// The sequence number below which RFC 6675's IsLost() holds: at least `threshold` separate sacked ranges above it, or
  /// more than (threshold - 1) × smss sacked octets.
  std::optional<SeqNum> lost_below(std::uint32_t threshold, std::uint32_t smss) const;

  bool empty() const { return first_ == transmissions_.size(); }
  std::uint32_t in_flight() const { return in_flight_; }
  std::uint32_t sacked() const { return sacked_; }
  std::size_t sacked_ranges() const;
  bool first_is_sacked() const { return !empty() && transmissions_[first_].sacked; }
  bool has_lost() const { return lost_unsent_ > 0; }
  std::span<const Transmission> transmissions() const { return std::span(transmissions_).subspan(first_); }

 private:
  using Index = std::size_t;
  /// The transmission that contains `seq`, or the number after the last.
  Index find(SeqNum seq) const;
  /// Makes `seq` a border; returns the transmission that begins there.
  Index split(SeqNum seq);
  template <typename F>
  void change(Index index, F&& f);  // keeps the sums right
  void release_memory();

  std::vector<Transmission> transmissions_;  // [first_, end) is in use: taking from the front moves nothing
  Index first_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint32_t sacked_ = 0;
  std::uint32_t lost_unsent_ = 0;  ///< lost and not resent
};

}  // namespace tunic::tcp
