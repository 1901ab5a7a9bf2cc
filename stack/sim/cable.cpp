// Nothing but the way from one stack's sink to the other's receive().
#include "sim/cable.hpp"

namespace tunic::sim {

void Cable::send(PacketBuffer packet, Instant now) {
  if (entry_) entry_(packet, now);
  Slice block = to_.pool().allocate(packet.size());
  packet.copy_to(block.writable());
  block.trim_back(block.size() - packet.size());
  impairment_.push(PacketBuffer(Chain(std::move(block))), now);
}

bool Cable::deliver(Instant now) {
  bool any = false;
  while (auto packet = impairment_.pop(now)) {
    if (exit_) exit_(*packet, now);
    to_.receive(std::move(*packet), now);
    any = true;
  }
  return any;
}

}  // namespace tunic::sim
