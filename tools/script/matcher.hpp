// Whether a packet that the stack has sent is the one that the script expects.
//
// Always compared: IP version, protocol, header and total length, header checksum; TCP flags, data offset, sequence and
// acknowledgment, reserved bits, urgent pointer, kinds, order and octets of the options, the TCP checksum, zero payload.
// Only if the script gives it: window, type of service, ECN, TTL, timestamps. Not compared: identification, DF.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tunic/time.hpp>

#include "script/flow.hpp"
#include "script/script.hpp"
#include "segment/segment.hpp"

namespace tunic::script {

struct MatchRules {
  bool psh_counts = true;
  bool aggregate = true;  ///< live segments may be smaller than the script's
  Duration tolerance = std::chrono::milliseconds(4);
  Duration ts_tick{};  ///< of the stack's timestamps; zero: their values are not compared
};

/// The larger of the tolerance and an eighth of the gap that the script leaves.
Duration tolerance_of(const MatchRules& rules, Duration gap);

/// A segment as it was sent, checked for all that no script says; or what is wrong with the packet.
struct LiveSegment {
  std::optional<Segment> segment;
  std::string objection;
  bool other_protocol = false;
};
LiveSegment read_segment(std::span<const std::byte> packet, BlockPool& pool);

/// In what they differ, a line each; empty: not at all. The payload of `live` may be that of several segments joined.
std::vector<std::string> differences(const NotatedSegment& written, const Segment& live, const Flow& flow,
                                     const MatchRules& rules);

/// The type of service, the ECN field and the time to live, as far as they are written.
void compare_ip_fields(std::vector<std::string>& found, const NotatedHead& written, std::uint8_t tos, std::uint8_t ttl);

/// Appends `next` to `first`, which goes on where that ends: payload and urgent pointer grow, FIN, PSH, window, options and
/// marks are those of `next`, CWR and the sequence number those of `first`.
Segment joined(Segment first, Segment next);

}  // namespace tunic::script
