// Offsets are those of RFC 791 §3.1 and, 20 octets on, of RFC 9293 §3.1: headers of a run have no IP options.
#include "segment/merging.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "base/seq_num.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"

namespace tunic {

namespace {

constexpr std::size_t kTcp = wire::kIpv4HeaderSize;
constexpr std::size_t kLongest = 65535;
constexpr std::uint8_t kVersionAndLength = 0x45;
constexpr std::uint8_t kAck = wire::TcpFlags::Ack;
constexpr std::uint8_t kPsh = wire::TcpFlags::Psh;
constexpr std::uint16_t kAnyFragment = 0x3fff;  // MF and the offset

/// A segment that can be of a run: text and an acknowledgment, in one slice that nobody shares.
struct Piece {
  const std::byte* headers;
  std::size_t headers_size;
  std::size_t text;

  SeqNum seq() const { return SeqNum(load_be32(headers + kTcp + 4)); }
  bool pushed() const { return (load_u8(headers + kTcp + 13) & kPsh) != 0; }
};

std::optional<Piece> piece_of(const PacketBuffer& packet) {
  const Chain& chain = packet.payload();
  const bool plain = packet.offload.gso_size == 0 && !packet.offload.checksum_partial;
  if (!plain || !packet.header().empty() || chain.slice_count() != 1 || !chain.slice(0).sole_owner())
    return std::nullopt;
  const std::span<const std::byte> bytes = packet.front();
  if (bytes.size() < kTcp + wire::kTcpHeaderSize) return std::nullopt;
  const std::byte* ip = bytes.data();
  const bool usual = load_u8(ip) == kVersionAndLength && load_be16(ip + 2) == bytes.size() &&
                     (load_be16(ip + 6) & kAnyFragment) == 0 &&
                     load_u8(ip + 9) == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  if (!usual || load_u8(ip + kTcp + 12) % 16 != 0) return std::nullopt;
  const std::size_t headers_size = kTcp + std::size_t{load_u8(ip + kTcp + 12)} / 16 * 4;
  if (headers_size < kTcp + wire::kTcpHeaderSize || headers_size >= bytes.size()) return std::nullopt;
  const auto flags = static_cast<std::uint8_t>(load_u8(ip + kTcp + 13) & ~kPsh);
  if (flags != kAck) return std::nullopt;
  return Piece{ip, headers_size, bytes.size() - headers_size};
}

bool is_intact(const PacketBuffer& packet) {
  const std::span<const std::byte> bytes = packet.front();
  Checksum header;
  header.add(bytes.first(kTcp));
  if (header.finish() != 0) return false;
  if (packet.offload.checksum_valid) return true;
  const std::byte* ip = bytes.data();
  Checksum sum = wire::pseudo_header(Ipv4Address(load_be32(ip + 12)), Ipv4Address(load_be32(ip + 16)),
                                     wire::IpProtocol::Tcp, bytes.size() - kTcp);
  sum.add(bytes.subspan(kTcp));
  return sum.finish() == 0;
}

/// All but lengths, identification, checksums, number and PSH.
bool same_but_number(const Piece& a, const Piece& b) {
  const auto same = [&](std::size_t begin, std::size_t end) {
    return std::memcmp(a.headers + begin, b.headers + begin, end - begin) == 0;
  };
  return a.headers_size == b.headers_size && same(0, 2) && same(6, 10) && same(12, kTcp + 4) &&
         same(kTcp + 8, kTcp + 13) && same(kTcp + 14, kTcp + 16) && same(kTcp + 18, a.headers_size);
}

/// A run that grows.
class Run {
 public:
  Run(PacketBuffer& packet, const std::optional<Piece>& piece) : packet_(&packet), first_(piece) {
    open_ = first_ && !first_->pushed();
    if (first_) next_ = first_->seq() + static_cast<std::uint32_t>(first_->text);
  }

  /// `piece`: what `packet` is. False: it does not continue the run.
  bool take(PacketBuffer& packet, const std::optional<Piece>& piece) {
    if (!open_) return false;
    const bool continues = piece && piece->seq() == next_ && piece->text <= first_->text &&
                           packet_->size() + piece->text <= kLongest && same_but_number(*first_, *piece);
    if (!continues || !is_intact(packet) || (!merged_ && !is_intact(*packet_))) return open_ = false;
    merged_ = true;
    next_ += static_cast<std::uint32_t>(piece->text);
    pushed_ = piece->pushed();
    open_ = !pushed_ && piece->text == first_->text;  // a short one is the last
    packet.trim_front(piece->headers_size);
    packet_->payload().append(std::exchange(packet.payload(), Chain()));
    return true;
  }

  void finish() {
    if (!merged_) return;
    std::byte* ip = packet_->writable_front().data();
    store_be16(ip + 2, static_cast<std::uint16_t>(packet_->size()));
    store_be16(ip + 10, 0);
    Checksum header;
    header.add(std::span(ip, kTcp));
    store_be16(ip + 10, header.finish());
    if (pushed_) store_u8(ip + kTcp + 13, kAck | kPsh);
    packet_->offload.gso_size = static_cast<std::uint16_t>(first_->text);
    packet_->offload.checksum_valid = true;
  }

 private:
  PacketBuffer* packet_;
  std::optional<Piece> first_;  // its headers stay where they are: in the first slice of packet_
  SeqNum next_;
  bool open_ = false;
  bool merged_ = false;
  bool pushed_ = false;
};

}  // namespace

std::size_t merge_segments(std::span<PacketBuffer> packets) {
  if (packets.empty()) return 0;
  std::size_t last = 0;
  Run run(packets[0], piece_of(packets[0]));
  for (std::size_t i = 1; i < packets.size(); ++i) {
    const auto piece = piece_of(packets[i]);
    if (run.take(packets[i], piece)) continue;
    run.finish();
    if (++last != i) packets[last] = std::move(packets[i]);
    run = Run(packets[last], piece);
  }
  run.finish();
  return last + 1;
}

}  // namespace tunic
