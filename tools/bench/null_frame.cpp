// See null_frame.hpp.
#include "null_frame.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checksum.hpp"
#include "base/endian.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kIpSize = 20;  // without options, in which the kernel's TCP agrees
constexpr std::size_t kTcpSize = 20;
constexpr std::uint8_t kTcp = 6;

/// <linux/virtio_net.h> is no C++: one of its fields is called "class". In the host's byte order.
struct DeviceHeader {
  std::uint8_t flags = 1;  // the checksum is to be completed
  std::uint8_t gso_type = 0;
  std::uint16_t header_size = kIpSize + kTcpSize;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = kIpSize;
  std::uint16_t checksum_offset = 16;
};
constexpr std::uint8_t kGsoTcpV4 = 1;

Checksum pseudo_sum(const std::byte* ip, std::size_t tcp_size) {
  Checksum sum;
  sum.add({ip + 12, 8});
  sum.add_be16(kTcp);
  sum.add_be16(static_cast<std::uint16_t>(tcp_size));
  return sum;
}

void write_ip(std::byte* ip, const NullPeer& peer, std::size_t tcp_size) {
  std::memset(ip, 0, kIpSize);
  store_u8(ip, 0x45);
  store_be16(ip + 2, static_cast<std::uint16_t>(kIpSize + tcp_size));
  store_be16(ip + 6, 0x4000);  // DF
  store_u8(ip + 8, 64);
  store_u8(ip + 9, kTcp);
  store_be32(ip + 12, peer.ours.value());
  store_be32(ip + 16, peer.theirs.value());
  Checksum sum;
  sum.add({ip, kIpSize});
  store_be16(ip + 10, sum.finish());
}

void write_tcp(std::byte* tcp, const NullSegment& segment, std::size_t options) {
  store_be16(tcp, segment.peer.our_port);
  store_be16(tcp + 2, segment.peer.their_port);
  store_be32(tcp + 4, segment.seq);
  store_be32(tcp + 8, segment.ack);
  store_u8(tcp + 12, static_cast<std::uint8_t>((kTcpSize + options) / 4 << 4));
  store_u8(tcp + 13, segment.flags);
  store_be16(tcp + 14, segment.window);
  store_be32(tcp + 16, 0);  // checksum, urgent pointer
}

}  // namespace

std::optional<NullSegment> parse_null(std::span<const std::byte> packet, bool offloads) {
  const std::size_t before = offloads ? sizeof(DeviceHeader) : 0;
  if (packet.size() < before + kIpSize + kTcpSize) return std::nullopt;
  const std::byte* ip = packet.data() + before;
  if (load_u8(ip) != 0x45 || load_u8(ip + 9) != kTcp) return std::nullopt;
  const std::size_t size = load_be16(ip + 2);
  const std::byte* tcp = ip + kIpSize;
  const std::size_t header = std::size_t{load_u8(tcp + 12)} / 16 * 4;
  if (size > packet.size() - before || header < kTcpSize || kIpSize + header > size) return std::nullopt;
  if (!offloads) {
    Checksum sum = pseudo_sum(ip, size - kIpSize);
    sum.add({tcp, size - kIpSize});
    if (sum.finish() != 0) return std::nullopt;
  }
  return NullSegment{
      .peer = {Ipv4Address(load_be32(ip + 16)), Ipv4Address(load_be32(ip + 12)), load_be16(tcp + 2), load_be16(tcp)},
      .seq = load_be32(tcp + 4),
      .ack = load_be32(tcp + 8),
      .flags = load_u8(tcp + 13),
      .window = load_be16(tcp + 14),
      .options = {tcp + kTcpSize, header - kTcpSize},
      .payload = {tcp + header, size - kIpSize - header}};
}

NullFrame::NullFrame(std::size_t payload_room, bool offloads)
    : octets_(sizeof(DeviceHeader) + kIpSize + kTcpSize + payload_room), offloads_(offloads) {}

std::span<std::byte> NullFrame::payload() {
  return std::span(octets_).subspan(sizeof(DeviceHeader) + kIpSize + kTcpSize);
}

std::span<const std::byte> NullFrame::finish(const NullSegment& segment, std::size_t size, std::size_t options) {
  std::byte* ip = octets_.data() + sizeof(DeviceHeader);
  std::byte* tcp = ip + kIpSize;
  const std::size_t tcp_size = kTcpSize + size;
  write_ip(ip, segment.peer, tcp_size);
  write_tcp(tcp, segment, options);
  Checksum sum = pseudo_sum(ip, tcp_size);
  if (!offloads_) {
    sum.add({tcp, tcp_size});
    store_be16(tcp + 16, sum.finish());
    return {ip, kIpSize + tcp_size};
  }
  store_be16(tcp + 16, sum.folded());
  DeviceHeader device;
  if (size > kNullMss) {
    device.gso_type = kGsoTcpV4;
    device.gso_size = kNullMss;
  }
  std::memcpy(octets_.data(), &device, sizeof device);
  return {octets_.data(), sizeof device + kIpSize + tcp_size};
}

std::uint8_t window_scale_in(std::span<const std::byte> options) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNop = 1;
  constexpr std::uint8_t kWindowScale = 3;
  while (options.size() >= 3) {
    const std::uint8_t kind = load_u8(options.data());
    if (kind == kWindowScale) return std::min<std::uint8_t>(14, load_u8(options.data() + 2));
    const std::size_t length = kind == kNop ? 1 : load_u8(options.data() + 1);
    if (kind == kEnd || length == 0 || length > options.size()) break;
    options = options.subspan(length);
  }
  return 0;
}

}  // namespace tunic::bench
