#include "ip/path_mtu.hpp"

#include <algorithm>
#include <array>

namespace tunic::ip {

namespace {

constexpr std::uint32_t kLeastMtu = 68;  // RFC 791 §3.2: of any link

/// RFC 1191 §7: the MTUs that are likely where a router does not tell.
constexpr std::array<std::uint32_t, 11> kPlateaus{65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

std::uint32_t plateau_below(std::uint32_t size) {
  const auto found = std::ranges::find_if(kPlateaus, [size](std::uint32_t plateau) { return plateau < size; });
  return found == kPlateaus.end() ? kLeastMtu : *found;
}

}  // namespace

std::uint32_t PathMtus::mtu(Ipv4Address to, std::uint32_t device_mtu) const {
  const auto found = paths_.find(to);
  return found == paths_.end() ? device_mtu : std::min(found->second.mtu, device_mtu);
}

bool PathMtus::below_floor(Ipv4Address to) const {
  const auto found = paths_.find(to);
  return found != paths_.end() && found->second.below_floor;
}

bool PathMtus::lower(Ipv4Address to, std::uint32_t reported, std::uint32_t size, std::uint32_t device_mtu,
                     const IpConfig& config, Instant now) {
  if (reported != 0 && reported < kLeastMtu) return false;
  if (reported == 0 && size <= kLeastMtu) return false;  // every link carries that: it can't have been refused
  const std::uint32_t told = reported == 0 ? plateau_below(size) : reported;
  const std::uint32_t current = mtu(to, device_mtu);
  const Path path{std::max(told, config.min_path_mtu), told < config.min_path_mtu,
                  later(now, config.path_mtu_lifetime)};
  const bool news = path.mtu < current || (path.below_floor && path.mtu == current && !below_floor(to));
  if (!news) return false;
  if (const auto old = paths_.find(to); old != paths_.end()) by_age_.erase({old->second.forget_at, to});
  paths_[to] = path;
  by_age_.insert({path.forget_at, to});
  if (paths_.size() > config.max_paths) forget_oldest();
  ++generation_;
  return true;
}

void PathMtus::expire(Instant now) {
  while (next_deadline() <= now) forget_oldest();
}

void PathMtus::forget_oldest() {
  paths_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
  ++generation_;
}

}  // namespace tunic::ip
