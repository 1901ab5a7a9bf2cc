// Recursive descent on text/scanner.hpp: after a failure everything is empty, and one place asks whether all went well.
#include "script/parser.hpp"

#include <fmt/format.h>

#include "script/icmp_names.hpp"
#include "script/source.hpp"

namespace tunic::script {

namespace {

constexpr int kDeepestNesting = 16;
constexpr std::string_view kDigits = "0123456789";

class Parser {
 public:
  Parser(std::string file, const Source& source) : source_(source), scanner_(source.text(), Blanks::WithLineBreaks) {
    script_.file = std::move(file);
  }

  std::expected<Script, ScriptError> run() {
    while (scanner_.take("--")) option();
    if (scanner_.next() == '`') script_.init = untimed_command();
    while (!scanner_.at_end() && scanner_.next() != '`') event();
    if (scanner_.next() == '`') script_.cleanup = untimed_command();
    if (!scanner_.at_end()) scanner_.fail("expected the end of the script behind its last command");
    if (!scanner_.failed() && script_.events.empty())
      scanner_.fail("expected an event: a script without any shows nothing");
    if (scanner_.failed()) {
      return std::unexpected(source_.error_at(scanner_.error()->column - 1, scanner_.error()->message));
    }
    return std::move(script_);
  }

 private:
  Place here() {
    scanner_.next();
    return source_.place_of(scanner_.position());
  }

  void option() {
    Option option{.name = {}, .value = {}, .place = here()};
    option.name = scanner_.word();
    if (option.name.empty()) scanner_.fail("expected the name of an option");
    if (scanner_.take("=")) {
      const std::string_view rest = scanner_.rest();
      const std::string_view value = rest.substr(0, rest.find_first_of(" \t\r\n"));
      scanner_.take(value);
      option.value = value;
    }
    script_.options.push_back(std::move(option));
  }

  Event untimed_command() {
    Event event;
    event.place = here();
    event.action = command();
    event.text = "`" + std::get<Command>(event.action).text + "`";
    return event;
  }

  void event() {
    Event event;
    event.place = here();
    const std::size_t begin = scanner_.position();
    event.time = time();
    std::optional<Duration> returns;
    if (scanner_.take("...")) returns = seconds();
    event.action = action(returns);
    event.text = on_one_line(begin, scanner_.position());
    script_.events.push_back(std::move(event));
  }

  std::string on_one_line(std::size_t begin, std::size_t end) const {
    std::string line;
    for (const char c : source_.text().substr(begin, end - begin)) {
      const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (!blank) line += c;
      if (blank && !line.empty() && line.back() != ' ') line += ' ';
    }
    return line;
  }

  // ---- Times ----

  EventTime time() {
    EventTime time;
    if (scanner_.take("*")) {
      time.base = EventTime::Base::Any;
      return time;
    }
    const bool relative = scanner_.take("+");
    time.base = relative ? EventTime::Base::Relative : EventTime::Base::Absolute;
    if (scanner_.next() != '.' && (scanner_.next() < '0' || scanner_.next() > '9')) {
      scanner_.fail("expected an event, which begins with its time: 0.1, +.1 or *");
    }
    time.begin = seconds();
    if (!scanner_.take("~")) return time;
    if (relative) scanner_.expect("+");
    time.end = seconds();
    if (*time.end < time.begin) scanner_.fail("the range of time ends before it begins");
    return time;
  }

  /// Seconds with at most six digits behind the point: 0.25, .25, 3
  Duration seconds() {
    constexpr std::uint32_t kMostSeconds = 1'000'000;
    constexpr std::size_t kPrecision = 6;
    Duration duration{};
    if (scanner_.next() != '.') duration = std::chrono::seconds(scanner_.number(kMostSeconds, "a time in seconds"));
    if (scanner_.rest().starts_with("...") || !scanner_.take(".")) return duration;
    const std::string_view digits = scanner_.run_of(kDigits);
    if (digits.empty() || digits.size() > 9) scanner_.fail("expected one to nine digits behind the point of a time");
    std::int64_t fraction = 0;
    for (std::size_t i = 0; i < kPrecision; ++i) fraction = fraction * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return duration + std::chrono::microseconds(fraction);
  }

  // ---- What happens ----

  std::variant<Packet, Call, Command, Code> action(std::optional<Duration> returns) {
    if (returns) return call(returns);
    if (scanner_.take("<")) return packet(Direction::Inbound);
    if (scanner_.take(">")) return packet(Direction::Outbound);
    if (scanner_.next() == '`') return command();
    if (scanner_.take("%{")) return Code{std::string(scanner_.text_until("}%", "the piece of code"))};
    return call({});
  }

  Command command() {
    scanner_.expect("`");
    return {std::string(scanner_.text_until("`", "the command"))};
  }

  Packet packet(Direction direction) {
    const NotatedHead head = parse_head(scanner_);
    if (scanner_.take_word("icmp")) return {direction, icmp()};
    if (scanner_.take_word("udp")) return {direction, UdpPacket{.head = head, .length = length_in_parentheses()}};
    NotatedSegment segment{head};
    parse_body(scanner_, segment);
    if (direction == Direction::Inbound && !scanner_.failed()) check_inbound(segment);
    return {direction, std::move(segment)};
  }

  void check_inbound(const NotatedSegment& segment) {
    if (!segment.window) scanner_.fail("a segment that comes in needs a window: expected 'win'");
    if (segment.options_given == OptionsGiven::Any || segment.any_start || segment.any_ts_value) {
      scanner_.fail("a segment that comes in cannot leave anything open: '...' is for those that go out");
    }
  }

  IcmpPacket icmp() {
    IcmpPacket packet;
    const auto type = icmp_type_named(scanner_.word());
    if (!type) scanner_.fail("expected the type of an ICMP message: unreachable, time_exceeded, …, or type_N");
    packet.type = type.value_or(0);
    if (scanner_.next() != '[' && !scanner_.rest().starts_with("mtu")) {
      const auto code = icmp_code_named(packet.type, scanner_.word());
      if (!code) scanner_.fail("expected the code of the ICMP message: host_unreachable, frag_needed, …, or code_N");
      packet.code = code.value_or(0);
    }
    if (scanner_.take_word("mtu")) packet.mtu = static_cast<std::uint16_t>(scanner_.number(0xffff, "an MTU"));
    if (!scanner_.take("[")) return packet;
    if (scanner_.take_word("udp")) {
      packet.quote = IcmpPacket::Quote::Udp;
      packet.length = length_in_parentheses();
    } else {
      packet.quote = IcmpPacket::Quote::Tcp;
      packet.start = scanner_.number(0xffffffff, "a sequence number");
      scanner_.expect(":");
      const std::uint32_t end = scanner_.number(0xffffffff, "a sequence number");
      packet.length = length_in_parentheses();
      if (end - packet.start != packet.length) scanner_.fail("the length does not fit the sequence numbers");
    }
    scanner_.expect("]");
    return packet;
  }

  std::uint32_t length_in_parentheses() {
    constexpr std::uint32_t kLongestDatagram = 65507;
    scanner_.expect("(");
    const std::uint32_t length = scanner_.number(kLongestDatagram, "a length");
    scanner_.expect(")");
    return length;
  }

  // ---- Calls ----

  Call call(std::optional<Duration> returns) {
    Call call;
    call.place = here();
    call.name = scanner_.word();
    call.returns = returns;
    if (call.name.empty()) scanner_.fail("expected what happens: <, >, a call, a `command` or %{ code }%");
    scanner_.expect("(");
    call.arguments = values(")");
    scanner_.expect("=");
    call.result = value(0);
    const std::string_view rest = scanner_.rest();
    if (rest.starts_with("E")) call.error = scanner_.word();
    if (scanner_.take("(")) scanner_.text_until(")", "the note");
    return call;
  }

  /// What stands between commas, up to `end`, which is taken too.
  std::vector<Value> values(std::string_view end, int depth = 0) {
    std::vector<Value> values;
    if (scanner_.take(end)) return values;
    do {
      values.push_back(value(depth));
    } while (scanner_.take(","));
    scanner_.expect(end);
    return values;
  }

  Value value(int depth) {
    Value first = operand(depth);
    if (scanner_.next() != '|') return first;
    Value either{.kind = Value::Kind::Either, .place = first.place};
    either.items.push_back(std::move(first));
    while (scanner_.take("|")) either.items.push_back(operand(depth));
    return either;
  }

  Value operand(int depth) {
    Value value{.place = here()};
    if (depth > kDeepestNesting) {
      scanner_.fail("brackets are nested too deeply");
      return value;
    }
    const char next = scanner_.next();
    if (scanner_.take("...")) return value;
    if (next == '-' || (next >= '0' && next <= '9')) {
      value.kind = Value::Kind::Integer;
      value.integer = scanner_.integer("a number");
    } else if (next == '"') {
      value.kind = Value::Kind::Text;
      value.text = text();
    } else if (scanner_.take("[")) {
      value.kind = Value::Kind::List;
      value.items = values("]", depth + 1);
    } else if (scanner_.take("{")) {
      value.kind = Value::Kind::Record;
      value.fields = fields(depth + 1);
    } else {
      value.kind = Value::Kind::Name;
      value.text = scanner_.word();
      if (value.text.empty()) scanner_.fail("expected a value: ..., a number, a name, \"text\", [list] or {record}");
      if (scanner_.take("(")) {
        value.kind = Value::Kind::Apply;
        value.items = values(")", depth + 1);
      }
    }
    return value;
  }

  std::vector<Field> fields(int depth) {
    std::vector<Field> fields;
    if (scanner_.take("}")) return fields;
    do {
      Field field{.name = {}, .size = {}, .value = value(depth)};
      if (scanner_.take("=")) {
        const bool sized = field.value.kind == Value::Kind::Apply && field.value.items.size() == 1;
        if (!sized && field.value.kind != Value::Kind::Name)
          scanner_.fail("expected the name of a field in front of '='");
        field.name = field.value.text;
        if (sized) field.size = field.value.items.front();
        field.value = value(depth);
      }
      fields.push_back(std::move(field));
    } while (scanner_.take(","));
    scanner_.expect("}");
    return fields;
  }

  std::string text() {
    scanner_.expect("\"");
    const std::string_view text = scanner_.text_until("\"", "the text");
    if (text.contains('\n')) scanner_.fail("the text has no end: expected '\"' on the same line");
    return std::string(text);
  }

  const Source& source_;
  NotationScanner scanner_;
  Script script_;
};

}  // namespace

std::expected<Script, ScriptError> parse_script(std::string file, std::string_view text,
                                                const Definitions& definitions) {
  const auto source = Source::prepare(file, text, definitions);
  if (!source) return std::unexpected(source.error());
  return Parser(std::move(file), *source).run();
}

}  // namespace tunic::script
