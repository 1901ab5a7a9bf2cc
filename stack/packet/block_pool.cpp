// Slices and the pool of their blocks. A block and its bytes are one allocation; freed blocks wait in a list per size
// class, as far as the pool's cap allows.
#include <algorithm>
#include <cstring>
#include <new>

#include <tunic/packet_buffer.hpp>

#include "base/assert.hpp"

namespace tunic {

Slice Slice::part(std::size_t offset, std::size_t length) const {
  TUNIC_ASSERT(offset <= length_ && length <= length_ - offset);
  Slice result = *this;
  result.offset_ += static_cast<std::uint32_t>(offset);
  result.length_ = static_cast<std::uint32_t>(length);
  return result;
}

void Slice::trim_front(std::size_t count) {
  TUNIC_ASSERT(count <= length_);
  offset_ += static_cast<std::uint32_t>(count);
  length_ -= static_cast<std::uint32_t>(count);
}

void Slice::trim_back(std::size_t count) {
  TUNIC_ASSERT(count <= length_);
  length_ -= static_cast<std::uint32_t>(count);
}

std::span<std::byte> Slice::extend(std::size_t count) {
  const std::size_t old_length = length_;
  const std::size_t grown = std::min(count, tail_room());
  length_ += static_cast<std::uint32_t>(grown);
  return writable().subspan(old_length);
}

bool Slice::join(const Slice& next) {
  if (block_ == nullptr || block_ != next.block_ || offset_ + length_ != next.offset_) return false;
  length_ += next.length_;
  return true;
}

namespace {

/// The class of the smallest blocks with at least `size` bytes; kClasses.size() for sizes beyond the largest.
std::size_t size_class(std::size_t size) {
  std::size_t index = 0;
  while (index < BlockPool::kClasses.size() && BlockPool::kClasses[index] < size) ++index;
  return index;
}

}  // namespace

BlockPool::BlockPool(std::size_t max_free_bytes) : max_free_bytes_(max_free_bytes) {}

BlockPool::~BlockPool() {
  TUNIC_ASSERT(blocks_in_use_ == 0);
  for (const auto& blocks : free_) {
    for (Block* block : blocks) destroy(block);
  }
}

Slice BlockPool::allocate(std::size_t size) {
  Block* block = take(size);
  return Slice(block, 0, block->capacity);
}

/// With one reference.
Block* BlockPool::take(std::size_t size) {
  const std::size_t index = size_class(size);
  Block* block = nullptr;
  if (index < free_.size() && !free_[index].empty()) {
    block = free_[index].back();
    free_[index].pop_back();
    free_bytes_ -= block->capacity;
  } else {
    const auto capacity = index < kClasses.size() ? kClasses[index] : static_cast<std::uint32_t>(size);
    auto* storage = static_cast<std::byte*>(::operator new(sizeof(Block) + capacity));
    block = ::new (static_cast<void*>(storage)) Block{this, storage + sizeof(Block), capacity, 0};
  }
  block->references = 1;
  in_use_ += block->capacity;
  ++blocks_in_use_;
  return block;
}

Slice BlockPool::copy(std::span<const std::byte> bytes) {
  Slice slice = allocate(bytes.size());
  slice.trim_back(slice.size() - bytes.size());
  if (!bytes.empty()) std::memcpy(slice.writable().data(), bytes.data(), bytes.size());
  return slice;
}

Slice BlockPool::fitted(Slice& room, std::size_t size) {
  constexpr std::size_t kFairPart = 4;
  if (size <= room.size() / kFairPart) return copy(room.bytes().first(size));
  Slice whole = std::exchange(room, Slice());
  whole.trim_back(whole.size() - size);
  return whole;
}

void BlockPool::release(Block* block) noexcept {
  in_use_ -= block->capacity;
  --blocks_in_use_;
  const std::size_t index = size_class(block->capacity);
  if (index == kClasses.size() || free_bytes_ + block->capacity > max_free_bytes_) {
    destroy(block);
    return;
  }
  free_bytes_ += block->capacity;
  free_[index].push_back(block);
}

void BlockPool::destroy(Block* block) noexcept {
  ::operator delete(static_cast<void*>(block));  // Block itself has nothing to destroy
}

}  // namespace tunic
