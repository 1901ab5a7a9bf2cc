// Chain: a ring of slices with the stream position where each one ends. Takes, gives and shares slices; never copies the
// bytes they point to.
#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>

#include <tunic/packet_buffer.hpp>

#include "base/assert.hpp"

namespace tunic {

Chain::Chain(const Chain& other) {
  for (std::size_t i = 0; i < other.count_; ++i) push_back(other.slot(i).slice);
}

Chain& Chain::operator=(const Chain& other) {
  return *this = Chain(other);
}

const Slice& Chain::slice(std::size_t index) const {
  TUNIC_ASSERT(index < count_);
  return slot(index).slice;
}

Slice& Chain::slice(std::size_t index) {
  TUNIC_ASSERT(index < count_);
  return slot(index).slice;
}

std::size_t Chain::pinned() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count_; ++i) sum += slot(i).slice.pinned();
  return sum;
}

void Chain::push_back(Slice slice) {
  if (slice.empty()) return;
  size_ += slice.size();
  const std::uint64_t end = begin_ + size_;
  if (count_ > 0 && slot(count_ - 1).slice.join(slice)) {
    slot(count_ - 1).end = end;
    return;
  }
  if (count_ == capacity_) grow();
  slot(count_) = Slot{std::move(slice), end};
  ++count_;
}

Chain::Slot* Chain::ring_slots() const {
  return std::launder(reinterpret_cast<Slot*>(ring_->data));
}

void Chain::destroy_ring() noexcept {
  std::destroy_n(ring_slots(), capacity_);
  ring_->pool->release(std::exchange(ring_, nullptr));
}

/// Into a ring that fills its block as far as a power of two does.
void Chain::grow() {
  static_assert(alignof(Slot) <= alignof(Block) && sizeof(Block) % alignof(Slot) == 0, "a block's octets follow it");
  Block* wider = slot(0).slice.pool()->take(std::size_t{capacity_} * 2 * sizeof(Slot));
  const auto capacity = std::bit_floor(static_cast<std::uint32_t>(wider->capacity / sizeof(Slot)));
  auto* slots = reinterpret_cast<Slot*>(wider->data);
  std::uninitialized_value_construct_n(slots, capacity);
  for (std::size_t i = 0; i < count_; ++i) slots[i] = std::move(slot(i));
  drop_ring();
  ring_ = wider;
  head_ = 0;
  capacity_ = capacity;
}

void Chain::push_front(Slice slice) {
  const std::uint64_t end = begin_;
  size_ += slice.size();
  begin_ -= slice.size();
  if (count_ > 0 && slice.join(slot(0).slice)) {
    slot(0).slice = std::move(slice);
    return;
  }
  if (count_ == capacity_) grow();
  head_ = (head_ - 1) & (capacity_ - 1);
  slot(0) = Slot{std::move(slice), end};
  ++count_;
}

void Chain::append(Chain other) {
  if (other.count_ > count_) {
    for (std::size_t i = count_; i-- > 0;) other.push_front(std::move(slot(i).slice));
    *this = std::move(other);
    return;
  }
  for (std::size_t i = 0; i < other.count_; ++i) push_back(std::move(other.slot(i).slice));
}

std::span<std::byte> Chain::extend_back(std::size_t count) {
  if (count_ == 0) return {};
  Slot& last = slot(count_ - 1);
  const std::span<std::byte> grown = last.slice.extend(count);
  last.end += grown.size();
  size_ += grown.size();
  return grown;
}

void Chain::clear() {
  *this = Chain();
}

void Chain::pop_front() {
  slot(0) = Slot{};
  head_ = (head_ + 1) & (capacity_ - 1);
  --count_;
}

void Chain::trim_front(std::size_t count) {
  TUNIC_ASSERT(count <= size_);
  size_ -= count;
  begin_ += count;
  while (count_ > 0 && slot(0).end <= begin_) pop_front();
  if (count_ > 0) {
    Slot& first = slot(0);
    first.slice.trim_front(first.slice.size() - static_cast<std::size_t>(first.end - begin_));
  } else {
    clear();  // the ring goes back as well: the buffers of an idle connection cost nothing
  }
}

void Chain::trim_back(std::size_t count) {
  TUNIC_ASSERT(count <= size_);
  size_ -= count;
  while (count > 0) {
    Slot& last = slot(count_ - 1);
    const std::size_t cut = std::min(count, last.slice.size());
    last.slice.trim_back(cut);
    last.end -= cut;
    count -= cut;
    if (last.slice.empty()) {
      last = Slot{};
      --count_;
    }
  }
}

/// The slot that holds the byte at `offset`, which is inside the chain.
std::size_t Chain::index_of(std::size_t offset) const {
  const std::uint64_t position = begin_ + offset;
  std::size_t low = 0;
  std::size_t high = count_ - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (slot(middle).end <= position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Chain Chain::share(std::size_t offset, std::size_t length) const {
  TUNIC_ASSERT(offset <= size_ && length <= size_ - offset);
  Chain result;
  if (length == 0) return result;
  std::size_t index = index_of(offset);
  const Slot& first = slot(index);
  std::size_t skip = first.slice.size() - static_cast<std::size_t>(first.end - (begin_ + offset));
  while (length > 0) {
    const Slice& source = slot(index++).slice;
    const std::size_t taken = std::min(length, source.size() - skip);
    result.push_back(source.part(skip, taken));
    length -= taken;
    skip = 0;
  }
  return result;
}

std::size_t Chain::copy_to(std::span<std::byte> out, std::size_t offset) const {
  if (offset >= size_ || out.empty()) return 0;
  const std::size_t total = std::min(out.size(), size_ - offset);
  std::size_t index = index_of(offset);
  const Slot& first = slot(index);
  std::size_t skip = first.slice.size() - static_cast<std::size_t>(first.end - (begin_ + offset));
  for (std::size_t done = 0; done < total;) {
    const std::span<const std::byte> source = slot(index++).slice.bytes().subspan(skip);
    const std::size_t taken = std::min(total - done, source.size());
    std::memcpy(out.data() + done, source.data(), taken);
    done += taken;
    skip = 0;
  }
  return total;
}

std::vector<std::byte> Chain::to_vector() const {
  std::vector<std::byte> bytes(size_);
  copy_to(bytes);
  return bytes;
}

}  // namespace tunic
