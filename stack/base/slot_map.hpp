// Objects with stable addresses, named by an index and a generation: a stale name finds nothing. O(1) everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace tunic {

struct SlotKey {
  std::uint32_t index = 0xffffffff;
  std::uint32_t generation = 0;
  constexpr bool valid() const { return index != 0xffffffff; }
  friend constexpr bool operator==(const SlotKey&, const SlotKey&) = default;
};

/// Slots are kept in pages, so that objects never move and an empty map costs nothing. A page is freed with the map only.
template <typename T, std::size_t kPageSize = 64>
class SlotMap {
 public:
  SlotMap() = default;
  SlotMap(const SlotMap&) = delete;
  SlotMap& operator=(const SlotMap&) = delete;
  ~SlotMap() {
    for (std::uint32_t index = 0; index < pages_.size() * kPageSize; ++index) {
      if (slot(index).occupied) object(slot(index))->~T();
    }
  }

  template <typename... Args>
  SlotKey emplace(Args&&... args) {
    if (free_ == kNone) add_page();
    const std::uint32_t index = free_;
    Slot& s = slot(index);
    ::new (static_cast<void*>(s.storage)) T(std::forward<Args>(args)...);
    free_ = s.next_free;
    s.occupied = true;
    ++size_;
    return SlotKey{index, s.generation};
  }
  /// nullptr for a key whose object is gone.
  T* find(SlotKey key) {
    if (key.index >= pages_.size() * kPageSize) return nullptr;
    Slot& s = slot(key.index);
    return s.occupied && s.generation == key.generation ? object(s) : nullptr;
  }
  const T* find(SlotKey key) const { return const_cast<SlotMap*>(this)->find(key); }
  /// By index alone, for who knows that the object is there.
  T& at(std::uint32_t index) { return *object(slot(index)); }
  SlotKey key_at(std::uint32_t index) { return SlotKey{index, slot(index).generation}; }
  bool erase(SlotKey key) {
    T* found = find(key);
    if (found == nullptr) return false;
    found->~T();
    Slot& s = slot(key.index);
    s.occupied = false;
    ++s.generation;
    s.next_free = free_;
    free_ = key.index;
    --size_;
    return true;
  }
  /// For who goes round in steps: indices are below slot_count(), and some of them are free.
  std::size_t slot_count() const { return pages_.size() * kPageSize; }
  T* find_at(std::size_t index) {
    Slot& s = slot(static_cast<std::uint32_t>(index));
    return s.occupied ? object(s) : nullptr;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Calls f(SlotKey, T&) for each object in index order; f may erase the object it was given.
  template <typename F>
  void for_each(F&& f) {
    for (std::uint32_t index = 0; index < pages_.size() * kPageSize; ++index) {
      Slot& s = slot(index);
      if (s.occupied) f(SlotKey{index, s.generation}, *object(s));
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Slot {
    alignas(T) std::byte storage[sizeof(T)];
    std::uint32_t generation = 1;
    std::uint32_t next_free = kNone;
    bool occupied = false;
  };
  static T* object(Slot& s) { return std::launder(reinterpret_cast<T*>(s.storage)); }
  Slot& slot(std::uint32_t index) { return pages_[index / kPageSize][index % kPageSize]; }
  void add_page() {
    const auto base = static_cast<std::uint32_t>(pages_.size() * kPageSize);
    pages_.push_back(std::make_unique<Slot[]>(kPageSize));
    for (std::uint32_t i = kPageSize; i-- > 0;) {
      pages_.back()[i].next_free = free_;
      free_ = base + i;
    }
  }

  std::vector<std::unique_ptr<Slot[]>> pages_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace tunic
