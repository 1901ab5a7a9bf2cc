// The grammar of one segment in both directions. Writing takes any octets; reading says at which column it stopped.
#include "text/notation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/endian.hpp"

namespace tunic {

using wire::OptionBytes;
using wire::OptionKind;
using wire::TcpFlags;

namespace {

struct FlagLetter {
  char letter;
  TcpFlags::Bit bit;
};

// In the order in which packetdrill prints them.
constexpr std::array<FlagLetter, 9> kFlagLetters{{{'F', TcpFlags::Fin},
                                                  {'S', TcpFlags::Syn},
                                                  {'R', TcpFlags::Rst},
                                                  {'P', TcpFlags::Psh},
                                                  {'.', TcpFlags::Ack},
                                                  {'U', TcpFlags::Urg},
                                                  {'E', TcpFlags::Ece},
                                                  {'W', TcpFlags::Cwr},
                                                  {'A', TcpFlags::Ae}}};
constexpr std::string_view kFlagAlphabet = "FSRP.UEWA-01234567";

constexpr std::uint32_t kMax32 = 0xffffffff;
constexpr std::size_t kSackBlockSize = 8;
constexpr std::size_t kTimestampsSize = 10;  // with kind and length

std::string flags_to_notation(TcpFlags flags) {
  std::string letters;
  for (const FlagLetter& flag : kFlagLetters) {
    if (flags.has(flag.bit)) letters += flag.letter;
  }
  return letters.empty() ? "-" : letters;
}

std::string tos_to_notation(std::uint8_t tos) {
  constexpr std::array<std::string_view, 4> kNames{"noecn", "ect1", "ect0", "ce"};
  if (tos == 0) return {};
  return tos <= 3 ? fmt::format("[{}] ", kNames[tos]) : fmt::format("[tos {:#x}] ", tos);
}

std::string hex(std::span<const std::byte> bytes) {
  std::string digits;
  for (const std::byte byte : bytes) fmt::format_to(std::back_inserter(digits), "{:02x}", std::to_integer<int>(byte));
  return digits;
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
      if (!body.empty() && body.size() % kSackBlockSize == 0) {
        std::string blocks = "sack";
        for (std::size_t i = 0; i < body.size(); i += kSackBlockSize) {
          blocks += fmt::format(" {}:{}", load_be32(data + i) - ack_base, load_be32(data + i + 4) - ack_base);
        }
        return blocks;
      }
      break;
    case OptionKind::Timestamps:
      if (body.size() == 8) return fmt::format("TS val {} ecr {}", load_be32(data), load_be32(data + 4));
      break;
    case OptionKind::FastOpen:
      return body.empty() ? "FO" : "FO " + hex(body);
    default:
      break;
  }
  return body.empty() ? fmt::format("kind {}", kind) : fmt::format("kind {} 0x{}", kind, hex(body));
}

NotatedEcn parse_ecn_name(NotationScanner& scanner) {
  if (scanner.take_word("noecn")) return NotatedEcn::NotEct;
  if (scanner.take_word("ect0")) return NotatedEcn::Ect0;
  if (scanner.take_word("ect1")) return NotatedEcn::Ect1;
  if (scanner.take_word("ect01")) return NotatedEcn::EitherEct;
  if (!scanner.take_word("ce")) scanner.fail("expected one of ect0, ect1, ect01, noecn, ce, tos and ttl");
  return NotatedEcn::Ce;
}

/// What stands in front in brackets of either kind; false: nothing does.
bool parse_ip_fields(NotationScanner& scanner, NotatedSegment& segment) {
  const bool square = scanner.take("[");
  if (!square && !scanner.take("(")) return false;
  do {
    if (scanner.take_word("tos")) {
      segment.tos = static_cast<std::uint8_t>(scanner.number(0xff, "the type of service"));
    } else if (scanner.take_word("ttl")) {
      segment.ttl = static_cast<std::uint8_t>(scanner.number(0xff, "the time to live"));
    } else {
      segment.ecn = parse_ecn_name(scanner);
    }
  } while (scanner.take(","));
  scanner.expect(square ? "]" : ")");
  return !scanner.failed();
}

void parse_ports(NotationScanner& scanner, NotatedSegment& segment) {
  if (scanner.next() < '0' || scanner.next() > '9') return;
  segment.source_port = static_cast<Port>(scanner.number(0xffff, "a port"));
  scanner.expect(">");
  segment.destination_port = static_cast<Port>(scanner.number(0xffff, "a port"));
}

/// The ACE counter lies in three flags (RFC 9768 §3.2.2): AE counts 4, CWR 2, ECE 1.
TcpFlags ace_flags(std::uint8_t counter) {
  TcpFlags flags;
  if ((counter & 4) != 0) flags |= TcpFlags::Ae;
  if ((counter & 2) != 0) flags |= TcpFlags::Cwr;
  if ((counter & 1) != 0) flags |= TcpFlags::Ece;
  return flags;
}

TcpFlags parse_flags(NotationScanner& scanner) {
  const std::string_view letters = scanner.run_of(kFlagAlphabet);
  if (letters.empty()) scanner.fail("expected flags: letters of F S R P . U E W A, or - for none");
  if (letters.size() > 1 && letters.contains('-')) scanner.fail("'-' stands for no flags and takes no company");
  TcpFlags flags;
  for (const char letter : letters) {
    if (letter >= '0' && letter <= '7') flags |= ace_flags(static_cast<std::uint8_t>(letter - '0'));
    const auto flag = std::ranges::find(kFlagLetters, letter, &FlagLetter::letter);
    if (flag != kFlagLetters.end()) flags |= flag->bit;
  }
  return flags;
}

void parse_sequence(NotationScanner& scanner, NotatedSegment& segment) {
  segment.any_start = scanner.take("...");
  if (segment.any_start) {
    scanner.expect("(");
    segment.length = scanner.number(0xffff, "the length of the payload");
    scanner.expect(")");
    return;
  }
  segment.start = scanner.number(kMax32, "a sequence number");
  scanner.expect(":");
  const std::uint32_t end = scanner.number(kMax32, "a sequence number");
  scanner.expect("(");
  segment.length = scanner.number(0xffff, "the length of the payload");
  if (end - segment.start != segment.length) {
    scanner.fail(fmt::format("{}:{} are {} octets", segment.start, end, end - segment.start));
  }
  scanner.expect(")");
  segment.absolute_start = scanner.take("!");
}

void parse_numbers(NotationScanner& scanner, NotatedSegment& segment) {
  parse_sequence(scanner, segment);
  if (scanner.take_word("ack")) segment.ack = scanner.number(kMax32, "the acknowledgment");
  if (scanner.take_word("win")) segment.window = static_cast<std::uint16_t>(scanner.number(0xffff, "the window"));
  if (scanner.take_word("urg")) {
    segment.urgent = static_cast<std::uint16_t>(scanner.number(0xffff, "the urgent pointer"));
  }
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

/// Fast Open by the experimental option: a magic number in front of the cookie (RFC 7413 §4.1.1, RFC 6994).
bool parse_experimental_fast_open(NotationScanner& scanner, OptionBytes& options) {
  std::vector<std::byte> body{std::byte{0xf9}, std::byte{0x89}};
  const std::vector<std::byte> cookie = scanner.hex_bytes();
  body.insert(body.end(), cookie.begin(), cookie.end());
  return add_option(options, static_cast<std::uint8_t>(OptionKind::Experimental), body);
}

bool parse_md5(NotationScanner& scanner, NotatedSegment& segment) {
  constexpr std::uint8_t kMd5Signature = 19;
  constexpr std::size_t kDigestSize = 16;
  segment.md5 = true;
  std::vector<std::byte> digest(kDigestSize);
  if (!scanner.take_word("valid")) digest = scanner.hex_bytes();
  return add_option(segment.options, kMd5Signature, digest);
}

/// The AccECN option (RFC 9768 §3.2.3): counters of three octets. Which one comes first makes its kind.
bool parse_accurate_ecn(NotationScanner& scanner, OptionBytes& options) {
  constexpr std::uint8_t kEct0First = 172;
  constexpr std::uint8_t kEct1First = 174;
  constexpr std::uint32_t kMax24 = 0xffffff;
  constexpr std::array<std::string_view, 3> kNames{"e0b", "ceb", "e1b"};
  const bool e1b_first = scanner.rest().starts_with("e1b");
  std::vector<std::byte> body;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!scanner.take_word(kNames[e1b_first ? kNames.size() - 1 - i : i])) break;
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

void parse_encapsulation(NotationScanner& scanner, NotatedSegment& segment) {
  segment.udp_encapsulated = scanner.take("/udp(");
  if (!segment.udp_encapsulated) return;
  scanner.number(0xffff, "a port");
  scanner.expect(">");
  scanner.number(0xffff, "a port");
  scanner.expect(")");
}

}  // namespace

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

std::string to_notation(const SegmentInfo& segment) {
  const TcpFlags flags(segment.flags);
  const std::uint32_t start = segment.seq - segment.seq_base;
  std::string line = fmt::format("{}{} {}:{}({})", tos_to_notation(segment.tos), flags_to_notation(flags), start,
                                 start + segment.payload_size, segment.payload_size);
  if (flags.ack()) line += fmt::format(" ack {}", segment.ack - segment.ack_base);
  line += fmt::format(" win {}", segment.window);
  if (flags.urg() || segment.urgent != 0) line += fmt::format(" urg {}", segment.urgent);
  if (!segment.options.empty()) line += ' ' + options_to_notation(segment.options, segment.ack_base);
  return line;
}

NotatedSegment parse_segment(NotationScanner& scanner) {
  NotatedSegment segment;
  while (parse_ip_fields(scanner, segment)) {
  }
  parse_ports(scanner, segment);
  segment.flags = parse_flags(scanner);
  parse_numbers(scanner, segment);
  parse_options(scanner, segment);
  parse_encapsulation(scanner, segment);
  return segment;
}

std::expected<NotatedSegment, NotationError> parse_segment(std::string_view text) {
  NotationScanner scanner(text);
  NotatedSegment segment = parse_segment(scanner);
  if (!scanner.at_end()) scanner.fail("expected the end of the segment");
  if (scanner.failed()) return std::unexpected(*scanner.error());
  return segment;
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
