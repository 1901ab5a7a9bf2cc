// Columns: time, connection, marker, subject, windows, reason. Only the first five have a width.
#include "text/event_text.hpp"

#include <fmt/format.h>

#include "text/notation.hpp"
#include "text/packet_text.hpp"
#include "wire/tcp.hpp"

namespace tunic {

namespace {

constexpr std::size_t kSubjectWidth = 66;
constexpr std::size_t kSnapshotWidth = 39;

char marker(EventKind kind) {
  switch (kind) {
    case EventKind::Send:
      return '>';
    case EventKind::Recv:
      return '<';
    case EventKind::Drop:
      return '!';
    case EventKind::Hold:
      return '.';
    case EventKind::State:
      return '*';
    case EventKind::Timer:
      return '~';
    case EventKind::Call:
      return '=';
    case EventKind::Window:
      return '^';
  }
  return '?';
}

std::string time_of(Duration since_start) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since_start).count();
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  return fmt::format("{}.{:06}", micros / kMicrosPerSecond, micros % kMicrosPerSecond);
}

struct SubjectText {
  const Event& event;

  std::string operator()(std::monostate) const {
    if (event.kind == EventKind::Hold) return "hold";
    if (event.kind == EventKind::Window) return "window";
    if (event.kind == EventKind::Timer) return event.detail.empty() ? "timer" : fmt::format("{} timer", event.detail);
    return std::string(event.detail);
  }
  std::string operator()(const SegmentInfo& segment) const {
    std::string line = to_notation(segment);
    const bool ports_wanted = event.connection == 0 || wire::TcpFlags(segment.flags).syn();
    if (ports_wanted) line = fmt::format("{} > {} {}", segment.source.port, segment.destination.port, line);
    return line + outcome();
  }
  std::string operator()(const UdpInfo& datagram) const { return to_notation(datagram) + outcome(); }
  std::string operator()(const IcmpInfo& message) const { return to_notation(message) + outcome(); }
  std::string operator()(const PacketInfo& packet) const { return to_notation(packet) + outcome(); }
  std::string operator()(const StateChange& change) const {
    return fmt::format("{} -> {}", to_string(change.from), to_string(change.to));
  }

  std::string outcome() const {
    if (event.kind == EventKind::Drop) return " dropped";
    if (event.kind == EventKind::Hold) return " held back";
    return {};
  }
};

std::string snapshot_text(const ConnectionInfo* snapshot) {
  if (snapshot == nullptr) return {};
  return fmt::format("[cwnd {} rwnd {} flight {}]", snapshot->cwnd, snapshot->snd_wnd, snapshot->in_flight);
}

}  // namespace

std::string to_line(const Event& event, Instant start) {
  const std::string connection = event.connection == 0 ? "-" : fmt::format("#{}", event.connection);
  return fmt::format("{:>10} {:>4} {} {:<{}} {:<{}} - RFC {}: {}", time_of(event.at - start), connection,
                     marker(event.kind), std::visit(SubjectText{event}, event.subject), kSubjectWidth,
                     snapshot_text(event.snapshot), kSnapshotWidth, rfc(event.why), text(event.why));
}

}  // namespace tunic
