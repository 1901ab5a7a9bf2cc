// One piece after the other: headers copied, what differs from piece to piece written, checksums last.
#include "segment/wire_packets.hpp"

#include <algorithm>
#include <cstring>

#include "base/endian.hpp"
#include "wire/udp.hpp"

namespace tunic {

namespace {

constexpr std::size_t kTcpChecksum = 16;  // of the field in its header
constexpr std::size_t kUdpChecksum = 6;
constexpr std::uint16_t kTcpFlags = 0x01ff;  // of the word at 12

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

WirePackets::WirePackets(PacketBuffer&& packet, BlockPool& pool) : packet_(std::move(packet)) {
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
  sum_headers();
  return true;
}

/// Once, without what differs from piece to piece.
void WirePackets::sum_headers() {
  std::byte* const header = headers_.data() + ip_.header_size;
  const std::size_t size = headers_size_ - ip_.header_size;
  tcp_ = is_tcp(ip_);
  store_be16(headers_.data() + 2, 0);
  store_be16(headers_.data() + 4, 0);
  store_be16(headers_.data() + 10, 0);
  ip_sum_.add(std::span(headers_).first(ip_.header_size));
  if (tcp_) {
    seq_ = SeqNum(load_be32(header + 4));
    flags_ = wire::TcpFlags(load_be16(header + 12) & kTcpFlags);
    store_be32(header + 4, 0);
    store_be16(header + 12, static_cast<std::uint16_t>(load_be16(header + 12) & ~kTcpFlags));
  } else {
    store_be16(header + 4, 0);
  }
  store_be16(header + (tcp_ ? kTcpChecksum : kUdpChecksum), 0);
  transport_sum_ = wire::pseudo_header(ip_.source, ip_.destination, static_cast<wire::IpProtocol>(ip_.protocol), 0);
  transport_sum_.add({header, size});
}

std::optional<PacketBuffer> WirePackets::next() {
  if (over_) return std::nullopt;
  if (headers_size_ == 0) {
    over_ = true;
    return std::move(packet_);
  }
  const Part part = next_part();
  PacketBuffer result(packet_.payload().share(part.offset, part.size));
  Checksum text;
  for (std::size_t i = 0; i < result.payload().slice_count(); ++i) text.add(result.payload().slice(i).bytes());
  write_headers(result.prepend(headers_size_).data(), part, text);
  result.offload.checksum_valid = packet_.offload.checksum_valid;
  return result;
}

std::size_t WirePackets::next_into(std::span<std::byte> out) {
  if (over_) return 0;
  if (headers_size_ == 0) {
    over_ = true;
    return packet_.copy_to(out);
  }
  const Part part = next_part();
  Checksum text;
  for (std::size_t done = 0; done < part.size;) {
    const auto rest = packet_.payload().slice(slice_).bytes().subspan(in_slice_);
    const auto bytes = rest.first(std::min(rest.size(), part.size - done));
    text.add_copied(bytes, out.data() + headers_size_ + done);
    done += bytes.size();
    in_slice_ += bytes.size();
    if (bytes.size() == rest.size()) {
      ++slice_;
      in_slice_ = 0;
    }
  }
  write_headers(out.data(), part, text);
  return headers_size_ + part.size;
}

WirePackets::Part WirePackets::next_part() {
  const Part part{done_, std::min(size_of_each_, packet_.size() - done_)};
  done_ += part.size;
  over_ = done_ == packet_.size();
  return part;
}

/// `text`: of the part.
void WirePackets::write_headers(std::byte* out, Part part, Checksum text) {
  std::memcpy(out, headers_.data(), headers_size_);
  const auto total = static_cast<std::uint16_t>(headers_size_ + part.size);
  Checksum ip_sum = ip_sum_;
  const auto write = [](std::byte* at, std::uint16_t word, Checksum& sum) {
    store_be16(at, word);
    sum.add_be16(word);
  };
  write(out + 2, total, ip_sum);
  // RFC 6864 §4.1: what is atomic needs none, and where it has none it gets none.
  const bool identified = !ip_.dont_fragment || ip_.identification != 0;
  if (identified) write(out + 4, static_cast<std::uint16_t>(ip_.identification + number_), ip_sum);
  store_be16(out + 10, ip_sum.finish());
  ++number_;

  std::byte* const header = out + ip_.header_size;
  Checksum sum = transport_sum_;
  const auto size = static_cast<std::uint16_t>(total - ip_.header_size);
  sum.add_be16(size);  // of the pseudo-header
  if (tcp_) {
    const std::uint32_t seq = (seq_ + static_cast<std::uint32_t>(part.offset)).value();
    write(header + 4, static_cast<std::uint16_t>(seq >> 16), sum);
    write(header + 6, static_cast<std::uint16_t>(seq), sum);
    const auto word = static_cast<std::uint16_t>(load_be16(header + 12) | flags_of(part).bits());
    store_be16(header + 12, word);
    sum.add_be16(flags_of(part).bits());
  } else {
    write(header + 4, size, sum);
  }
  sum.add_be16(text.folded());
  const std::uint16_t checksum =
      !tcp_ && sum.finish() == 0 ? 0xffff : sum.finish();  // RFC 768: 0 says that there is none
  store_be16(header + (tcp_ ? kTcpChecksum : kUdpChecksum), checksum);
}

/// FIN and PSH belong to the last piece, CWR to the first (RFC 3168 §6.1.2).
wire::TcpFlags WirePackets::flags_of(Part part) const {
  wire::TcpFlags flags = flags_;
  const bool last = part.offset + part.size == packet_.size();
  if (!last) flags = flags.without(wire::TcpFlags::Fin).without(wire::TcpFlags::Psh);
  if (part.offset > 0) flags = flags.without(wire::TcpFlags::Cwr);
  return flags;
}

}  // namespace tunic
