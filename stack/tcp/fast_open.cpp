#include "tcp/fast_open.hpp"

#include <algorithm>

namespace tunic::tcp {

const FastOpenCache::Entry* FastOpenCache::find(Ipv4Address server) const {
  const auto it = entries_.find(server.value());
  return it == entries_.end() ? nullptr : &it->second;
}

void FastOpenCache::learn(Ipv4Address server, const Answer& answer) {
  Entry& known = entry(server);
  known.mss = answer.mss;
  known.size = static_cast<std::uint8_t>(answer.cookie.size());
  known.experimental = answer.experimental;
  std::ranges::copy(answer.cookie, known.octets.begin());
}

void FastOpenCache::refused(Ipv4Address server, std::uint16_t mss, Instant off_until, bool other_kind) {
  Entry& known = entry(server);
  known.mss = mss;
  known.size = 0;
  known.off_until = off_until;
  known.tried_experimental = known.tried_experimental || known.experimental;
  known.experimental = other_kind && !known.tried_experimental;
}

FastOpenCache::Entry& FastOpenCache::entry(Ipv4Address server) {
  if (!entries_.contains(server.value())) {
    if (entries_.size() >= kMaxEntries) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(server.value());
  }
  return entries_[server.value()];
}

void FastOpenCache::clear() {
  entries_.clear();
  order_.clear();
}

}  // namespace tunic::tcp
