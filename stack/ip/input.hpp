// Whether an IPv4 packet is for this host and from a credible source. RFC 1122 §3.2.1.3, RFC 7126 §4.3.
//
// The header itself was checked by wire/ipv4. Pure decisions.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/why.hpp>

#include "wire/ipv4.hpp"

namespace tunic::ip {

/// Where a packet came in: martian rules differ (a connection to oneself is right inside, and a lie outside).
enum class Ingress : std::uint8_t { Device, Loopback };

class Addresses {
 public:
  void add(Ipv4Prefix prefix) { prefixes_.push_back(prefix); }
  bool is_local(Ipv4Address address) const;
  /// Limited or directed broadcast, or multicast.
  bool is_group(Ipv4Address address) const;
  /// Our address on the way to `remote`; nullopt: this host has none.
  std::optional<Ipv4Address> source_for(Ipv4Address remote) const;
  bool empty() const { return prefixes_.empty(); }

 private:
  std::vector<Ipv4Prefix> prefixes_;
};

/// Why the packet must be dropped; nullopt: it is ours to look at.
std::optional<Why> check_input(const wire::Ipv4Header& header, const Addresses& addresses, Ingress ingress);

}  // namespace tunic::ip
