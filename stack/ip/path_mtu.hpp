// How wide the paths to other hosts are, as far as ICMP has told. RFC 1191.
//
// Only narrower paths than the device are remembered, so many and for so long: a path that is forgotten is as wide as the
// device again, which is how a wider path is found (§6.3). Who believes a report has checked that it quotes something that
// we sent. It sends nothing.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include <tunic/address.hpp>
#include <tunic/config.hpp>

namespace tunic::ip {

class PathMtus {
 public:
  /// Octets of the largest packet to `to` that is worth sending; at most `device_mtu`.
  std::uint32_t mtu(Ipv4Address to, std::uint32_t device_mtu) const;
  /// The path is narrower than we make our packets: they go without DF.
  bool below_floor(Ipv4Address to) const;

  /// A router could not forward our packet of `size` octets; the next link takes `reported`, or 0 where the router did not
  /// say (§5). False: that is nothing new, or cannot be.
  bool lower(Ipv4Address to, std::uint32_t reported, std::uint32_t size, std::uint32_t device_mtu,
             const IpConfig& config, Instant now);

  Instant next_deadline() const { return by_age_.empty() ? kNever : by_age_.begin()->first; }
  /// Forgets what is too old.
  void expire(Instant now);
  /// Changes whenever a path does.
  std::uint64_t generation() const { return generation_; }
  std::size_t size() const { return paths_.size(); }

 private:
  struct Path {
    std::uint32_t mtu;
    bool below_floor;
    Instant forget_at;
  };
  void forget_oldest();

  std::map<Ipv4Address, Path> paths_;
  std::set<std::pair<Instant, Ipv4Address>> by_age_;
  std::uint64_t generation_ = 1;
};

}  // namespace tunic::ip
