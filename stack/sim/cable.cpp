// Nothing but the way from one stack's sink to the other's receive().
#include "sim/cable.hpp"

#include "segment/wire_packets.hpp"

namespace tunic::sim {

DeviceCapabilities Cable::capabilities() const {
  const bool takes = super_segments_ != SuperSegments::None;
  return {.checksum_offload = takes, .segmentation_offload = takes};
}

void Cable::send(PacketBuffer packet, Instant now) {
  if (super_segments_ != SuperSegments::Cut) return enter(packet, now);
  WirePackets pieces(std::move(packet), to_.pool());
  while (const auto piece = pieces.next()) enter(*piece, now);
}

void Cable::enter(const PacketBuffer& packet, Instant now) {
  if (entry_) entry_(packet, now);
  Slice block = to_.pool().allocate(packet.size());
  packet.copy_to(block.writable());
  block.trim_back(block.size() - packet.size());
  PacketBuffer copy{Chain(std::move(block))};
  copy.offload = packet.offload;
  copy.offload.checksum_valid = packet.offload.checksum_partial;  // it has been on no wire
  impairment_.push(std::move(copy), now);
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
