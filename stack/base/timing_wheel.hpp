// Many deadlines, O(1) to set, move and cancel. Deadlines stay exact: an entry is due at its instant, not at its slot's.
//
// A hierarchical wheel: level 0 has slots of 2^20 ns (about a millisecond), each level above 64 times that. Entries due at
// the same instant come out in the order in which they were set, so a run is repeatable. Instants before the epoch are due
// at once. A slot is sorted when its turn comes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tunic/time.hpp>

namespace tunic {

class TimingWheel {
 public:
  using Handle = std::uint32_t;
  static constexpr Handle kNone = 0xffffffff;

  TimingWheel() { heads_.fill(kNone); }

  /// `cookie` comes back from pop_due, which ends the handle's life as cancel() does. A deadline in the past is due at once.
  Handle set(Instant deadline, std::uint64_t cookie);
  /// As set, for an entry that exists; does nothing if the deadline stays.
  void move(Handle handle, Instant deadline);
  void cancel(Handle handle);
  Instant deadline(Handle handle) const;

  /// No entry is due before this. Exact when the earliest entry lies in the current turn of level 0 (64 slots, about 67
  /// ms) and none of its slot that was earlier has been cancelled or moved, else it is what that one had, or the begin of the
  /// entry's slot: whoever wakes up then finds nothing due and asks again. O(1), however many entries share the slot.
  Instant next_deadline() const;
  /// Takes out one entry with deadline <= now, earliest first.
  std::optional<std::uint64_t> pop_due(Instant now);

  std::size_t size() const { return size_; }

 private:
  // Entries live in one vector and are linked by index; freed ones are chained.
  struct Entry {
    Instant deadline;
    std::uint64_t order;
    std::uint64_t cookie;
    std::uint32_t previous;
    std::uint32_t next;
    std::uint16_t slot;
  };
  static constexpr int kSlotBits = 6;
  static constexpr int kSlots = 1 << kSlotBits;
  static constexpr int kLevels = 8;  // 2^(20+48) ns: more than any Instant
  static constexpr int kTickShift = 20;
  /// A slot that holds entries, and its first tick.
  struct Place {
    int level;
    int slot;
    std::uint64_t tick;
  };

  static std::uint64_t tick_of(Instant at);
  bool earlier(std::uint32_t a, std::uint32_t b) const;
  void link(std::uint32_t index);
  void link_before(std::uint32_t index, std::uint32_t next);
  void unlink(std::uint32_t index);
  void release(std::uint32_t index);
  std::optional<Place> first_place() const;
  void cascade(const Place& place);
  void sort_slot(int slot);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> scratch_;  // for sorting, kept to spare allocations
  // The lists are rings: the head's `previous` is the last one. Every entry's tick is at or after current_tick_ and agrees
  // with it above its level; so in each level only slots from the current one on are occupied.
  std::array<std::uint32_t, std::size_t{kLevels} * kSlots> heads_;
  std::array<std::uint64_t, kLevels> occupied_{};  // a bit per slot
  std::uint64_t sorted_ = 0;                       // a bit per slot of level 0
  std::array<Instant, kSlots> earliest_{};         // a lower bound for each slot of level 0 that is not sorted
  std::uint64_t current_tick_ = 0;
  std::uint64_t next_order_ = 0;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace tunic
