// TCP options: the bytes in their order, and what they mean. RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 7413.
//
// OptionBytes is the one truth of a segment's options; TcpOptions is derived from it. A malformed option ends the parsing:
// what came before counts, the rest is as if absent (B3), and no connection is harmed by it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/quantities.hpp"
#include "base/seq_num.hpp"
#include "wire/tcp.hpp"

namespace tunic::wire {

enum class OptionKind : std::uint8_t {
  End = 0,
  Nop = 1,
  Mss = 2,
  WindowScale = 3,
  SackPermitted = 4,
  Sack = 5,
  Timestamps = 8,
  FastOpen = 34,
  Experimental = 254,
};

/// What RFC 7413 §4.1.1 puts in front of the cookie in an experimental option.
inline constexpr std::uint16_t kFastOpenExperiment = 0xf989;

struct Timestamps {
  std::uint32_t value = 0;       ///< TSval
  std::uint32_t echo_reply = 0;  ///< TSecr
  friend constexpr bool operator==(const Timestamps&, const Timestamps&) = default;
};

/// Encoded options, 0..40 octets. Writers append in order; padding to a multiple of four is explicit (pad()).
class OptionBytes {
 public:
  OptionBytes() = default;
  /// Copies at most 40 octets.
  explicit OptionBytes(std::span<const std::byte> bytes);

  std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return kTcpMaxOptionsSize - size_; }

  // Each returns false, and appends nothing, where there is no room.
  bool nop();
  bool mss(std::uint16_t value);
  bool window_scale(std::uint8_t shift);
  bool sack_permitted();
  bool timestamps(Timestamps value);
  bool sack(std::span<const SeqRange> blocks);
  bool raw(std::span<const std::byte> option);
  /// Fills with zeros (end of option list, MUST-69) up to a multiple of four.
  void pad();

 private:
  std::array<std::byte, kTcpMaxOptionsSize> bytes_{};
  std::uint8_t size_ = 0;
};

/// What a segment's options say. Of an option that comes twice the first counts.
struct TcpOptions {
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;  ///< the raw shift, possibly above 14
  bool sack_permitted = false;
  std::optional<Timestamps> timestamps;
  std::array<SeqRange, 4> sack{};
  std::uint8_t sack_count = 0;
  std::optional<std::span<const std::byte>> fast_open;  ///< the cookie, of any length (RFC 7413); points into the input
  bool fast_open_experimental = false;                  ///< it came as the experimental option (§4.1.1)
  bool malformed = false;                               ///< parsing stopped early

  std::span<const SeqRange> sack_blocks() const { return {sack.data(), sack_count}; }
};

TcpOptions parse_tcp_options(std::span<const std::byte> bytes);

}  // namespace tunic::wire
