// Fast Open cookies that servers gave us. RFC 7413 §4.1.3 and §4.2.2.
//
// One entry per server address: its cookie and MSS, which kind of option it understands, or the note that Fast Open does not
// work on that path. Bounded: the oldest entry makes room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>

#include <tunic/address.hpp>
#include <tunic/time.hpp>

namespace tunic::tcp {

class FastOpenCache {
 public:
  static constexpr std::size_t kMaxEntries = 1024;
  static constexpr std::size_t kMinCookie = 4;
  static constexpr std::size_t kMaxCookie = 16;

  struct Entry {
    std::array<std::byte, kMaxCookie> octets{};
    std::uint8_t size = 0;            ///< 0: Fast Open is off until `off_until`, and asked for again then
    bool experimental = false;        ///< the kind of option for the next SYN (RFC 7413 §4.1.1)
    bool tried_experimental = false;  ///< that kind was not answered either
    std::uint16_t mss = 536;          ///< of the server, as its SYN-ACK said
    Instant off_until{};

    std::span<const std::byte> cookie() const { return {octets.data(), size}; }
    bool off(Instant now) const { return size == 0 && now < off_until; }
  };

  /// What the SYN-ACK to a SYN with the option said.
  struct Answer {
    std::span<const std::byte> cookie;  ///< empty, or of a wrong size: none
    bool experimental = false;          ///< it came as the experimental option
    std::uint16_t mss = 536;
  };

  /// RFC 7413 §4.1.1: 4 to 16 octets, an even number.
  static constexpr bool is_cookie(std::span<const std::byte> octets) {
    return octets.size() >= kMinCookie && octets.size() <= kMaxCookie && octets.size() % 2 == 0;
  }

  /// nullptr: nothing is known, so a cookie may be asked for.
  const Entry* find(Ipv4Address server) const;
  void learn(Ipv4Address server, const Answer& answer);
  /// No cookie came: Fast Open is off until `off_until`. With `other_kind` the next SYN asks with the experimental option,
  /// which older servers know; where that gets no answer either, with the standard one again.
  void refused(Ipv4Address server, std::uint16_t mss, Instant off_until, bool other_kind);
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  Entry& entry(Ipv4Address server);

  std::unordered_map<std::uint32_t, Entry> entries_;  // looked up, never walked
  std::deque<std::uint32_t> order_;
};

}  // namespace tunic::tcp
