#include "tun/vnet_header.hpp"

#include <cstdint>
#include <cstring>

#include "base/endian.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace tunic::tun {

namespace {

// <linux/virtio_net.h> is no C++: one of its fields is called "class".
constexpr std::uint8_t kNeedsChecksum = 1;
constexpr std::uint8_t kDataValid = 2;
enum class GsoType : std::uint8_t { None = 0, TcpV4 = 1, UdpL4 = 5 };

struct Fields {
  std::uint8_t flags = 0;
  GsoType gso_type = GsoType::None;
  std::uint16_t header_size = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};
static_assert(sizeof(Fields) == kVnetHeaderSize);

struct Headers {
  bool tcp = false;
  std::size_t ip_size = 0;
  std::size_t size = 0;  // with the transport header

  std::uint16_t checksum_offset() const { return tcp ? 16 : 6; }
  GsoType gso_type() const { return tcp ? GsoType::TcpV4 : GsoType::UdpL4; }
};

/// nullopt: it is not a whole TCP segment or UDP datagram.
std::optional<Headers> headers_of(const PacketBuffer& packet) {
  const auto ip = wire::parse_ipv4(packet.front(), packet.size());
  if (!ip || ip->is_fragment()) return std::nullopt;
  const std::span<const std::byte> transport = packet.front().subspan(ip->header_size);
  const std::size_t size = ip->total_length - ip->header_size;
  if (ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) {
    const auto tcp = wire::parse_tcp(transport, size);
    if (!tcp || tcp->header_size > transport.size()) return std::nullopt;
    return Headers{true, ip->header_size, std::size_t{ip->header_size} + tcp->header_size};
  }
  const bool udp = ip->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Udp);
  if (!udp || !wire::parse_udp(transport, size)) return std::nullopt;
  return Headers{false, ip->header_size, ip->header_size + wire::kUdpHeaderSize};
}

bool is_ipv4(const PacketBuffer& packet) {
  return !packet.front().empty() && load_u8(packet.front().data()) >> 4 == 4;
}

}  // namespace

std::optional<Offload> offload_of(const VnetHeader& header, const PacketBuffer& packet) {
  Fields fields;
  std::memcpy(&fields, header.data(), header.size());
  const bool partial = (fields.flags & kNeedsChecksum) != 0;
  const bool super = fields.gso_type != GsoType::None;
  if (!partial && !super) return Offload{.checksum_valid = (fields.flags & kDataValid) != 0};
  if (!is_ipv4(packet)) return Offload{};  // the stack has its own word on it
  const auto headers = headers_of(packet);
  if (!headers || !partial || fields.checksum_start != headers->ip_size ||
      fields.checksum_offset != headers->checksum_offset()) {
    return std::nullopt;
  }
  if (super) {
    // The kernel's header_size is a hint: so much lies in one piece, and the headers do.
    const bool size_lies = fields.header_size < headers->size || fields.header_size > packet.size();
    if (fields.gso_type != headers->gso_type() || fields.gso_size == 0 || size_lies) return std::nullopt;
  }
  return Offload{.checksum_valid = true,
                 .checksum_partial = true,
                 .checksum_start = fields.checksum_start,
                 .checksum_offset = fields.checksum_offset,
                 .gso_size = super ? fields.gso_size : std::uint16_t{0}};
}

VnetHeader vnet_header_of(const PacketBuffer& packet) {
  Fields fields;
  if (packet.offload.checksum_partial) {
    fields.flags = kNeedsChecksum;
    fields.checksum_start = packet.offload.checksum_start;
    fields.checksum_offset = packet.offload.checksum_offset;
  }
  if (packet.offload.gso_size != 0) {
    const auto headers = headers_of(packet);
    fields.gso_type = headers ? headers->gso_type() : GsoType::None;
    fields.header_size = static_cast<std::uint16_t>(headers ? headers->size : 0);
    fields.gso_size = headers ? packet.offload.gso_size : std::uint16_t{0};
  }
  VnetHeader header;
  std::memcpy(header.data(), &fields, header.size());
  return header;
}

}  // namespace tunic::tun
