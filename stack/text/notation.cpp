// The grammar of one segment in both directions. Writing takes any octets; reading says at which column it stopped.
#include "text/notation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/option_notation.hpp"

namespace tunic {

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

NotatedEcn parse_ecn_name(NotationScanner& scanner) {
  if (scanner.take_word("noecn")) return NotatedEcn::NotEct;
  if (scanner.take_word("ect0")) return NotatedEcn::Ect0;
  if (scanner.take_word("ect1")) return NotatedEcn::Ect1;
  if (scanner.take_word("ect01")) return NotatedEcn::EitherEct;
  if (!scanner.take_word("ce")) scanner.fail("expected one of ect0, ect1, ect01, noecn, ce, tos and ttl");
  return NotatedEcn::Ce;
}

/// What stands in front in brackets of either kind; false: nothing does.
bool parse_ip_fields(NotationScanner& scanner, NotatedHead& head) {
  const bool square = scanner.take("[");
  if (!square && !scanner.take("(")) return false;
  do {
    if (scanner.take_word("tos")) {
      head.tos = static_cast<std::uint8_t>(scanner.number(0xff, "the type of service"));
    } else if (scanner.take_word("ttl")) {
      head.ttl = static_cast<std::uint8_t>(scanner.number(0xff, "the time to live"));
    } else {
      head.ecn = parse_ecn_name(scanner);
    }
  } while (scanner.take(","));
  scanner.expect(square ? "]" : ")");
  return !scanner.failed();
}

void parse_ports(NotationScanner& scanner, NotatedHead& head) {
  if (scanner.next() < '0' || scanner.next() > '9') return;
  head.source_port = static_cast<Port>(scanner.number(0xffff, "a port"));
  scanner.expect(">");
  head.destination_port = static_cast<Port>(scanner.number(0xffff, "a port"));
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

void parse_encapsulation(NotationScanner& scanner, NotatedSegment& segment) {
  segment.udp_encapsulated = scanner.take("/udp(");
  if (!segment.udp_encapsulated) return;
  scanner.number(0xffff, "a port");
  scanner.expect(">");
  scanner.number(0xffff, "a port");
  scanner.expect(")");
}

}  // namespace

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
  static_cast<NotatedHead&>(segment) = parse_head(scanner);
  parse_body(scanner, segment);
  return segment;
}

NotatedHead parse_head(NotationScanner& scanner) {
  NotatedHead head;
  while (parse_ip_fields(scanner, head)) {
  }
  parse_ports(scanner, head);
  return head;
}

void parse_body(NotationScanner& scanner, NotatedSegment& segment) {
  segment.flags = parse_flags(scanner);
  parse_numbers(scanner, segment);
  parse_options(scanner, segment);
  parse_encapsulation(scanner, segment);
}

std::expected<NotatedSegment, NotationError> parse_segment(std::string_view text) {
  NotationScanner scanner(text);
  NotatedSegment segment = parse_segment(scanner);
  if (!scanner.at_end()) scanner.fail("expected the end of the segment");
  if (scanner.failed()) return std::unexpected(*scanner.error());
  return segment;
}

}  // namespace tunic
