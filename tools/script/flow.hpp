// One conversation of a script, and how written numbers become live ones and back.
//
// Segments with SYN are written with absolute numbers, all others relative to the ISNs. The peer's ISN is the script's own;
// the stack's is learned from its live SYN or SYN-ACK. What the stack puts into its timestamps is mapped value by value.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <tunic/address.hpp>
#include <tunic/event.hpp>

#include "script/script.hpp"
#include "segment/segment.hpp"

namespace tunic::script {

/// The octet of the IP header that the script gives, whole or only its ECN field.
std::uint8_t written_tos(const NotatedHead& written);

struct Flow {
  Endpoint peer;
  Endpoint stack;                 ///< port 0: not known yet
  std::optional<int> descriptor;  ///< as the script counts them
  bool listening = false;

  std::optional<std::uint32_t> peer_isn{};
  std::optional<std::uint32_t> stack_isn{};             ///< live
  std::uint32_t written_stack_isn = 0;                  ///< what the script calls it
  std::map<std::uint32_t, std::uint32_t> timestamps{};  ///< of the stack: written, live
  std::optional<std::pair<std::uint32_t, std::uint32_t>> first_timestamp{};

  /// A segment from the peer. The error: an echoed timestamp that no live one stands for; interpolated if `scaled`.
  std::expected<Segment, std::string> to_live(const NotatedSegment& written, bool scaled, BlockPool& pool);
  /// The start of a segment from the stack as it should be on the wire; nullopt: this is the one to learn it from.
  std::optional<std::uint32_t> live_start(const NotatedSegment& written) const;
  std::uint32_t live_ack(const NotatedSegment& written) const;
  /// A quoted segment of the stack.
  std::uint32_t live_quoted(std::uint32_t written) const { return stack_isn.value_or(0) + written; }
  /// Learns the stack's ISN and timestamps from a segment that is as expected.
  void learn(const NotatedSegment& written, const Segment& live);
  /// What the stack sent, with the bases that make its numbers look like the script's.
  SegmentInfo as_written(const Segment& live) const;

 private:
  std::optional<std::uint32_t> live_timestamp(std::uint32_t written, bool scaled) const;
};

}  // namespace tunic::script
