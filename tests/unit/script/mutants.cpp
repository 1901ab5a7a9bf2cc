// Each function lists what can go wrong at one event.
#include "mutants.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tunic::script {

namespace {

constexpr std::uint8_t kTimestamps = 8;
constexpr std::uint8_t kUncheckedTtl = 255;

const Packet* outbound(const Event& event) {
  const auto* packet = std::get_if<Packet>(&event.action);
  return packet != nullptr && packet->direction == Direction::Outbound ? packet : nullptr;
}

/// Positions of octets of options that are compared: all but the values of timestamps.
std::vector<std::size_t> compared_octets(const wire::OptionBytes& options) {
  std::vector<std::size_t> positions;
  const auto octets = options.bytes();
  std::size_t at = 0;
  while (at < octets.size()) {
    const auto kind = std::to_integer<std::uint8_t>(octets[at]);
    const bool alone = kind <= 1 || at + 1 == octets.size();
    const std::size_t length = alone ? 1 : std::max<std::size_t>(2, std::to_integer<std::size_t>(octets[at + 1]));
    const std::size_t compared = kind == kTimestamps ? 2 : length;
    for (std::size_t i = at; i < std::min(at + compared, octets.size()); ++i) positions.push_back(i);
    at += length;
  }
  return positions;
}

class Lister {
 public:
  Lister(const Script& script, Duration tolerance) : script_(script), tolerance_(tolerance) { find_conversations(); }

  std::vector<Mutant> run() {
    for (at_ = 0; at_ < script_.events.size(); ++at_) {
      const Event& event = script_.events[at_];
      if (const Packet* packet = outbound(event)) {
        packets(event);
        if (const auto* segment = std::get_if<NotatedSegment>(&packet->content)) fields(*segment);
        if (std::holds_alternative<IcmpPacket>(packet->content)) icmp_fields();
        if (const auto* datagram = std::get_if<UdpPacket>(&packet->content)) udp_fields(*datagram);
      }
      if (const auto* call = std::get_if<Call>(&event.action)) results(*call);
    }
    return std::move(mutants_);
  }

 private:
  void add(MutantKind kind, std::string what, std::function<void(Event&)> change) {
    mutants_.push_back({kind, script_.events[at_].place, std::move(what),
                        [at = at_, change = std::move(change)](Script& script) { change(script.events[at]); }});
  }
  void add_field(std::string what, std::function<void(NotatedSegment&)> change) {
    add(MutantKind::Field, std::move(what), [change = std::move(change)](Event& event) {
      change(std::get<NotatedSegment>(std::get<Packet>(event.action).content));
    });
  }

  // ---- Fields ----

  void fields(const NotatedSegment& segment) {
    using wire::TcpFlags;
    for (const TcpFlags::Bit bit : {TcpFlags::Fin, TcpFlags::Rst, TcpFlags::Psh, TcpFlags::Ack, TcpFlags::Urg,
                                    TcpFlags::Ece, TcpFlags::Cwr, TcpFlags::Ae}) {
      add_field("another flag", [bit](NotatedSegment& s) {
        s.flags = s.flags.has(bit) ? s.flags.without(bit) : s.flags | TcpFlags(bit);
      });
    }
    if (!segment.any_start && !segment.flags.syn()) add_field("start + 1", [](NotatedSegment& s) { ++s.start; });
    add_field("length + 1", [](NotatedSegment& s) { ++s.length; });
    if (segment.length > 0) add_field("length - 1", [](NotatedSegment& s) { --s.length; });
    if (segment.ack) add_field("ack + 1", [](NotatedSegment& s) { ++*s.ack; });
    if (segment.window) add_field("win + 1", [](NotatedSegment& s) { ++*s.window; });
    add_field("urg + 1", [](NotatedSegment& s) { s.urgent = static_cast<std::uint16_t>(s.urgent.value_or(0) + 1); });
    ip_fields(segment);
    options(segment);
  }

  void ip_fields(const NotatedSegment& segment) {
    if (segment.tos) add_field("tos ^ 1", [](NotatedSegment& s) { *s.tos ^= 1; });
    if (segment.ttl && *segment.ttl != kUncheckedTtl) add_field("ttl - 1", [](NotatedSegment& s) { --*s.ttl; });
    if (segment.ecn && !segment.tos) {
      add_field("another ECN field", [](NotatedSegment& s) {
        s.ecn = s.ecn == NotatedEcn::NotEct || s.ecn == NotatedEcn::Ce ? NotatedEcn::EitherEct : NotatedEcn::NotEct;
      });
    }
  }

  void options(const NotatedSegment& segment) {
    if (segment.options_given == OptionsGiven::Any || segment.md5) return;
    wire::OptionBytes longer = segment.options;
    if (longer.nop()) add_field("one more nop", [longer](NotatedSegment& s) { s.options = longer; });
    for (const std::size_t position : compared_octets(segment.options)) {
      const auto octets = segment.options.bytes();
      std::vector<std::byte> changed(octets.begin(), octets.end());
      changed[position] ^= std::byte{1};
      wire::OptionBytes other;
      if (other.raw(changed)) add_field("an octet of the options", [other](NotatedSegment& s) { s.options = other; });
    }
  }

  void icmp_fields() {
    const auto change = [this](std::string what, void (*how)(IcmpPacket&)) {
      add(MutantKind::Field, std::move(what),
          [how](Event& event) { how(std::get<IcmpPacket>(std::get<Packet>(event.action).content)); });
    };
    change("type + 1", [](IcmpPacket& p) { ++p.type; });
    change("code + 1", [](IcmpPacket& p) { ++p.code; });
  }

  void udp_fields(const UdpPacket& datagram) {
    const auto change = [this](std::string what, std::uint32_t step) {
      add(MutantKind::Field, std::move(what),
          [step](Event& event) { std::get<UdpPacket>(std::get<Packet>(event.action).content).length += step; });
    };
    change("length + 1", 1);
    if (datagram.length > 0) change("length - 1", static_cast<std::uint32_t>(-1));
  }

  // ---- Packets that come and go ----

  /// Which conversation a packet without ports is about: it changes with each socket, and with a listener's first packet.
  void find_conversations() {
    int current = 0;
    bool listening = false;
    for (const Event& event : script_.events) {
      if (const auto* call = std::get_if<Call>(&event.action)) {
        if (call->name == "socket") ++current;
        listening = call->name == "listen" || (listening && call->name != "socket");
      } else if (const auto* packet = std::get_if<Packet>(&event.action)) {
        const bool begins = listening && packet->direction == Direction::Inbound;
        if (begins) ++current;
        listening = listening && !begins;
      }
      conversations_.push_back(current);
    }
  }

  static const NotatedSegment* segment_of(const Event& event) {
    const Packet* packet = outbound(event);
    return packet == nullptr ? nullptr : std::get_if<NotatedSegment>(&packet->content);
  }
  /// The next expectation of the conversation, which would see what this one does not take.
  std::optional<std::size_t> next_of_conversation() const {
    const NotatedSegment* one = segment_of(script_.events[at_]);
    for (std::size_t i = at_ + 1; i < script_.events.size() && one != nullptr; ++i) {
      const NotatedSegment* other = segment_of(script_.events[i]);
      if (other == nullptr) continue;
      const bool same_ports =
          one->source_port == other->source_port && one->destination_port == other->destination_port;
      if (same_ports && (one->source_port || conversations_[i] == conversations_[at_])) return i;
    }
    return std::nullopt;
  }

  /// What an expectation says, without its time.
  static std::string_view words(const Event& event) {
    const std::string_view text = event.text;
    return text.substr(std::min(text.find('>'), text.size()));
  }

  void packets(const Event& event) {
    const bool timed = event.time.base != EventTime::Base::Any;
    if (timed) times(event);
    const auto next = next_of_conversation();
    if (!next) return;
    add_duplicate();
    // Without a time of its own it may just as well not have happened yet, and of two that are alike the last is missing.
    const bool relative = event.time.base == EventTime::Base::Relative && !event.time.end;
    if (relative && words(event) != words(script_.events[*next])) add_removal(event.time.begin);
  }

  void add_duplicate() {
    mutants_.push_back({MutantKind::Added, script_.events[at_].place, "once more", [at = at_](Script& script) {
                          Event copy = script.events[at];
                          copy.time = {.base = EventTime::Base::Relative, .begin = {}, .end = {}};
                          script.events.insert(script.events.begin() + static_cast<std::ptrdiff_t>(at) + 1, copy);
                        }});
  }

  /// The events behind it happen when they did.
  void add_removal(Duration gap) {
    mutants_.push_back(
        {MutantKind::Removed, script_.events[at_].place, "not expected", [at = at_, gap](Script& script) {
           EventTime& next = script.events[at + 1].time;
           if (next.base == EventTime::Base::Relative) {
             next.begin += gap;
             if (next.end) *next.end += gap;
           }
           script.events.erase(script.events.begin() + static_cast<std::ptrdiff_t>(at));
         }});
  }

  // ---- Times ----

  Duration too_much(Duration gap) const { return 5 * tolerance_ + gap / 2; }

  void times(const Event& event) {
    const Duration width = event.time.end ? *event.time.end - event.time.begin : Duration{};
    const Duration step = width + too_much(std::chrono::abs(event.time.begin));
    const auto move = [](EventTime& time, Duration by) {
      time.begin += by;
      if (time.end) *time.end += by;
    };
    add(MutantKind::Time, "later", [move, step](Event& e) { move(e.time, step); });
    if (event.time.begin > step) add(MutantKind::Time, "earlier", [move, step](Event& e) { move(e.time, -step); });
  }

  // ---- Calls ----

  void results(const Call& call) {
    const auto change = [this](std::string what, std::function<void(Call&)> how) {
      add(MutantKind::Result, std::move(what),
          [how = std::move(how)](Event& event) { how(std::get<Call>(event.action)); });
    };
    if (call.returns) {
      const Duration step = too_much(*call.returns - script_.events[at_].time.begin);
      add(MutantKind::Time, "returns later", [step](Event& e) { *std::get<Call>(e.action).returns += step; });
    }
    if (call.result.kind == Value::Kind::Integer) {
      // The number of a new descriptor is the script's choice, but whether there is one is not.
      change("success or failure", [](Call& c) { c.result.integer = c.result.integer < 0 ? 0 : -1; });
      const bool opens = call.name == "socket" || call.name.starts_with("accept") || call.name == "dup" ||
                         call.name.starts_with("epoll_create");
      if (!opens) change("result + 1", [](Call& c) { ++c.result.integer; });
    }
    if (!call.error.empty()) change("another error", [](Call& c) { c.error = c.error == "EDOM" ? "ELOOP" : "EDOM"; });
    if (call.name != "getsockopt" || call.arguments.size() != 5) return;
    const Value& value = call.arguments[3];
    if (value.kind != Value::Kind::List || value.items.size() != 1) return;
    if (value.items[0].kind == Value::Kind::Integer && call.result.integer == 0) {
      change("option + 1", [](Call& c) { ++c.arguments[3].items[0].integer; });
    }
  }

  const Script& script_;
  Duration tolerance_;
  std::vector<int> conversations_;  // by event
  std::size_t at_ = 0;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::string_view to_string(MutantKind kind) {
  constexpr std::array<std::string_view, kMutantKinds.size()> kNames{
      "a field of an expected packet", "what a call gives", "an expected packet removed", "an expected packet added",
      "a time beyond tolerance"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Mutant> mutants_of(const Script& script, Duration tolerance) {
  return Lister(script, tolerance).run();
}

}  // namespace tunic::script
