// Datagrams that arrive in fragments. RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2; RFC 5722 §4 for overlaps, RFC 1858 and RFC 3128
// for fragments that hide a TCP header, RFC 3168 §5.3 for marks.
//
// A datagram whose fragments contradict each other is discarded as a whole, and its key is remembered until its time is over,
// so that what is left of it starts nothing new. Everything counts against two budgets by the memory that it pins; the
// oldest datagram makes room. Work per fragment is O(log n). It sends nothing and knows no clock.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <tunic/config.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/why.hpp>

#include "base/interval_set.hpp"
#include "wire/ipv4.hpp"

namespace tunic::ip {

class Reassembler {
 public:
  struct Datagram {
    wire::Ipv4Header header;  ///< of the whole: no fragment, no options
    PacketBuffer packet;      ///< begins with that header
  };
  /// A datagram that will never be complete.
  struct GivenUp {
    wire::Ipv4Header header;  ///< of the fragment that came first
    std::vector<std::byte>
        quote;  ///< the front of the fragment with offset 0 from its IP header on; empty: it never came
  };
  struct Result {
    std::optional<Datagram> whole;
    std::optional<Why> drop;  ///< why the fragment was not kept
    std::vector<GivenUp> evicted;
  };

  /// `fragment` begins with `header`, which ip/input has looked at.
  Result add(const wire::Ipv4Header& header, PacketBuffer fragment, const IpConfig& config, BlockPool& pool,
             Instant now);
  /// Other fragments of its datagram have arrived.
  bool knows(const wire::Ipv4Header& header) const { return by_key_.contains(key_of(header)); }
  Instant next_deadline() const;
  /// The oldest datagram whose time is over; call until there is none.
  std::optional<GivenUp> take_expired(Instant now);

  std::size_t datagrams() const { return datagrams_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Key {
    Ipv4Address source;
    Ipv4Address destination;
    std::uint16_t identification;
    std::uint8_t protocol;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Order = std::uint64_t;  // of the datagrams' first fragments: the smallest is the oldest
  struct Incomplete {
    Key key;
    wire::Ipv4Header header;
    Instant deadline;
    IntervalSet received;
    std::map<std::uint32_t, Chain> pieces;  // by offset
    std::vector<std::byte> first_header;    // octets of the header of the fragment with offset 0
    std::optional<std::uint32_t> length;    // known from the last fragment
    std::size_t bytes = 0;                  // what it costs
    std::uint8_t ecn_seen = 0;              // a bit per codepoint
    bool discarded = false;
  };
  struct Source {
    std::size_t bytes = 0;
    std::set<Order> datagrams;
  };

  static Key key_of(const wire::Ipv4Header& header) {
    return {header.source, header.destination, header.identification, header.protocol};
  }
  Order find_or_begin(const wire::Ipv4Header& header, const IpConfig& config, Instant now);
  std::optional<Why> take(Incomplete& datagram, const wire::Ipv4Header& header, PacketBuffer fragment, BlockPool& pool);
  std::optional<Datagram> complete(Incomplete& datagram);
  void charge(Incomplete& datagram, std::size_t bytes);
  void discard(Incomplete& datagram);
  GivenUp give_up(Order order);
  void erase(Order order);

  std::map<Order, Incomplete> datagrams_;
  std::map<Key, Order> by_key_;
  std::map<Ipv4Address, Source> sources_;
  Order next_order_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tunic::ip
