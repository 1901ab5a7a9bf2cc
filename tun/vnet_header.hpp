// The header in front of each packet of a TUN device with IFF_VNET_HDR: what of its checksum and its segmentation is left to
// the other side. Virtio 1.1 §5.1.6 (the legacy layout, in the host's byte order).
//
// What the kernel says is checked against the packet's own headers: a header that lies would have lengths computed from it.
// It must not know the device.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include <tunic/packet_buffer.hpp>

namespace tunic::tun {

inline constexpr std::size_t kVnetHeaderSize = 10;
using VnetHeader = std::array<std::byte, kVnetHeaderSize>;

/// What `header` says of `packet`, whose IP and transport headers must be contiguous; nullopt: it can't be true.
std::optional<Offload> offload_of(const VnetHeader& header, const PacketBuffer& packet);

/// What `packet`, with its offload, needs in front of it.
VnetHeader vnet_header_of(const PacketBuffer& packet);

}  // namespace tunic::tun
