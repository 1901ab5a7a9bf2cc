// A look-up; see live_flows.hpp.
#include "replay/live_flows.hpp"

namespace tunic::replay {

std::optional<std::size_t> LiveFlows::find(const Packet& packet) {
  const auto fragment = std::pair(packet.ip.destination, packet.ip.identification);
  if (packet.ip.fragment_offset != 0) {
    const auto first = fragments_.find(fragment);
    return first == fragments_.end() ? std::nullopt : std::optional(first->second);
  }
  std::optional<std::size_t> found;
  for (const std::size_t flow : recording_.flows_of(packet)) {
    if (begun_[flow] || !found) found = flow;
  }
  if (found && packet.ip.more_fragments) fragments_[fragment] = *found;
  return found;
}

}  // namespace tunic::replay
