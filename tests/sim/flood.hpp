// A stack under attack: packets that nobody on the link sent, put before the stack itself, and what it says to them.
//
// Virtual time, so that what is measured is what the stack does and not how fast this machine is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include <tunic/stack.hpp>

#include "segment/codec.hpp"
#include "segment/segment.hpp"

namespace tunic::test {

/// A segment as its octets, in a block of `stack`.
inline PacketBuffer forged(Stack& stack, const Segment& segment) {
  wire::Ipv4Header ip;
  ip.ttl = 64;
  return PacketBuffer(Chain(stack.pool().copy(encode_segment(segment, ip).to_vector())));
}

inline Segment between(Endpoint from, Endpoint to, wire::TcpFlags flags, std::uint32_t seq, std::uint32_t ack = 0) {
  Segment segment;
  segment.source = from;
  segment.destination = to;
  segment.flags = flags;
  segment.seq = SeqNum(seq);
  segment.ack = SeqNum(ack);
  segment.wnd = RawWindow{65535};
  return segment;
}

/// What a stack sends, counted and thrown away; the last segment is kept.
class LastWord final : public PacketSink {
 public:
  void send(PacketBuffer packet, Instant) override {
    ++count;
    const auto ip = wire::parse_ipv4(packet.front(), packet.size());
    if (!ip || ip->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) return;
    packet.trim_front(ip->header_size);
    if (auto segment = decode_segment(*ip, std::move(packet), pool_)) last = std::move(*segment);
  }
  std::uint64_t count = 0;
  std::optional<Segment> last;

 private:
  BlockPool pool_;
};

}  // namespace tunic::test
