// Ready-made parts of rules: which segment is meant.
#include "link/impairment.hpp"
#include "wire/tcp.hpp"

namespace tunic::link {

using wire::TcpFlags;

Rule on_nth(std::uint64_t n, std::function<bool(const SegmentInfo&)> matches, Fate fate) {
  return [n, matches = std::move(matches), fate, seen = std::uint64_t{0}](const SegmentInfo& segment,
                                                                          std::uint64_t) mutable {
    return matches(segment) && ++seen == n ? fate : Fate::Pass;
  };
}

bool carries_data(const SegmentInfo& segment) {
  return segment.payload_size > 0;
}

bool is_syn(const SegmentInfo& segment) {
  return TcpFlags(segment.flags).syn();
}

bool is_fin(const SegmentInfo& segment) {
  return TcpFlags(segment.flags).fin();
}

bool is_pure_ack(const SegmentInfo& segment) {
  return TcpFlags(segment.flags) == TcpFlags::Ack && segment.payload_size == 0;
}

}  // namespace tunic::link
