#include "udp/receive_queue.hpp"

#include "packet/compact.hpp"

namespace tunic::udp {

std::size_t ReceiveQueue::cost(const Datagram& datagram) {
  return datagram.payload.pinned() + sizeof(Datagram);
}

bool ReceiveQueue::push(Datagram datagram, std::size_t capacity, BlockPool& pool) {
  datagram.payload = compact(std::move(datagram.payload), pool);
  const std::size_t size = cost(datagram);
  if (!empty() && used_ + size > capacity) return false;
  used_ += size;
  datagrams_.push_back(std::move(datagram));
  return true;
}

void ReceiveQueue::pop() {
  used_ -= cost(front());
  datagrams_.pop_front();
}

}  // namespace tunic::udp
