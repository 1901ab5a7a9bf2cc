// A TCP segment as RFC 9293 §3.3.1 speaks of it: SEG.SEQ, SEG.ACK, SEG.LEN, SEG.WND, SEG.UP.
#pragma once

#include <cstdint>

#include <tunic/address.hpp>
#include <tunic/event.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/why.hpp>

#include "base/seq_num.hpp"
#include "wire/tcp.hpp"
#include "wire/tcp_options.hpp"

namespace tunic {

using wire::TcpFlags;

struct Segment {
  Endpoint source;
  Endpoint destination;
  SeqNum seq;
  SeqNum ack;
  TcpFlags flags;
  RawWindow wnd;
  std::uint16_t up = 0;
  wire::OptionBytes options;
  Chain payload;
  std::uint16_t gso_size = 0;  ///< a super-segment: payload octets per wire segment; 0: one wire segment
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;    ///< outbound: 0 is the host's
  Why why = Why::NewData;  ///< outbound: why it was born

  /// SEG.LEN: the sequence space it occupies, counting SYN and FIN.
  std::uint32_t len() const {
    return static_cast<std::uint32_t>(payload.size()) + (flags.syn() ? 1 : 0) + (flags.fin() ? 1 : 0);
  }
  /// Wire segments that it stands for: one, unless it is a super-segment.
  std::uint32_t wire_segments() const {
    if (gso_size == 0 || payload.empty()) return 1;
    return (static_cast<std::uint32_t>(payload.size()) + gso_size - 1) / gso_size;
  }
  /// The number after the last one that it occupies.
  SeqNum end() const { return seq + len(); }
};

/// For observers. The spans point into `segment`.
SegmentInfo describe(const Segment& segment, SeqNum seq_base, SeqNum ack_base);

}  // namespace tunic
