// One piece after the other: headers copied, what differs from piece to piece written, checksums last.
#include "segment/wire_packets.hpp"

#include <algorithm>
#include <cstring>

#include "base/endian.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace tunic {

namespace {

constexpr std::size_t kTcpChecksum = 16;  // of the field in its header
constexpr std::size_t kUdpChecksum = 6;

bool is_tcp(const wire::Ipv4Header& ip) {
  return ip.protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
}

/// Of the header behind `ip`, at the beginning of `bytes`; 0: there is none that can be written anew.
std::size_t transport_header_size(const wire::Ipv4Header& ip, std::span<const std::byte> bytes, std::size_t size) {
  if (is_tcp(ip)) {
    const auto tcp = wire::parse_tcp(bytes, size);
    return tcp ? tcp->header_size : 0;
  }
  const bool udp = ip.protocol == static_cast<std::uint8_t>(wire::IpProtocol::Udp);
  return udp && wire::parse_udp(bytes, size) ? wire::kUdpHeaderSize : 0;
}

}  // namespace

WirePackets::WirePackets(PacketBuffer packet, BlockPool& pool) : packet_(std::move(packet)) {
  const bool nothing_to_do = !packet_.offload.checksum_partial && packet_.offload.gso_size == 0;
  if (nothing_to_do || !take_headers(pool)) headers_size_ = 0;
}

bool WirePackets::take_headers(BlockPool& pool) {
  if (packet_.header().empty()) packet_.pull(std::min(packet_.size(), headers_.size()));  // else they are whole there
  const std::span<const std::byte> front = packet_.front();
  const auto ip = wire::parse_ipv4(front, packet_.size());
  if (!ip || ip->is_fragment() || ip->total_length != packet_.size()) return false;
  const std::size_t transport =
      transport_header_size(*ip, front.subspan(ip->header_size), packet_.size() - ip->header_size);
  const std::size_t size = ip->header_size + transport;
  if (transport == 0 || size > front.size() || size > headers_.size()) return false;
  std::ranges::copy(front.first(size), headers_.begin());
  ip_ = *ip;
  headers_size_ = size;
  packet_.trim_front(size);
  const Offload offload = packet_.offload;
  packet_ = PacketBuffer(packet_.take_chain(pool));
  packet_.offload = offload;
  size_of_each_ = offload.gso_size == 0 ? packet_.size() : offload.gso_size;
  return true;
}

std::optional<PacketBuffer> WirePackets::next() {
  if (over_) return std::nullopt;
  if (headers_size_ == 0) {
    over_ = true;
    return std::move(packet_);
  }
  const std::size_t size = std::min(size_of_each_, packet_.size() - done_);
  PacketBuffer result = piece(done_, size, number_);
  done_ += size;
  ++number_;
  over_ = done_ == packet_.size();
  return result;
}

PacketBuffer WirePackets::piece(std::size_t offset, std::size_t size, std::uint16_t number) const {
  const std::size_t transport = headers_size_ - ip_.header_size;
  PacketBuffer result(packet_.payload().share(offset, size));
  const std::span<std::byte> header = result.prepend(transport);
  std::memcpy(header.data(), headers_.data() + ip_.header_size, transport);
  const bool tcp = is_tcp(ip_);
  std::byte* const checksum = header.data() + (tcp ? kTcpChecksum : kUdpChecksum);
  if (tcp) {
    finish_tcp(header, offset, offset + size == packet_.size());
  } else {
    store_be16(header.data() + 4, static_cast<std::uint16_t>(transport + size));
  }
  store_be16(checksum, 0);
  const auto protocol = static_cast<wire::IpProtocol>(ip_.protocol);
  const std::uint16_t sum = wire::transport_sum(ip_.source, ip_.destination, protocol, result).finish();
  store_be16(checksum, !tcp && sum == 0 ? 0xffff : sum);  // RFC 768: 0 says that there is none

  const std::span<std::byte> outer = result.prepend(ip_.header_size);
  std::memcpy(outer.data(), headers_.data(), outer.size());
  store_be16(outer.data() + 2, static_cast<std::uint16_t>(headers_size_ + size));
  // RFC 6864 §4.1: what is atomic needs none, and where it has none it gets none.
  const bool identified = !ip_.dont_fragment || ip_.identification != 0;
  if (identified) store_be16(outer.data() + 4, static_cast<std::uint16_t>(ip_.identification + number));
  store_be16(outer.data() + 10, 0);
  Checksum over_ip;
  over_ip.add(outer);
  store_be16(outer.data() + 10, over_ip.finish());
  result.offload.checksum_valid = packet_.offload.checksum_valid;
  return result;
}

/// The number of its first octet; FIN and PSH belong to the last piece, CWR to the first (RFC 3168 §6.1.2).
void WirePackets::finish_tcp(std::span<std::byte> header, std::size_t offset, bool last) const {
  const SeqNum seq(load_be32(header.data() + 4));
  store_be32(header.data() + 4, (seq + static_cast<std::uint32_t>(offset)).value());
  const std::uint16_t word = load_be16(header.data() + 12);
  constexpr std::uint16_t kFlags = 0x01ff;
  wire::TcpFlags flags(word & kFlags);
  if (!last) flags = flags.without(wire::TcpFlags::Fin).without(wire::TcpFlags::Psh);
  if (offset > 0) flags = flags.without(wire::TcpFlags::Cwr);
  store_be16(header.data() + 12, static_cast<std::uint16_t>((word & ~kFlags) | flags.bits()));
}

}  // namespace tunic
