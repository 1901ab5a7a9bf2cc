// packetdrill's notation of a TCP segment, both ways: `P. 1:101(100) ack 1 win 502 <nop,nop,TS val 7 ecr 3>`.
//
// Owns the grammar of one segment; addresses, time and direction belong to whoever embeds it (scripts, traces, tables).
// RFC 9293 §3.1 for the fields, RFC 7323, RFC 2018 and RFC 7413 for the options. Numbers are relative to the ISNs, so the
// SYN is 0 and data begins at 1. SACK blocks are in the space of the acknowledgment: they tell the peer of its own data.
//
//     segment  := {fields} [port '>' port] FLAGS numbers [ack N] [win N] [urg N] [options] ['/udp(' port '>' port ')']
//     fields   := '[' field {',' field} ']' | '(' field {',' field} ')'
//     field    := ect0 | ect1 | ect01 | noecn | ce | tos N | ttl N
//     FLAGS    := letters of F S R P . U E W A (E: ECE, W: CWR, A: AE) and a digit 0..7 (the ACE counter), or '-' for none
//     numbers  := start:end(length) ['!'] | '...' '(' length ')'
//     options  := '<...>' (any) | '<' [option {',' option}] '>' | '<' hex '>'
//     option   := mss N | nop | eol | wscale N | sackOK | sack a:b {c:d} | TS val (N|...) ecr N['!'] | FO [hex]
//               | FOEXP [hex] | md5 (valid|hex) | ECN {(e0b|ceb|e1b) N} | kind N [0xhex] | 0xhex
//
// kind and 0x write what has no name: an option of another kind or length, and octets that are no option at all. '!' marks
// a number that is not relative but as on the wire; '...' one that may be anything; /udp a segment inside a UDP datagram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tunic/event.hpp>

#include "text/scanner.hpp"
#include "wire/tcp.hpp"
#include "wire/tcp_options.hpp"

namespace tunic {

/// The ECN field of the IP header (RFC 3168 §5).
enum class NotatedEcn : std::uint8_t { NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3, EitherEct = 4 };

enum class OptionsGiven : std::uint8_t {
  Absent,  ///< the text says nothing about options
  Any,     ///< <...>
  Exact,   ///< a list, possibly empty
};

/// What stands in front of a packet: IP fields and ports, as far as they are given.
struct NotatedHead {
  std::optional<NotatedEcn> ecn;
  std::optional<std::uint8_t> tos;
  std::optional<std::uint8_t> ttl;
  std::optional<Port> source_port;
  std::optional<Port> destination_port;
};

/// A segment as written; what the text leaves out is empty. Numbers are relative, those in SACK blocks too.
struct NotatedSegment : NotatedHead {
  wire::TcpFlags flags;
  std::uint32_t start = 0;
  std::uint32_t length = 0;  ///< octets of payload
  std::optional<std::uint32_t> ack;
  std::optional<std::uint16_t> window;  ///< the raw field
  std::optional<std::uint16_t> urgent;
  OptionsGiven options_given = OptionsGiven::Absent;
  wire::OptionBytes options;

  // What only scripts of BSD systems write.
  bool any_start = false;         ///< '...' instead of the numbers
  bool absolute_start = false;    ///< start is as on the wire
  bool any_ts_value = false;      ///< TS val ...
  bool absolute_ts_echo = false;  ///< ecr N!
  bool md5 = false;               ///< a signature (RFC 2385) is among the options
  bool udp_encapsulated = false;  ///< it travels in a UDP datagram
};

std::string to_notation(const SegmentInfo& segment);
/// The list with its angle brackets; empty for no options. `ack_base` is subtracted from SACK blocks.
std::string options_to_notation(std::span<const std::byte> options, std::uint32_t ack_base);

/// The whole text is one segment.
std::expected<NotatedSegment, NotationError> parse_segment(std::string_view text);
/// A segment in the middle of a larger text: reads as far as the segment goes. Look at scanner.failed() afterwards.
NotatedSegment parse_segment(NotationScanner& scanner);
/// The same in two parts, for a text in which other packets have such a head too.
NotatedHead parse_head(NotationScanner& scanner);
void parse_body(NotationScanner& scanner, NotatedSegment& segment);

/// What to add to numbers in options, to make live ones of relative ones or the other way round.
struct OptionOffsets {
  std::uint32_t sack = 0;  ///< the ISN of the receiver of the segment
  std::uint32_t ts_value = 0;
  std::uint32_t ts_echo = 0;
};

/// The same options with the offsets added, modulo 2^32. What is malformed stays as it is.
wire::OptionBytes rebase_options(std::span<const std::byte> options, const OptionOffsets& offsets);

}  // namespace tunic
