// What a packet is, without taking it apart: a look at its headers that changes nothing and fails at nothing.
//
// For links and taps, which see packets and know no connection, so sequence numbers are absolute. RFC 791, RFC 792, RFC 9293
// §3.1. It must not judge: no checksum of the payload is looked at.
#pragma once

#include <array>
#include <cstddef>

#include <tunic/event.hpp>
#include <tunic/packet_buffer.hpp>

namespace tunic::link {

class Peek {
 public:
  explicit Peek(const PacketBuffer& packet);
  Peek(const Peek&) = delete;  // the segment's options point into it
  Peek& operator=(const Peek&) = delete;

  /// A SegmentInfo, a UdpInfo, an IcmpInfo, or a PacketInfo for what is none of them, a fragment, or broken.
  const decltype(Event::subject)& subject() const { return subject_; }
  /// nullptr: no TCP segment, or none that can be read.
  const SegmentInfo* segment() const { return std::get_if<SegmentInfo>(&subject_); }

 private:
  static constexpr std::size_t kLongestHeaders = 60 + 60;  // IPv4 and TCP, both with all their options

  std::array<std::byte, kLongestHeaders> front_;
  decltype(Event::subject) subject_;
};

}  // namespace tunic::link
