// What an observer is told of a segment. RFC 9293 §3.3.1's names become the wire's field names.
#include "segment/segment.hpp"

namespace tunic {

SegmentInfo describe(const Segment& segment, SeqNum seq_base, SeqNum ack_base) {
  return {.source = segment.source,
          .destination = segment.destination,
          .seq = segment.seq.value(),
          .ack = segment.ack.value(),
          .flags = segment.flags.bits(),
          .window = segment.wnd.value,
          .urgent = segment.up,
          .payload_size = static_cast<std::uint32_t>(segment.payload.size()),
          .options = segment.options.bytes(),
          .seq_base = seq_base.value(),
          .ack_base = ack_base.value(),
          .tos = segment.tos,
          .ttl = segment.ttl};
}

}  // namespace tunic
