// One direction of a bad link: it loses, repeats, reorders, damages, marks, delays and slows packets, by a seed.
//
//     push ─▶ size limit ─▶ rule, then chances ─▶ queue and rate ─▶ delay ─▶ pop
//
// Used by simulation and device alike. Integers only, so that a seed gives the same bytes everywhere. RFC 3168 §5 for marks.
// It takes wire packets: whoever has offloads turns them off below it. It must not know connections: a rule sees absolute
// sequence numbers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <tunic/observer.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/random.hpp>
#include <tunic/time.hpp>

#include "base/random.hpp"

namespace tunic::link {

/// What may happen to one packet.
enum class Fate : std::uint8_t {
  Pass,
  Drop,
  Duplicate,  ///< delivered twice
  Reorder,    ///< held back behind later ones
  Corrupt,    ///< one to three bits changed
  Mark,       ///< CE instead of ECT; what is not ECT passes as it is
};

/// Decides on TCP segments; `count` is 1 for the first segment that comes. Pass leaves the packet to the chances. Other
/// packets, and segments that cannot be read, are left to the chances without being asked about.
using Rule = std::function<Fate(const SegmentInfo& segment, std::uint64_t count)>;

/// `fate` for the `n`th segment that `matches` is true of, counted from 1: on_nth(1, is_fin, Fate::Drop).
Rule on_nth(std::uint64_t n, std::function<bool(const SegmentInfo&)> matches, Fate fate);
bool carries_data(const SegmentInfo& segment);
bool is_syn(const SegmentInfo& segment);
bool is_fin(const SegmentInfo& segment);
bool is_pure_ack(const SegmentInfo& segment);

inline constexpr std::uint32_t kCertain = 10000;

/// Chances are parts in 10000 and independent of each other: 250 is 2.5 %.
struct Conditions {
  Seed seed{};
  Rule rule{};
  std::uint32_t drop = 0;
  std::uint32_t duplicate = 0;
  std::uint32_t reorder = 0;
  std::uint32_t corrupt = 0;
  std::uint32_t mark = 0;
  std::uint32_t reorder_behind = 3;                         ///< a held packet goes when so many (>= 1) later ones have,
  Duration reorder_at_most = std::chrono::milliseconds(5);  ///< or after this
  Duration delay{};                                         ///< from the end of sending to arrival
  std::uint64_t bits_per_second = 0;                        ///< 0: sending takes no time
  std::uint32_t queue_packets = 0;                          ///< that wait to be sent at that rate; 0: no limit
  std::uint32_t queue_bytes = 0;                            ///< 0: no limit
  std::uint32_t size_limit = 0;                             ///< longer packets are dropped; 0: no limit
};

class Impairment {
 public:
  /// Changed packets are copied into blocks of `pool`, which must outlive all packets that come out. `observer` hears of
  /// what happens to packets (Why::Link…): Drop, Hold for those held back, and Send for repeated, damaged and marked ones.
  Impairment(const Conditions& conditions, BlockPool& pool, Observer* observer = nullptr);

  /// Time never goes back from call to call.
  void push(PacketBuffer packet, Instant now);
  /// The next packet that has arrived at `now`, in the order of arrival; of those that arrive together in that of push().
  std::optional<PacketBuffer> pop(Instant now);
  /// When pop() will give something; kNever: nothing is on the way.
  Instant next_deadline() const;

 private:
  // What is on the way, by the time of arrival; the number keeps the order of what arrives together.
  using Place = std::pair<Instant, std::uint64_t>;
  struct Held {
    Place place;
    std::uint32_t behind;  // so many later packets have to go first
  };
  struct Queued {
    Instant sent;
    std::size_t size;
  };

  void transmit(PacketBuffer packet, Instant now, bool reorder);
  /// Nothing if the queue is full.
  std::optional<Instant> sent_at(const PacketBuffer& packet, Instant now);
  void release_held(Instant arrival);
  bool happens(std::uint32_t chance) { return random_.chance(chance, kCertain); }
  PacketBuffer damaged(const PacketBuffer& packet);
  bool mark(PacketBuffer& packet);
  PacketBuffer private_copy(const PacketBuffer& packet);
  void report(EventKind kind, Why why, const PacketBuffer& packet, Instant now);

  Conditions conditions_;
  BlockPool& pool_;
  Observer* observer_;
  Random random_;
  std::uint64_t segments_ = 0;

  std::deque<Queued> queue_;  // being sent or waiting for it
  std::size_t queued_bytes_ = 0;
  Instant link_free_{};  // when the last of them will have been sent

  std::map<Place, PacketBuffer> on_the_way_;
  std::uint64_t next_number_ = 0;
  std::vector<Held> held_;  // those on the way that wait for later ones
};

}  // namespace tunic::link
