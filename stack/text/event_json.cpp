// JSON by hand: the members are few, and numbers are integers.
#include "text/event_json.hpp"

#include <fmt/format.h>

#include <iterator>

#include "text/notation.hpp"
#include "text/packet_text.hpp"

namespace tunic {

namespace {

std::string_view kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::Send:
      return "send";
    case EventKind::Recv:
      return "recv";
    case EventKind::Drop:
      return "drop";
    case EventKind::Hold:
      return "hold";
    case EventKind::State:
      return "state";
    case EventKind::Timer:
      return "timer";
    case EventKind::Call:
      return "call";
    case EventKind::Window:
      return "window";
  }
  return "unknown";
}

/// Appends members to an object, each with its comma.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) {}
  void text(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":{}", name, json_string(value));
  }
  void number(std::string_view name, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":{}", name, value);
  }
  void null(std::string_view name) { fmt::format_to(std::back_inserter(out_), ",\"{}\":null", name); }

 private:
  std::string& out_;
};

struct SubjectMembers {
  Members& members;

  void operator()(std::monostate) const {}
  void operator()(const SegmentInfo& segment) const {
    members.text("src", segment.source.to_string());
    members.text("dst", segment.destination.to_string());
    members.text("seg", to_notation(segment));
  }
  void operator()(const UdpInfo& datagram) const {
    members.text("src", datagram.source.to_string());
    members.text("dst", datagram.destination.to_string());
    members.text("udp", to_notation(datagram));
  }
  void operator()(const IcmpInfo& message) const {
    members.text("src", message.source.to_string());
    members.text("dst", message.destination.to_string());
    members.text("icmp", to_notation(message));
  }
  void operator()(const PacketInfo& packet) const {
    members.text("src", packet.source.to_string());
    members.text("dst", packet.destination.to_string());
    members.text("packet", to_notation(packet));
  }
  void operator()(const StateChange& change) const {
    members.text("from", to_string(change.from));
    members.text("to", to_string(change.to));
  }
};

void append_snapshot(Members& members, const ConnectionInfo& snapshot) {
  constexpr std::uint32_t kNotYetKnown = 0xffffffff;
  members.number("cwnd", snapshot.cwnd);
  if (snapshot.ssthresh == kNotYetKnown) {
    members.null("ssthresh");
  } else {
    members.number("ssthresh", snapshot.ssthresh);
  }
  members.number("rwnd", snapshot.snd_wnd);
  members.number("inflight", snapshot.in_flight);
  members.text("state", to_string(snapshot.state));
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string to_json(const Event& event, Instant start) {
  std::string out = fmt::format("{{\"t_ns\":{},\"conn\":{},\"ev\":\"{}\"", (event.at - start).count(), event.connection,
                                kind_name(event.kind));
  Members members(out);
  std::visit(SubjectMembers{members}, event.subject);
  if (!event.detail.empty()) members.text("detail", event.detail);
  members.text("why", name(event.why));
  members.text("rfc", rfc(event.why));
  members.text("text", text(event.why));
  if (event.snapshot != nullptr) append_snapshot(members, *event.snapshot);
  return out + '}';
}

}  // namespace tunic
