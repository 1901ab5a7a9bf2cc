// What a device does with a packet whose checksum or segmentation was left to it, done here: for one that is to do it
// in software, and for captures, traces, links and tests, which are about packets as a wire carries them. RFC 9293 §3.1, RFC 768, RFC 6864 §4.1.
//
// Pieces share the payload; only their headers are new. It must not know devices: what is broken passes as it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tunic/packet_buffer.hpp>

#include "base/checksum.hpp"
#include "base/seq_num.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"

namespace tunic {

class WirePackets {
 public:
  /// `pool` is for payload that lies beside the headers in the packet's header room.
  WirePackets(PacketBuffer&& packet, BlockPool& pool);

  /// The next one, with right lengths and checksums; nullopt: that was all. A packet that needs nothing comes as it was.
  std::optional<PacketBuffer> next();
  /// The same, written to `out`, which has room for it: who copies anyway does so once. Its size; 0: that was all.
  std::size_t next_into(std::span<std::byte> out);

 private:
  /// Octets of the payload.
  struct Part {
    std::size_t offset;
    std::size_t size;
  };
  bool take_headers(BlockPool& pool);
  void sum_headers();
  Part next_part();
  void write_headers(std::byte* out, Part part, Checksum text);
  wire::TcpFlags flags_of(Part part) const;

  PacketBuffer packet_;                                       // without headers once these are taken
  std::array<std::byte, PacketBuffer::kHeaderRoom> headers_;  // with zeros where pieces differ
  wire::Ipv4Header ip_;                                       // this, and what follows, as the packet said
  SeqNum seq_;
  wire::TcpFlags flags_;
  bool tcp_ = false;
  Checksum ip_sum_;
  Checksum transport_sum_;        // of the pseudo-header too
  std::size_t headers_size_ = 0;  // 0: the packet passes as it is
  std::size_t size_of_each_ = 0;
  std::size_t done_ = 0;
  std::size_t slice_ = 0;  // where next_into() goes on
  std::size_t in_slice_ = 0;
  std::uint16_t number_ = 0;
  bool over_ = false;
};

}  // namespace tunic
