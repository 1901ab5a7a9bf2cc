// Answers to requests for small files, kept for a moment: what is asked for again and again is looked for and read ten times a
// second, and all who ask share its octets. A file that has changed is seen to have done so that much later.
//
// Thread-safety: none. Knows neither sockets nor files. Its octets are of a stack's pool, which must outlive it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>

namespace tunic::services {

class PageCache {
 public:
  static constexpr Duration kMoment = std::chrono::milliseconds(100);
  static constexpr std::size_t kMaxPages = 64;
  static constexpr std::size_t kMaxSize = 16384;  ///< octets of one answer

  /// The whole answer that was kept as `name`; nullptr: there is none, or it is too old.
  const Chain* find(const std::string& name, Instant now) const {
    const auto found = pages_.find(name);
    return found == pages_.end() || now - found->second.made_at >= kMoment ? nullptr : &found->second.answer;
  }
  void keep(std::string name, Chain answer, Instant now) {
    if (answer.size() > kMaxSize) return;
    if (pages_.size() >= kMaxPages) pages_.clear();
    pages_.insert_or_assign(std::move(name), Page{std::move(answer), now});
  }

 private:
  struct Page {
    Chain answer;
    Instant made_at;
  };
  std::unordered_map<std::string, Page> pages_;  // looked up, never walked
};

}  // namespace tunic::services
