// The list of options in both directions. RFC 9293 §3.1, RFC 7323, RFC 2018, RFC 7413, RFC 9768; what has no name is written
// by kind, and what is no option as octets.
#include "text/option_notation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/endian.hpp"
#include "text/notation.hpp"

namespace tunic {

using wire::OptionBytes;
using wire::OptionKind;

namespace {

constexpr std::uint32_t kMax32 = 0xffffffff;
constexpr std::size_t kSackBlockSize = 8;
constexpr std::size_t kTimestampsSize = 10;  // with kind and length
constexpr std::uint8_t kMd5Signature = 19;
constexpr std::size_t kMd5DigestSize = 16;
/// RFC 9768 §3.2.3: which counter comes first makes the kind.
constexpr std::uint8_t kEct0First = 172;
constexpr std::uint8_t kEct1First = 174;
constexpr std::array<std::string_view, 3> kEct0Order{"e0b", "ceb", "e1b"};
constexpr std::array<std::string_view, 3> kEct1Order{"e1b", "ceb", "e0b"};
constexpr std::size_t kEcnCounterSize = 3;
/// Fast Open by the experimental option: a magic number in front of the cookie (RFC 7413 §4.1.1, RFC 6994).
constexpr std::uint16_t kFastOpenMagic = 0xf989;

std::string hex(std::span<const std::byte> bytes) {
  std::string digits;
  for (const std::byte byte : bytes) fmt::format_to(std::back_inserter(digits), "{:02x}", std::to_integer<int>(byte));
  return digits;
}

std::string sack_to_notation(std::span<const std::byte> body, std::uint32_t ack_base) {
  std::string blocks = "sack";
  for (std::size_t i = 0; i < body.size(); i += kSackBlockSize) {
    const std::byte* block = body.data() + i;
    blocks += fmt::format(" {}:{}", load_be32(block) - ack_base, load_be32(block + 4) - ack_base);
  }
  return blocks;
}

std::string accurate_ecn_to_notation(std::span<const std::byte> body, const std::array<std::string_view, 3>& names) {
  std::string counters = "ECN";
  for (std::size_t i = 0; i < body.size() / kEcnCounterSize; ++i) {
    const std::byte* counter = body.data() + i * kEcnCounterSize;
    counters += fmt::format(" {} {}", names[i], load_u8(counter) << 16 | load_be16(counter + 1));
  }
  return counters;
}

/// One option with a length octet; `body` is what follows it.
std::string option_to_notation(std::uint8_t kind, std::span<const std::byte> body, std::uint32_t ack_base) {
  const std::byte* data = body.data();
  switch (static_cast<OptionKind>(kind)) {
    case OptionKind::Mss:
      if (body.size() == 2) return fmt::format("mss {}", load_be16(data));
      break;
    case OptionKind::WindowScale:
      if (body.size() == 1) return fmt::format("wscale {}", load_u8(data));
      break;
    case OptionKind::SackPermitted:
      if (body.empty()) return "sackOK";
      break;
    case OptionKind::Sack:
      if (!body.empty() && body.size() % kSackBlockSize == 0) return sack_to_notation(body, ack_base);
      break;
    case OptionKind::Timestamps:
      if (body.size() == 8) return fmt::format("TS val {} ecr {}", load_be32(data), load_be32(data + 4));
      break;
    case OptionKind::FastOpen:
      return body.empty() ? "FO" : "FO " + hex(body);
    case OptionKind::Experimental:
      if (body.size() == 2 && load_be16(data) == kFastOpenMagic) return "FOEXP";
      if (body.size() > 2 && load_be16(data) == kFastOpenMagic) return "FOEXP " + hex(body.subspan(2));
      break;
    default:
      break;
  }
  if (kind == kMd5Signature && body.size() == kMd5DigestSize) return "md5 " + hex(body);
  const bool counters = body.size() % kEcnCounterSize == 0 && body.size() / kEcnCounterSize <= kEct0Order.size();
  if (kind == kEct0First && counters) return accurate_ecn_to_notation(body, kEct0Order);
  if (kind == kEct1First && counters && !body.empty()) return accurate_ecn_to_notation(body, kEct1Order);
  return body.empty() ? fmt::format("kind {}", kind) : fmt::format("kind {} 0x{}", kind, hex(body));
}

bool parse_sack(NotationScanner& scanner, OptionBytes& options) {
  std::array<SeqRange, 4> blocks{};
  std::size_t count = 0;
  do {
    if (count == blocks.size()) {
      scanner.fail("a segment has room for four SACK blocks");
      return true;
    }
    const std::uint32_t begin = scanner.number(kMax32, "a sequence number");
    scanner.expect(":");
    blocks[count++] = {SeqNum(begin), SeqNum(scanner.number(kMax32, "a sequence number"))};
  } while (scanner.next() >= '0' && scanner.next() <= '9');
  return options.sack({blocks.data(), count});
}

bool add_option(OptionBytes& options, std::uint8_t kind, std::span<const std::byte> body) {
  std::vector<std::byte> option{std::byte{kind}, static_cast<std::byte>(body.size() + 2)};
  option.insert(option.end(), body.begin(), body.end());
  return options.raw(option);
}

bool parse_timestamps(NotationScanner& scanner, NotatedSegment& segment) {
  scanner.expect("val");
  segment.any_ts_value = scanner.take("...");
  const std::uint32_t value = segment.any_ts_value ? 0 : scanner.number(kMax32, "the timestamp");
  scanner.expect("ecr");
  const std::uint32_t echo = scanner.number(kMax32, "the echoed timestamp");
  segment.absolute_ts_echo = scanner.take("!");
  return segment.options.timestamps({value, echo});
}

bool parse_experimental_fast_open(NotationScanner& scanner, OptionBytes& options) {
  std::vector<std::byte> body(2);
  store_be16(body.data(), kFastOpenMagic);
  const std::vector<std::byte> cookie = scanner.hex_bytes();
  body.insert(body.end(), cookie.begin(), cookie.end());
  return add_option(options, static_cast<std::uint8_t>(OptionKind::Experimental), body);
}

bool parse_md5(NotationScanner& scanner, NotatedSegment& segment) {
  segment.md5 = true;
  std::vector<std::byte> digest(kMd5DigestSize);
  if (!scanner.take_word("valid")) digest = scanner.hex_bytes();
  return add_option(segment.options, kMd5Signature, digest);
}

/// The AccECN option (RFC 9768 §3.2.3): counters of three octets.
bool parse_accurate_ecn(NotationScanner& scanner, OptionBytes& options) {
  constexpr std::uint32_t kMax24 = 0xffffff;
  const bool e1b_first = scanner.rest().starts_with("e1b");
  std::vector<std::byte> body;
  for (const std::string_view name : e1b_first ? kEct1Order : kEct0Order) {
    if (!scanner.take_word(name)) break;
    const std::uint32_t count = scanner.number(kMax24, "a counter of octets");
    for (const int shift : {16, 8, 0}) body.push_back(static_cast<std::byte>(count >> shift));
  }
  return add_option(options, e1b_first ? kEct1First : kEct0First, body);
}

/// False where the options have no room for it.
bool parse_option(NotationScanner& scanner, NotatedSegment& segment) {
  OptionBytes& options = segment.options;
  if (scanner.take_word("nop")) return options.nop();
  if (scanner.take_word("eol")) return options.raw(std::array{std::byte{0}});
  if (scanner.take_word("mss")) return options.mss(static_cast<std::uint16_t>(scanner.number(0xffff, "the MSS")));
  if (scanner.take_word("wscale")) {
    return options.window_scale(static_cast<std::uint8_t>(scanner.number(0xff, "the window scale")));
  }
  if (scanner.take_word("sackOK")) return options.sack_permitted();
  if (scanner.take_word("sack")) return parse_sack(scanner, options);
  if (scanner.take_word("TS")) return parse_timestamps(scanner, segment);
  if (scanner.take_word("FO")) {
    return add_option(options, static_cast<std::uint8_t>(OptionKind::FastOpen), scanner.hex_bytes());
  }
  if (scanner.take_word("FOEXP")) return parse_experimental_fast_open(scanner, options);
  if (scanner.take_word("md5")) return parse_md5(scanner, segment);
  if (scanner.take_word("ECN")) return parse_accurate_ecn(scanner, options);
  if (scanner.take_word("kind")) {
    const auto kind = static_cast<std::uint8_t>(scanner.number(0xff, "an option's kind"));
    return add_option(options, kind, scanner.take("0x") ? scanner.hex_bytes() : std::vector<std::byte>{});
  }
  if (scanner.take("0x")) return options.raw(scanner.hex_bytes());
  scanner.fail("expected an option: mss, nop, eol, wscale, sackOK, sack, TS, FO, FOEXP, md5, ECN, kind or 0x");
  return true;
}

}  // namespace

void parse_options(NotationScanner& scanner, NotatedSegment& segment) {
  if (!scanner.take("<")) return;
  segment.options_given = OptionsGiven::Exact;
  if (scanner.take("...")) {
    segment.options_given = OptionsGiven::Any;
  } else if (const auto octets = scanner.hex_bytes_before(">"); !octets.empty()) {
    if (!segment.options.raw(octets)) scanner.fail("options take more than 40 octets");
  } else if (scanner.next() != '>') {
    do {
      if (!parse_option(scanner, segment)) scanner.fail("options take more than 40 octets");
    } while (scanner.take(","));
  }
  if (segment.options.size() % 4 != 0) {
    scanner.fail(fmt::format("options take {} octets: fill them up to a multiple of four with nop or eol",
                             segment.options.size()));
  }
  scanner.expect(">");
}

std::string options_to_notation(std::span<const std::byte> options, std::uint32_t ack_base) {
  if (options.empty()) return {};
  std::string list;
  const auto add = [&list](std::string_view item) {
    list += list.empty() ? "<" : ",";
    list += item;
  };
  while (!options.empty()) {
    const std::uint8_t kind = load_u8(options.data());
    const bool has_length = kind != 0 && kind != 1;
    if (!has_length) {
      add(kind == 0 ? "eol" : "nop");
      options = options.subspan(1);
      const bool padding = std::ranges::all_of(options, [](std::byte b) { return b == std::byte{0}; });
      if (kind != 0 || padding) continue;
      add("0x" + hex(options));  // behind the end of the list nothing is an option
      break;
    }
    const std::size_t length = options.size() > 1 ? load_u8(options.data() + 1) : 0;
    if (length < 2 || length > options.size()) {
      add("0x" + hex(options));
      break;
    }
    add(option_to_notation(kind, options.subspan(2, length - 2), ack_base));
    options = options.subspan(length);
  }
  return list + '>';
}

OptionBytes rebase_options(std::span<const std::byte> options, const OptionOffsets& offsets) {
  std::array<std::byte, wire::kTcpMaxOptionsSize> rebased{};
  const std::size_t size = std::min(options.size(), rebased.size());
  std::ranges::copy(options.first(size), rebased.begin());
  const auto add = [&rebased](std::size_t at, std::uint32_t offset) {
    store_be32(&rebased[at], load_be32(&rebased[at]) + offset);
  };
  for (std::size_t i = 0; i + 1 < size && rebased[i] != std::byte{0};) {
    const auto kind = static_cast<OptionKind>(rebased[i]);
    if (kind == OptionKind::Nop) {
      ++i;
      continue;
    }
    const std::size_t length = load_u8(&rebased[i + 1]);
    if (length < 2 || i + length > size) break;
    if (kind == OptionKind::Sack && length % kSackBlockSize == 2) {
      for (std::size_t at = i + 2; at < i + length; at += 4) add(at, offsets.sack);
    } else if (kind == OptionKind::Timestamps && length == kTimestampsSize) {
      add(i + 2, offsets.ts_value);
      add(i + 6, offsets.ts_echo);
    }
    i += length;
  }
  return OptionBytes({rebased.data(), size});
}

}  // namespace tunic
