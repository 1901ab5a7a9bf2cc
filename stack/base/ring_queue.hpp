// A queue that keeps its memory: once it was as long as it gets, it asks for no more, unlike std::deque, which takes and gives
// a block every few elements. What a burst has made very long goes back when it is empty.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace tunic {

template <typename T>
class RingQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() {
    TUNIC_ASSERT(size_ > 0);
    return slots_[head_];
  }
  void push_back(T element) {
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_) & (slots_.size() - 1)] = std::move(element);
    ++size_;
  }
  void pop_front() {
    front() = T();
    head_ = (head_ + 1) & (slots_.size() - 1);
    if (--size_ == 0 && slots_.size() > kKept) slots_ = std::vector<T>();
    if (size_ == 0) head_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 256;

  void grow() {
    std::vector<T> wider(slots_.empty() ? 16 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) wider[i] = std::move(slots_[(head_ + i) & (slots_.size() - 1)]);
    slots_ = std::move(wider);
    head_ = 0;
  }

  std::vector<T> slots_;  // a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tunic
