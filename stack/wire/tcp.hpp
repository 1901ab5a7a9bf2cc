// The TCP header without its options. RFC 9293 §3.1.
#pragma once

#include <cstdint>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/why.hpp>

#include "base/quantities.hpp"
#include "base/seq_num.hpp"

namespace tunic::wire {

inline constexpr std::size_t kTcpHeaderSize = 20;
inline constexpr std::size_t kTcpMaxOptionsSize = 40;

/// Control bits as one value. The names are the RFC's.
class TcpFlags {
 public:
  enum Bit : std::uint16_t { Fin = 1, Syn = 2, Rst = 4, Psh = 8, Ack = 16, Urg = 32, Ece = 64, Cwr = 128, Ae = 256 };
  constexpr TcpFlags() = default;
  constexpr TcpFlags(Bit bit) : bits_(bit) {}  // NOLINT(google-explicit-constructor): a bit is a set of bits
  constexpr explicit TcpFlags(std::uint16_t bits) : bits_(bits & 0x1ff) {}
  constexpr std::uint16_t bits() const { return bits_; }
  constexpr bool has(Bit bit) const { return (bits_ & bit) != 0; }
  constexpr bool syn() const { return has(Syn); }
  constexpr bool ack() const { return has(Ack); }
  constexpr bool rst() const { return has(Rst); }
  constexpr bool fin() const { return has(Fin); }
  constexpr bool psh() const { return has(Psh); }
  constexpr bool urg() const { return has(Urg); }
  friend constexpr TcpFlags operator|(TcpFlags a, TcpFlags b) {
    return TcpFlags(static_cast<std::uint16_t>(a.bits_ | b.bits_));
  }
  constexpr TcpFlags& operator|=(TcpFlags other) { return *this = *this | other; }
  constexpr TcpFlags without(TcpFlags other) const {
    return TcpFlags(static_cast<std::uint16_t>(bits_ & ~other.bits_));
  }
  friend constexpr bool operator==(TcpFlags, TcpFlags) = default;

 private:
  std::uint16_t bits_ = 0;
};
constexpr TcpFlags operator|(TcpFlags::Bit a, TcpFlags::Bit b) {
  return TcpFlags(a) | TcpFlags(b);
}

struct TcpHeader {
  Port source_port = 0;
  Port destination_port = 0;
  SeqNum seq;
  SeqNum ack;
  std::uint8_t header_size = kTcpHeaderSize;  ///< octets, with options: data offset × 4
  TcpFlags flags;
  RawWindow window;
  std::uint16_t checksum = 0;
  std::uint16_t urgent = 0;
};

/// `bytes`: the segment as far as it is contiguous; `segment_size`: all of it. Checks the data offset (B2), not the
/// checksum. At least min(segment_size, 20) octets must be contiguous.
std::expected<TcpHeader, Why> parse_tcp(std::span<const std::byte> bytes, std::size_t segment_size);
/// Writes 20 octets; header.header_size gives the data offset.
void emit_tcp(const TcpHeader& header, std::span<std::byte> out);

}  // namespace tunic::wire
