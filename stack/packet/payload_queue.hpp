// What a socket has not read yet: messages, each with a chain `payload`, in order.
//
// Memory is counted as it is pinned, with what a message costs besides; what does not fit is refused, the newest first.
#pragma once

#include <deque>
#include <utility>

#include "packet/compact.hpp"

namespace tunic {

template <typename Message>
class PayloadQueue {
 public:
  /// False: no room. One message always fits an empty queue.
  bool push(Message message, std::size_t capacity, BlockPool& pool) {
    message.payload = compact(std::move(message.payload), pool);
    const std::size_t size = cost(message);
    if (!empty() && used_ + size > capacity) return false;
    used_ += size;
    messages_.push_back(std::move(message));
    return true;
  }
  const Message& front() const { return messages_.front(); }
  void pop() {
    used_ -= cost(front());
    messages_.pop_front();
  }
  bool empty() const { return messages_.empty(); }
  /// What is in use of the capacity.
  std::size_t used() const { return used_; }

 private:
  static std::size_t cost(const Message& message) { return message.payload.pinned() + sizeof(Message); }

  std::deque<Message> messages_;
  std::size_t used_ = 0;
};

}  // namespace tunic
