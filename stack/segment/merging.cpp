// Offsets are those of RFC 791 §3.1 and, 20 octets on, of RFC 9293 §3.1: headers of a run have no IP options.
#include "segment/merging.hpp"

#include <algorithm>
#include <array>
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

constexpr std::size_t kLongestHeaders = kTcp + 60;

/// A segment that can be of a run: text and an acknowledgment, right as far as its headers say.
struct Piece {
  const std::byte* headers;
  std::size_t headers_size;
  std::size_t text;

  SeqNum seq() const { return SeqNum(load_be32(headers + kTcp + 4)); }
  bool pushed() const { return (load_u8(headers + kTcp + 13) & kPsh) != 0; }
};

std::optional<Piece> piece_of(std::span<const std::byte> packet) {
  if (packet.size() < kTcp + wire::kTcpHeaderSize) return std::nullopt;
  const std::byte* ip = packet.data();
  const bool usual = load_u8(ip) == kVersionAndLength && load_be16(ip + 2) == packet.size() &&
                     (load_be16(ip + 6) & kAnyFragment) == 0 &&
                     load_u8(ip + 9) == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  if (!usual || load_u8(ip + kTcp + 12) % 16 != 0) return std::nullopt;
  const std::size_t headers_size = kTcp + std::size_t{load_u8(ip + kTcp + 12)} / 16 * 4;
  if (headers_size < kTcp + wire::kTcpHeaderSize || headers_size >= packet.size()) return std::nullopt;
  const auto flags = static_cast<std::uint8_t>(load_u8(ip + kTcp + 13) & ~kPsh);
  if (flags != kAck) return std::nullopt;
  return Piece{ip, headers_size, packet.size() - headers_size};
}

bool is_intact(std::span<const std::byte> packet) {
  Checksum header;
  header.add(packet.first(kTcp));
  if (header.finish() != 0) return false;
  const std::byte* ip = packet.data();
  Checksum sum = wire::pseudo_header(Ipv4Address(load_be32(ip + 12)), Ipv4Address(load_be32(ip + 16)),
                                     wire::IpProtocol::Tcp, packet.size() - kTcp);
  sum.add(packet.subspan(kTcp));
  return sum.finish() == 0;
}

/// One run, as its headers tell it; where its octets lie is the reader's business.
class Run {
 public:
  /// Begins anew, with a packet that others may continue; else false.
  bool begin(std::span<const std::byte> packet) {
    const auto piece = piece_of(packet);
    if (!piece || piece->pushed() || !is_intact(packet)) return false;
    std::memcpy(headers_.data(), piece->headers, piece->headers_size);
    headers_size_ = piece->headers_size;
    text_ = piece->text;
    size_ = packet.size();
    next_ = piece->seq() + static_cast<std::uint32_t>(text_);
    open_ = true;
    pushed_ = false;
    return true;
  }

  /// Whether the packet continues the run: then its text is the run's next.
  bool take(std::span<const std::byte> packet) {
    const auto piece = piece_of(packet);
    const bool continues = piece && piece->seq() == next_ && piece->text <= text_ && size_ + piece->text <= kLongest &&
                           same_but_number(*piece) && is_intact(packet);
    if (!continues) return false;
    size_ += piece->text;
    next_ += static_cast<std::uint32_t>(piece->text);
    pushed_ = piece->pushed();
    open_ = !pushed_ && piece->text == text_;  // a short one is the last
    return true;
  }

  bool open() const { return open_; }
  std::size_t headers_size() const { return headers_size_; }
  /// Octets of all, with one packet's headers.
  std::size_t size() const { return size_; }

  /// Writes into the first one's headers what is true of all.
  Offload finish(std::byte* ip) const {
    if (size_ == headers_size_ + text_) return {.checksum_valid = true};
    store_be16(ip + 2, static_cast<std::uint16_t>(size_));
    store_be16(ip + 10, 0);
    Checksum header;
    header.add(std::span(ip, kTcp));
    store_be16(ip + 10, header.finish());
    if (pushed_) store_u8(ip + kTcp + 13, kAck | kPsh);
    return {.checksum_valid = true, .gso_size = static_cast<std::uint16_t>(text_)};
  }

 private:
  /// All but lengths, identification, checksums, number and PSH.
  bool same_but_number(const Piece& piece) const {
    const auto same = [&](std::size_t begin, std::size_t end) {
      return std::memcmp(headers_.data() + begin, piece.headers + begin, end - begin) == 0;
    };
    return headers_size_ == piece.headers_size && same(0, 2) && same(6, 10) && same(12, kTcp + 4) &&
           same(kTcp + 8, kTcp + 13) && same(kTcp + 14, kTcp + 16) && same(kTcp + 18, headers_size_);
  }

  std::array<std::byte, kLongestHeaders> headers_;  // the first's
  std::size_t headers_size_ = 0;
  std::size_t text_ = 0;  // octets of each, but for the last
  std::size_t size_ = 0;
  SeqNum next_;
  bool open_ = false;
  bool pushed_ = false;
};

/// A run lies in one block. The next packet is read to where its text is to be, so that its headers cover the end of the last
/// one's text, which is kept apart meanwhile.
class Reader {
 public:
  Reader(const ReadPacket& read, std::size_t longest, BlockPool& pool, std::span<PacketBuffer> batch)
      : read_(read), longest_(longest), pool_(pool), batch_(batch) {}

  std::size_t fill() {
    while (count_ < batch_.size() && (running_ ? read_next() : read_first())) continue;
    if (running_) finish_run();
    return count_;
  }

 private:
  bool read_first() {
    if (block_.empty()) block_ = pool_.allocate(kLongest);
    const std::size_t size = read_(block_.writable().first(longest_));
    if (size != 0) begin(size);
    return size != 0;
  }

  bool read_next() {
    const std::size_t headers = run_.headers_size();
    const std::size_t place = run_.size() - headers;
    if (place + longest_ > block_.size()) {
      finish_run();
      return true;
    }
    const std::span<std::byte> covered = block_.writable().subspan(place, headers);
    std::array<std::byte, kLongestHeaders> kept;
    std::memcpy(kept.data(), covered.data(), headers);
    const std::span<std::byte> room = block_.writable().subspan(place, longest_);
    const std::span<std::byte> packet = room.first(read_(room));
    const bool taken = !packet.empty() && run_.take(packet);
    Slice other = packet.empty() || taken ? Slice() : copy_to_longest(packet);
    std::memcpy(covered.data(), kept.data(), headers);
    if (taken && run_.open()) return true;
    if (packet.empty()) return false;
    finish_run();
    if (taken) return true;
    block_ = std::move(other);
    begin(packet.size());
    return true;
  }

  Slice copy_to_longest(std::span<const std::byte> packet) {
    Slice copy = pool_.allocate(kLongest);
    std::ranges::copy(packet, copy.writable().begin());
    return copy;
  }

  /// With the packet at the beginning of the block. A run needs a second place in the batch, for what ends it.
  void begin(std::size_t size) {
    running_ = count_ + 1 < batch_.size() && run_.begin(block_.bytes().first(size));
    if (!running_) put(size, {});
  }

  void finish_run() {
    running_ = false;
    put(run_.size(), run_.finish(block_.writable().data()));
  }

  void put(std::size_t size, const Offload& offload) {
    batch_[count_] = PacketBuffer(Chain(pool_.fitted(block_, size)));
    batch_[count_].offload = offload;
    ++count_;
  }

  const ReadPacket& read_;
  std::size_t longest_;
  BlockPool& pool_;
  std::span<PacketBuffer> batch_;
  std::size_t count_ = 0;
  Slice block_;
  Run run_;
  bool running_ = false;
};

}  // namespace

std::size_t read_merged(const ReadPacket& read, std::size_t longest, BlockPool& pool, std::span<PacketBuffer> batch) {
  return Reader(read, longest, pool, batch).fill();
}

}  // namespace tunic
