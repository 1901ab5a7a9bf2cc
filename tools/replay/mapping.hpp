// From the numbers of a recorded connection to those of the live one: what the peer says of the stack's own octets.
//
// Addresses, ports and the peer's numbers stay. The stack chose another ISN and another clock for its timestamps: so
// acknowledgments, SACK blocks, echoed timestamps and quotes in ICMP errors are moved. Checksums that were right are right
// again. RFC 9293 §3.4, RFC 2018 §3, RFC 7323 §3.2, RFC 792.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "replay/recording.hpp"

namespace tunic::replay {

class Mapping {
 public:
  Mapping(const Flow& flow, Ipv4Address local);

  /// A packet that the stack has sent.
  void learn(const Packet& live);
  /// A packet of the recorded host, in the order of the recording.
  void pass(const Packet& recorded);

  /// A packet of the recorded peer as it must be to make sense to the stack.
  std::vector<std::byte> to_live(const Packet& recorded) const;
  /// The stack has sent all that `recorded` acknowledges, or the recorded host had not either.
  bool has_cause(const Packet& recorded) const;

  std::uint32_t recorded_isn() const { return recorded_isn_; }
  /// nullopt: the stack has sent no SYN.
  std::optional<std::uint32_t> live_isn() const { return live_isn_; }
  /// To be added to a recorded number of the stack's.
  std::uint32_t shift() const { return live_isn_.value_or(recorded_isn_) - recorded_isn_; }

 private:
  std::uint32_t live_timestamp(std::uint32_t recorded) const;
  void move_segment(const Packet& recorded, std::vector<std::byte>& octets) const;
  void move_quote(const Packet& recorded, std::vector<std::byte>& octets) const;

  std::uint32_t recorded_isn_;
  std::uint16_t recorded_identifier_;
  std::optional<std::uint32_t> live_isn_;
  std::optional<std::uint16_t> live_identifier_;
  std::uint32_t live_sent_ = 0;      // octets of sequence space behind the ISN
  std::uint32_t recorded_sent_ = 0;  // the same of the recorded host
  std::optional<std::uint32_t> first_recorded_timestamp_;
  std::optional<std::uint32_t> first_live_timestamp_;
  std::set<std::uint32_t> live_timestamps_;  // counted from the first
};

}  // namespace tunic::replay
