// What was sent and not yet cumulatively acknowledged: when, how often, and what the peer said of it.
//
// It is the retransmission queue and the SACK scoreboard in one (RFC 6675 §3 and §4's terms): an ordered list of disjoint
// transmissions that covers [SND.UNA, SND.NXT), and the ranges that are selectively acknowledged. It keeps the books; which
// octets are lost is the loss detector's decision, and what is resent when is recovery's.
//
// A peer chooses what is acknowledged, so no question may cost more than O(log n) (B5): searches begin where the last one
// ended, and what is selectively acknowledged side by side is one transmission.
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
  Instant sent_at;          ///< the last time
  std::uint32_t order = 0;  ///< of sendings: tells apart those of one instant; within one, numbers tell
  std::uint8_t times = 1;   ///< how often; of a sacked piece: its part that was sent most often
  bool sacked = false;      ///< selectively acknowledged; then neither lost nor resent
  bool lost = false;        ///< taken for lost, and ...
  bool resent = false;      ///< ... sent again since

  /// Octets of it that are believed to be in the network: SetPipe() of RFC 6675 §4, which counts what was sent again on
  /// suspicion twice.
  std::uint32_t in_flight() const {
    if (sacked) return 0;
    return (lost ? 0 : range.length()) + (resent ? range.length() : 0);
  }
};

/// What one acknowledgment delivered, cumulatively or selectively, that was not known to be delivered before.
struct Delivered {
  struct Sending {
    Instant sent_at;
    std::uint32_t order;
    SeqNum end;
  };
  std::uint32_t octets = 0;
  std::optional<Sending> latest;         ///< of what was sent once: what was sent last
  std::optional<Sending> latest_resent;  ///< of what was sent more than once
  std::optional<Sending> last;           ///< the last piece by its place, or of the last block
  bool last_resent = false;              ///< ... was sent more than once
  std::optional<SeqNum> lowest;          ///< where the lowest piece begins that was sent once
};

class Scoreboard {
 public:
  /// New data behind everything else. Merges with the last one if it was sent just before, at the same instant. Returns
  /// the order of the sending.
  std::uint32_t on_sent(SeqRange range, Instant now);

  struct Acked {
    std::uint32_t octets = 0;  ///< cumulatively acknowledged now
    std::optional<Instant>
        sent_at;  ///< of the first one that was not sacked, if all of those were sent once: an RTT sample
  };
  /// Forgets all before `una`.
  Acked on_ack(SeqNum una, Delivered& delivered);

  /// Marks what `block` covers; returns how many octets were not marked before. At `max_ranges` sacked ranges the highest
  /// one is forgotten: the cumulative acknowledgment will do.
  std::uint32_t on_sack(SeqRange block, std::size_t max_ranges, Delivered& delivered);
  /// The peer has thrown away what it had acknowledged selectively (RFC 2018 §8), or may have.
  void forget_sacks();

  /// Marks what is unsacked, not resent, and before `end` as lost; returns how many octets.
  std::uint32_t mark_lost_before(SeqNum end);
  /// Marks the first `octets` not sacked, even if they were resent: their resending was lost too.
  std::uint32_t mark_first_lost(std::uint32_t octets);
  /// Where the first piece of `range` begins whose last sending was this one and that has not arrived; its end: none does.
  SeqNum first_outstanding(SeqRange range, std::uint32_t order) const;
  /// Marks what is unsacked of `range` and was last sent by this sending; returns how many octets.
  std::uint32_t mark_lost(SeqRange range, std::uint32_t order);
  /// All that is not sacked is taken for lost and due to be resent (RFC 6298 §5.4, RFC 5681 §3.1), but for what was sent
  /// after `recent`.
  void mark_all_lost(Instant recent);
  /// What was taken for lost is in flight again: it was only late. So is what was sent of it a second time.
  void unmark_lost();

  /// The first piece of at most `max` octets that is lost and not resent since.
  std::optional<SeqRange> next_lost(std::uint32_t max) const;
  /// The first unsacked piece of at most `max` octets below the highest sacked octet that was not resent (RFC 6675
  /// NextSeg rule 3).
  std::optional<SeqRange> next_hole(std::uint32_t max) const;
  /// The last unsacked piece of at most `max` octets (NextSeg rule 4).
  /// Deviation (RFC 6675 §4): none if it was resent already, since a second copy at once rescues nothing.
  std::optional<SeqRange> last_unsacked(std::uint32_t max) const;
  /// Returns the order of the sending.
  std::uint32_t on_resent(SeqRange range, Instant now);
  /// The same for a probe: it counts once in what is in flight, as before.
  std::uint32_t on_probed(SeqRange range, Instant now);

  /// The sequence number below which RFC 6675's IsLost() holds: at least `threshold` separate sacked ranges above it, or
  /// more than (threshold - 1) × smss sacked octets.
  std::optional<SeqNum> lost_below(std::uint32_t threshold, std::uint32_t smss) const;

  bool empty() const { return first_ == transmissions_.size(); }
  /// Octets not cumulatively acknowledged.
  std::uint32_t outstanding() const {
    return empty() ? 0 : SeqRange{transmissions_[first_].range.begin, transmissions_.back().range.end}.length();
  }
  std::uint32_t in_flight() const { return in_flight_; }
  std::uint32_t sacked() const { return sacked_; }
  /// Octets taken for lost and not resent.
  std::uint32_t lost() const { return lost_unsent_; }
  std::size_t sacked_ranges() const { return sacked_ranges_.size(); }
  /// The end of the highest sacked range; nullopt: nothing is sacked.
  std::optional<SeqNum> highest_sacked() const;
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
  SeqRange add_sacked_range(SeqRange block);
  void join_sacked(SeqRange range);
  void unsack(SeqRange range);
  std::uint32_t send_again(SeqRange range, Instant now, bool probe);
  void release_memory();

  std::vector<Transmission> transmissions_;  // [first_, end) is in use: taking from the front moves nothing
  std::vector<SeqRange> sacked_ranges_;      // ordered, disjoint, not touching
  Index first_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint32_t sacked_ = 0;
  std::uint32_t lost_unsent_ = 0;  ///< lost and not resent
  std::uint32_t order_ = 0;        ///< of the last sending
  // Where searches begin. Before them there is nothing ...
  mutable SeqNum lost_from_;  ///< ... lost and not resent
  mutable SeqNum hole_from_;  ///< ... unsacked that was sent once
  SeqNum unmarked_from_;      ///< ... unsacked and sent once that is not marked as lost
};

}  // namespace tunic::tcp
