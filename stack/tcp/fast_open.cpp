#include "tcp/fast_open.hpp"

#include <algorithm>

namespace tunic::tcp {

const FastOpenCache::Entry* FastOpenCache::find(Ipv4Address server, Instant now) const {
  const auto it = entries_.find(server.value());
  if (it == entries_.end()) return nullptr;
  const bool outdated = it->second.size == 0 && it->second.off_until <= now;
  return outdated ? nullptr : &it->second;
}

void FastOpenCache::learn(Ipv4Address server, std::span<const std::byte> cookie, std::uint16_t mss, Instant off_until) {
  if (!entries_.contains(server.value())) {
    if (entries_.size() >= kMaxEntries) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(server.value());
  }
  Entry& entry = entries_[server.value()];
  entry.mss = mss;
  const bool valid = is_cookie(cookie);
  entry.size = valid ? static_cast<std::uint8_t>(cookie.size()) : 0;
  entry.off_until = off_until;
  if (valid) std::ranges::copy(cookie, entry.octets.begin());
}

void FastOpenCache::clear() {
  entries_.clear();
  order_.clear();
}

}  // namespace tunic::tcp
