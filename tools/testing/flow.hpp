// One conversation between the test's peer and the stack under test, and how written numbers become live ones.
//
// As packetdrill does: the peer's ISN is the test's, the stack's is learned from its live SYN or SYN-ACK; timestamps of the
// stack are written as the test likes and mapped from the first one on. All written numbers are relative.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tunic/event.hpp>

#include "segment/segment.hpp"
#include "text/notation.hpp"

namespace tunic::testing {

struct Flow {
  Endpoint peer;
  Endpoint stack;
  std::uint32_t peer_isn = 0;
  std::uint32_t stack_isn = 0;               ///< 0 until a live SYN has told it
  std::optional<std::uint32_t> ts_offset{};  ///< of the stack's timestamps: live minus written

  /// A segment from the peer as it goes to the stack, with octets of Stream::FromPeer. Acknowledgment and window must be
  /// written where the flags ask for them; the caller has checked it.
  Segment to_live(const NotatedSegment& written, BlockPool& pool) const;
  /// What the stack sent, for people: with the bases set.
  SegmentInfo with_bases(SegmentInfo live) const;
  /// Learns from a segment that the stack has sent.
  void learn(const SegmentInfo& live);
  /// In what the live segment differs from the written one, a line for each; empty: it is as expected. What is not written
  /// is not compared: ports, ECN, TOS, TTL, ack, win, urg; options where there are none; all of them with <...>.
  std::vector<std::string> differences(const NotatedSegment& expected, const SegmentInfo& live);
  /// The offset in its stream of a segment's first octet of data.
  static std::uint64_t data_offset(std::uint32_t start, bool syn) { return start - (syn ? 0U : 1U); }

 private:
  wire::OptionBytes expected_options(const NotatedSegment& expected, const SegmentInfo& live);
};

}  // namespace tunic::testing
