// What a device does with a packet whose checksum or segmentation was left to it, done here: for captures, traces, links and
// tests, which are about packets as a wire carries them. RFC 9293 §3.1, RFC 768, RFC 6864 §4.1.
//
// Pieces share the payload; only their headers are new. It must not know devices: what is broken passes as it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tunic/packet_buffer.hpp>

#include "wire/ipv4.hpp"

namespace tunic {

class WirePackets {
 public:
  /// `pool` is for payload that lies beside the headers in the packet's header room.
  WirePackets(PacketBuffer packet, BlockPool& pool);

  /// The next one, with right lengths and checksums; nullopt: that was all. A packet that needs nothing comes as it was.
  std::optional<PacketBuffer> next();

 private:
  bool take_headers(BlockPool& pool);
  PacketBuffer piece(std::size_t offset, std::size_t size, std::uint16_t number) const;
  void finish_tcp(std::span<std::byte> header, std::size_t offset, bool last) const;

  PacketBuffer packet_;  // without headers once these are taken
  std::array<std::byte, PacketBuffer::kHeaderRoom> headers_{};
  wire::Ipv4Header ip_;
  std::size_t headers_size_ = 0;  // 0: the packet passes as it is
  std::size_t size_of_each_ = 0;
  std::size_t done_ = 0;
  std::uint16_t number_ = 0;
  bool over_ = false;
};

}  // namespace tunic
