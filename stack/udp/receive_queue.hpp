// Datagrams that a socket has not read yet. RFC 768, RFC 1122 §4.1.3.5 (addresses go with the data).
//
// Memory is counted as it is pinned, with what a datagram costs besides; what does not fit is refused, the newest first.
#pragma once

#include <deque>

#include "udp/datagram.hpp"

namespace tunic::udp {

class ReceiveQueue {
 public:
  /// False: no room. One datagram always fits an empty queue.
  bool push(Datagram datagram, std::size_t capacity, BlockPool& pool);
  const Datagram& front() const { return datagrams_.front(); }
  void pop();
  bool empty() const { return datagrams_.empty(); }
  /// What is in use of the capacity.
  std::size_t used() const { return used_; }

 private:
  static std::size_t cost(const Datagram& datagram);

  std::deque<Datagram> datagrams_;
  std::size_t used_ = 0;
};

}  // namespace tunic::udp
