// The hierarchical timing wheel. The level of an entry is that of the highest bit in which its tick differs from the
// wheel's, so moving the wheel forward touches only entries whose slot begins. Knows nothing of what the timers are for.
#include "base/timing_wheel.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#include "base/assert.hpp"

namespace tunic {

std::uint64_t TimingWheel::tick_of(Instant at) {
  const auto nanoseconds = std::max(at.time_since_epoch().count(), Clock::rep{0});
  return static_cast<std::uint64_t>(nanoseconds) >> kTickShift;
}

bool TimingWheel::earlier(std::uint32_t a, std::uint32_t b) const {
  return std::tie(entries_[a].deadline, entries_[a].order) < std::tie(entries_[b].deadline, entries_[b].order);
}

TimingWheel::Handle TimingWheel::set(Instant deadline, std::uint64_t cookie) {
  if (free_ == kNone) {
    free_ = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(Entry{.next = kNone});
  }
  const Handle handle = free_;
  Entry& entry = entries_[handle];
  free_ = entry.next;
  entry.deadline = deadline;
  entry.order = next_order_++;
  entry.cookie = cookie;
  link(handle);
  ++size_;
  return handle;
}

void TimingWheel::move(Handle handle, Instant deadline) {
  Entry& entry = entries_[handle];
  if (entry.deadline == deadline) return;
  unlink(handle);
  entry.deadline = deadline;
  entry.order = next_order_++;
  link(handle);
}

void TimingWheel::cancel(Handle handle) {
  unlink(handle);
  release(handle);
}

Instant TimingWheel::deadline(Handle handle) const {
  return entries_[handle].deadline;
}

Instant TimingWheel::next_deadline() const {
  const auto place = first_place();
  if (!place) return kNever;
  if (place->level > 0) return Instant(Duration(static_cast<Clock::rep>(place->tick << kTickShift)));
  const auto slot = static_cast<std::size_t>(place->slot);
  return (sorted_ >> slot & 1) != 0 ? entries_[heads_[slot]].deadline : earliest_[slot];
}

std::optional<std::uint64_t> TimingWheel::pop_due(Instant now) {
  const std::uint64_t now_tick = tick_of(now);
  while (const auto place = first_place()) {
    if (place->tick > now_tick) break;
    current_tick_ = place->tick;
    if (place->level > 0) {
      cascade(*place);
      continue;
    }
    sort_slot(place->slot);
    const std::uint32_t head = heads_[static_cast<std::size_t>(place->slot)];
    if (entries_[head].deadline > now) break;
    const std::uint64_t cookie = entries_[head].cookie;
    unlink(head);
    release(head);
    return cookie;
  }
  // Nothing lies between the wheel's tick and now's: entries set from here on are placed, and found, more exactly.
  current_tick_ = std::max(current_tick_, now_tick);
  return std::nullopt;
}

/// Puts the entry into the slot that its deadline calls for; one of the past into the current slot.
void TimingWheel::link(std::uint32_t index) {
  Entry& entry = entries_[index];
  const std::uint64_t tick = std::max(tick_of(entry.deadline), current_tick_);
  const int level = (63 - std::countl_zero((tick ^ current_tick_) | 1)) / kSlotBits;
  const int slot = static_cast<int>(tick >> (level * kSlotBits)) & (kSlots - 1);
  entry.slot = static_cast<std::uint16_t>(level * kSlots + slot);
  std::uint32_t& head = heads_[entry.slot];
  if (level == 0) {
    Instant& earliest = earliest_[static_cast<std::size_t>(slot)];
    earliest = head == kNone ? entry.deadline : std::min(earliest, entry.deadline);
  }
  if (head == kNone) {
    entry.previous = entry.next = head = index;
    occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << slot;
    return;
  }
  if (level > 0 || (sorted_ >> slot & 1) == 0) {
    link_before(index, head);
    return;
  }
  // A slot whose turn it is stays sorted. What is set now is mostly due last, so look from the end.
  std::uint32_t next = head;
  while (earlier(index, entries_[next].previous)) {
    next = entries_[next].previous;
    if (next == head) {
      head = index;
      break;
    }
  }
  link_before(index, next);
}

void TimingWheel::link_before(std::uint32_t index, std::uint32_t next) {
  const std::uint32_t previous = entries_[next].previous;
  entries_[index].previous = previous;
  entries_[index].next = next;
  entries_[previous].next = index;
  entries_[next].previous = index;
}

void TimingWheel::unlink(std::uint32_t index) {
  const Entry& entry = entries_[index];
  std::uint32_t& head = heads_[entry.slot];
  if (entry.next == index) {
    head = kNone;
    const std::uint64_t bit = std::uint64_t{1} << (entry.slot % kSlots);
    occupied_[entry.slot / kSlots] &= ~bit;
    if (entry.slot < kSlots) sorted_ &= ~bit;
    return;
  }
  entries_[entry.previous].next = entry.next;
  entries_[entry.next].previous = entry.previous;
  if (head == index) head = entry.next;
}

void TimingWheel::release(std::uint32_t index) {
  TUNIC_ASSERT(size_ > 0);
  entries_[index].next = free_;
  free_ = index;
  --size_;
}

std::optional<TimingWheel::Place> TimingWheel::first_place() const {
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t occupied = occupied_[static_cast<std::size_t>(level)];
    if (occupied == 0) continue;
    const int slot = std::countr_zero(occupied);
    const int shift = level * kSlotBits;
    const std::uint64_t above = current_tick_ >> shift >> kSlotBits;
    return Place{level, slot, ((above << kSlotBits) | static_cast<std::uint64_t>(slot)) << shift};
  }
  return std::nullopt;
}

/// The wheel stands at the begin of this slot: its entries go to lower levels, in their order.
void TimingWheel::cascade(const Place& place) {
  const auto level = static_cast<std::size_t>(place.level);
  const std::size_t slot = level * kSlots + static_cast<std::size_t>(place.slot);
  const std::uint32_t head = heads_[slot];
  heads_[slot] = kNone;
  occupied_[level] &= ~(std::uint64_t{1} << place.slot);
  std::uint32_t index = head;
  do {
    const std::uint32_t next = entries_[index].next;
    link(index);
    index = next;
  } while (index != head);
}

void TimingWheel::sort_slot(int slot) {
  if ((sorted_ >> slot & 1) != 0) return;
  sorted_ |= std::uint64_t{1} << slot;
  std::uint32_t& head = heads_[static_cast<std::size_t>(slot)];
  scratch_.clear();
  std::uint32_t index = head;
  do {
    scratch_.push_back(index);
    index = entries_[index].next;
  } while (index != head);
  std::ranges::sort(scratch_, [this](std::uint32_t a, std::uint32_t b) { return earlier(a, b); });
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    entries_[scratch_[i]].next = scratch_[(i + 1) % scratch_.size()];
    entries_[scratch_[(i + 1) % scratch_.size()]].previous = scratch_[i];
  }
  head = scratch_.front();
}

}  // namespace tunic
