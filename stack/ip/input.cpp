#include "ip/input.hpp"

#include <algorithm>

namespace tunic::ip {

bool Addresses::is_local(Ipv4Address address) const {
  return address.is_loopback() ||
         std::any_of(prefixes_.begin(), prefixes_.end(), [&](const Ipv4Prefix& p) { return p.address == address; });
}

bool Addresses::is_group(Ipv4Address address) const {
  return address.is_multicast() || address.is_limited_broadcast() ||
         std::any_of(prefixes_.begin(), prefixes_.end(), [&](const Ipv4Prefix& p) {
           return p.has_broadcast() && (p.broadcast() == address || p.network() == address);
         });
}

std::optional<Ipv4Address> Addresses::source_for(Ipv4Address remote) const {
  if (is_local(remote)) return remote;
  for (const Ipv4Prefix& prefix : prefixes_) {
    if (prefix.contains(remote)) return prefix.address;
  }
  if (prefixes_.empty()) return std::nullopt;
  return prefixes_.front().address;
}

std::optional<Why> check_input(const wire::Ipv4Header& header, const Addresses& addresses, Ingress ingress) {
  const Ipv4Address source = header.source;
  if (addresses.is_group(source) || source.is_this_network() || source.is_reserved()) return Why::DropIpSource;
  if (ingress == Ingress::Device) {
    // Nobody outside has our address or a loopback address (B19).
    if (addresses.is_local(source)) return Why::DropIpSource;
    if (header.destination.is_loopback()) return Why::DropIpDestination;
  }
  if (!addresses.is_local(header.destination) && !addresses.is_group(header.destination)) return Why::DropIpDestination;
  if (header.source_routed) return Why::DropIpSourceRoute;
  return std::nullopt;
}

}  // namespace tunic::ip
