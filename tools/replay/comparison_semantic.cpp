// What a host's segments mean: how far its data and its acknowledgments had come when, what it reported beyond holes, what it
// resent and why, how it opened and ended. Borders of segments, windows, PSH, and which acknowledgments stood alone are free.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/interval_set.hpp"
#include "replay/comparison.hpp"
#include "replay/numbers.hpp"
#include "text/notation.hpp"

namespace tunic::replay {

namespace {

using namespace std::chrono_literals;

/// So much later an acknowledgment may come that another host joined with the next one: a delayed ACK.
constexpr Duration kAckDelay = 50ms;

struct Point {
  Duration at;
  std::uint32_t value;  // of sequence space, behind the ISN
  std::size_t index;    // of the packet
};

struct Resent {
  std::uint32_t begin;
  std::uint32_t end;
  bool prompted;  // by an arrival, else by a timer
  Duration at;
  std::size_t index;
};

/// What happens once: SYN, FIN, RST, and probes.
struct Mark {
  std::string what;
  Duration at;
  std::size_t index;
};

/// A SACK block: what lies beyond a hole, or a duplicate (RFC 2883).
struct Report {
  std::uint32_t begin;  // of the peer's sequence space
  std::uint32_t end;
  bool duplicate;
  Duration at;
  std::size_t index;
};

struct Meaning {
  std::vector<Point> data;
  std::vector<Point> acks;
  std::vector<Resent> resent;
  std::vector<Mark> marks;
  std::vector<Report> reports;
  std::uint16_t rare_flags = 0;
  bool lacks_timestamps = false;  // anywhere behind the SYN
};

/// MSS, scale, SACK-permitted, Fast Open; not the timestamp's values.
std::string offer_of(const Packet& packet) {
  wire::OptionBytes plain(packet.options());
  if (const auto timestamps = wire::parse_tcp_options(packet.options()).timestamps) {
    plain =
        rebase_options(packet.options(), {.ts_value = 0 - timestamps->value, .ts_echo = 0 - timestamps->echo_reply});
  }
  return options_to_notation(plain.bytes(), 0);
}

class Reader {
 public:
  Reader(const Conversation& both, std::uint32_t isn) : both_(both), isn_(isn) {}

  void read(const Packet& packet, std::size_t index) {
    if (!packet.tcp) return mark("an ICMP message", packet, index);
    using Flags = wire::TcpFlags;
    const Flags flags = packet.flags();
    constexpr Flags kRare = Flags::Ece | Flags::Cwr | Flags::Urg;
    if (!flags.syn()) meaning_.rare_flags |= static_cast<std::uint16_t>(flags.bits() & kRare.bits());
    const std::uint32_t begin = packet.tcp->seq.value() - isn_;
    if (flags.rst()) return mark(fmt::format("RST{} at {}", flags.ack() ? "-ACK" : "", begin), packet, index);
    if (flags.ack()) acknowledge(packet, index);
    if (!flags.syn()) read_options(packet, index);
    if (flags.syn()) {
      mark(fmt::format("SYN{}{} {}", flags.ack() ? "-ACK" : "", flags.has(Flags::Ece) ? " for ECN" : "",
                       offer_of(packet)),
           packet, index);
    }
    const std::uint32_t end = packet.end().value() - isn_;
    const std::uint32_t data_end = end - (flags.fin() ? 1 : 0);
    if (flags.fin()) mark(fmt::format("FIN at {}", data_end), packet, index);
    if (!packet.payload().empty() || flags.syn()) {
      send(packet, begin, data_end, index);
    } else if (!flags.fin() && begin != high_) {
      mark(fmt::format("nothing at {}, {} octets from the end", begin, static_cast<std::int32_t>(high_ - begin)),
           packet, index);
    }
    high_ = later_of(high_, end);
  }

  Meaning meaning() { return std::move(meaning_); }

 private:
  void mark(std::string what, const Packet& packet, std::size_t index) {
    meaning_.marks.push_back({std::move(what), packet.at, index});
  }

  void acknowledge(const Packet& packet, std::size_t index) {
    const std::uint32_t value = packet.tcp->ack.value() - both_.peer_isn;
    const bool back = !meaning_.acks.empty() && is_beyond(meaning_.acks.back().value, value);
    if (back) return mark(fmt::format("an acknowledgment that goes back, to {}", value), packet, index);
    if (meaning_.acks.empty() || meaning_.acks.back().value != value)
      meaning_.acks.push_back({packet.at, value, index});
  }

  void read_options(const Packet& packet, std::size_t index) {
    const wire::TcpOptions options = wire::parse_tcp_options(packet.options());
    if (!options.timestamps) meaning_.lacks_timestamps = true;
    for (const SeqRange& block : options.sack_blocks()) {
      const std::uint32_t begin = block.begin.value() - both_.peer_isn;
      const std::uint32_t end = block.end.value() - both_.peer_isn;
      const bool duplicate = !is_beyond(end, packet.tcp->ack.value() - both_.peer_isn);
      if (begin < end) meaning_.reports.push_back({begin, end, duplicate, packet.at, index});
    }
  }

  void send(const Packet& packet, std::uint32_t begin, std::uint32_t end, std::size_t index) {
    const std::uint32_t fresh = later_of(begin, high_);
    if (is_beyond(fresh, begin)) {
      resend({begin, is_beyond(fresh, end) ? end : fresh, both_.is_prompted(packet.at), packet.at, index});
    }
    if (is_beyond(end, fresh)) meaning_.data.push_back({packet.at, end, index});
  }

  /// Neighbours of one kind are one: where the border lies is free.
  void resend(const Resent& next) {
    auto& all = meaning_.resent;
    const bool joins = !all.empty() && all.back().end == next.begin && all.back().prompted == next.prompted &&
                       next.at - all.back().at <= both_.slack;
    if (joins) {
      all.back().end = next.end;
    } else {
      all.push_back(next);
    }
  }

  const Conversation& both_;
  std::uint32_t isn_;
  std::uint32_t high_ = 0;
  Meaning meaning_;
};

class Judge {
 public:
  Judge(const Conversation& both, Meaning recorded, Meaning live)
      : both_(both), recorded_(std::move(recorded)), live_(std::move(live)) {}

  /// Of all that differs, what happened first.
  std::optional<Divergence> first() {
    compare_marks();
    compare_resent();
    compare_data();
    compare_acks(recorded_.acks, live_.acks, true);
    compare_acks(live_.acks, recorded_.acks, false);
    compare_reports(recorded_.reports, live_.reports, true);
    compare_reports(live_.reports, recorded_.reports, false);
    if (recorded_.lacks_timestamps != live_.lacks_timestamps) {
      found(both_.recording.end, std::nullopt, std::nullopt,
            recorded_.lacks_timestamps ? "the recorded host has segments without timestamps"
                                       : "the stack has segments without timestamps");
    }
    if (recorded_.rare_flags != live_.rare_flags) {
      found(both_.recording.end, std::nullopt, std::nullopt,
            fmt::format("the flags E, W and U: recorded {:#x}, live {:#x}", recorded_.rare_flags, live_.rare_flags));
    }
    return std::move(divergence_);
  }

 private:
  void found(Duration at, std::optional<std::size_t> recorded, std::optional<std::size_t> live, std::string reason) {
    if (divergence_ && at_ <= at) return;
    at_ = at;
    divergence_ = Divergence{.recorded = recorded, .live = live, .reason = std::move(reason)};
  }

  bool is_known(Duration at) const { return at <= both_.recording.end; }

  void compare_marks() {
    const std::size_t common = std::min(recorded_.marks.size(), live_.marks.size());
    for (std::size_t i = 0; i < common; ++i) {
      const Mark& wanted = recorded_.marks[i];
      const Mark& actual = live_.marks[i];
      if (wanted.what != actual.what) {
        return found(std::min(wanted.at, actual.at), wanted.index, actual.index,
                     fmt::format("recorded {}, live {}", wanted.what, actual.what));
      }
      if (!both_.same_time(wanted.at, actual.at)) {
        return found(std::min(wanted.at, actual.at), wanted.index, actual.index,
                     at_another_time(wanted.what, wanted.at, actual.at));
      }
    }
    if (common < recorded_.marks.size()) {
      const Mark& wanted = recorded_.marks[common];
      found(wanted.at, wanted.index, std::nullopt, fmt::format("the stack has not sent {}", wanted.what));
    } else if (common < live_.marks.size() && is_known(live_.marks[common].at)) {
      const Mark& actual = live_.marks[common];
      found(actual.at, std::nullopt, actual.index, fmt::format("the recorded host did not send {}", actual.what));
    }
  }

  static std::string at_another_time(std::string_view what, Duration recorded, Duration live) {
    return fmt::format("{}: recorded at {:.6f}, live at {:.6f}", what, in_seconds(recorded), in_seconds(live));
  }

  static std::string text_of(const Resent& resent) {
    return fmt::format("{}:{} resent by {}", resent.begin, resent.end, resent.prompted ? "what arrived" : "a timer");
  }

  void compare_resent() {
    const std::size_t common = std::min(recorded_.resent.size(), live_.resent.size());
    for (std::size_t i = 0; i < common; ++i) {
      const Resent& wanted = recorded_.resent[i];
      const Resent& actual = live_.resent[i];
      const bool same = wanted.begin == actual.begin && wanted.end == actual.end && wanted.prompted == actual.prompted;
      if (same && both_.same_time(wanted.at, actual.at)) continue;
      return found(std::min(wanted.at, actual.at), wanted.index, actual.index,
                   same ? at_another_time(text_of(wanted), wanted.at, actual.at)
                        : fmt::format("recorded {}, live {}", text_of(wanted), text_of(actual)));
    }
    if (common < recorded_.resent.size()) {
      const Resent& wanted = recorded_.resent[common];
      found(wanted.at, wanted.index, std::nullopt, fmt::format("recorded {}, live nothing of it", text_of(wanted)));
    } else if (common < live_.resent.size() && is_known(live_.resent[common].at)) {
      const Resent& actual = live_.resent[common];
      found(actual.at, std::nullopt, actual.index, fmt::format("live {}, recorded nothing of it", text_of(actual)));
    }
  }

  /// When one side had sent up to where the other one was, in both directions.
  void compare_data() {
    for (const Point& wanted : recorded_.data) {
      const Point* const actual = reaching(live_.data, wanted.value);
      if (actual != nullptr && actual->at <= wanted.at + both_.tolerance_at(wanted.at)) continue;
      found(wanted.at, wanted.index, actual == nullptr ? std::nullopt : std::optional(actual->index),
            fmt::format("data up to {} is sent {}", wanted.value,
                        actual == nullptr ? "by the recorded host alone" : "later by the stack"));
      break;
    }
    for (const Point& actual : live_.data) {
      if (!is_known(actual.at)) break;
      const Point* const wanted = reaching(recorded_.data, actual.value);
      if (wanted != nullptr && wanted->at <= actual.at + both_.tolerance_at(wanted->at)) continue;
      found(actual.at, wanted == nullptr ? std::nullopt : std::optional(wanted->index), actual.index,
            fmt::format("data up to {} is sent {}", actual.value,
                        wanted == nullptr ? "by the stack alone" : "earlier by the stack"));
      break;
    }
  }

  /// The values of `points` only rise.
  static const Point* reaching(const std::vector<Point>& points, std::uint32_t value) {
    const auto reached =
        std::ranges::partition_point(points, [value](const Point& point) { return is_beyond(value, point.value); });
    return reached == points.end() ? nullptr : &*reached;
  }

  /// What one side acknowledged is the end of something that arrived, and the other side does so soon.
  void compare_acks(const std::vector<Point>& these, const std::vector<Point>& others, bool these_are_recorded) {
    std::set<std::uint32_t> ends{1};
    for (const Packet* packet : both_.arrived) {
      if (packet->tcp) ends.insert(packet->end().value() - both_.peer_isn);
    }
    for (const Point& point : these) {
      if (!these_are_recorded && !is_known(point.at + kAckDelay)) break;
      const auto recorded = these_are_recorded ? std::optional(point.index) : std::nullopt;
      const auto live = these_are_recorded ? std::nullopt : std::optional(point.index);
      const Point* const other = reaching(others, point.value);
      if (!ends.contains(point.value)) {
        return found(point.at, recorded, live,
                     fmt::format("nothing that arrived ends at {}, which is acknowledged", point.value));
      }
      if (other != nullptr && other->at <= point.at + kAckDelay + both_.tolerance_at(point.at)) continue;
      return found(
          point.at, recorded, live,
          fmt::format("{} is acknowledged {} the {}", point.value, other == nullptr ? "only by" : "much earlier by",
                      these_are_recorded ? "recorded host" : "stack"));
    }
  }

  /// What one side reported the other side reports as well, in as many blocks and acknowledgments as it likes.
  void compare_reports(const std::vector<Report>& these, const std::vector<Report>& others, bool these_are_recorded) {
    IntervalSet held;
    IntervalSet duplicates;
    for (const Report& other : others) (other.duplicate ? duplicates : held).insert(other.begin, other.end);
    for (const Report& report : these) {
      if (!these_are_recorded && !is_known(report.at)) break;
      if ((report.duplicate ? duplicates : held).covers(report.begin, report.end)) continue;
      const auto index = std::optional(report.index);
      return found(report.at, these_are_recorded ? index : std::nullopt, these_are_recorded ? std::nullopt : index,
                   fmt::format("{}:{} is reported as {} by the {} alone", report.begin, report.end,
                               report.duplicate ? "a duplicate" : "held beyond a hole",
                               these_are_recorded ? "recorded host" : "stack"));
    }
  }

  const Conversation& both_;
  Meaning recorded_;
  Meaning live_;
  std::optional<Divergence> divergence_;
  Duration at_{};
};

}  // namespace

std::optional<Divergence> compare_meaning(const Conversation& both) {
  Reader recorded(both, both.recorded_isn);
  for (std::size_t i = 0; i < both.recorded.size(); ++i) recorded.read(*both.recorded[i], i);
  Reader live(both, both.live_flow.isn);
  for (std::size_t i = 0; i < both.live().size(); ++i) live.read(both.live()[i].packet, i);
  return Judge(both, recorded.meaning(), live.meaning()).first();
}

}  // namespace tunic::replay
