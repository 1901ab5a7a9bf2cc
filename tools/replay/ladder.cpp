// Rows are the arrivals; between two of them both sides have sent so much each.
#include "replay/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "replay/numbers.hpp"

namespace tunic::replay {

namespace {

constexpr std::size_t kRowsBefore = 24;
constexpr std::size_t kRowsBehind = 3;
constexpr std::size_t kNarrowest = 30, kWidest = 100;  // of the recorded column

/// An arrival, which both sides have, or what one of them or both sent.
struct Row {
  std::string head;  // time, frame, direction
  std::string recorded;
  std::string live;
  bool is_arrival;
};

class Ladder {
 public:
  Ladder(const Conversation& both, const Divergence& where) : both_(both), where_(where) {}

  std::string text() {
    for (std::size_t arrivals = 0; arrivals <= both_.arrived.size(); ++arrivals) {
      if (arrivals > 0) arrival(*both_.arrived[arrivals - 1]);
      between(arrivals);
    }
    const std::size_t last = parting_.value_or(rows_.empty() ? 0 : rows_.size() - 1);
    const std::size_t first = last - std::min(last, kRowsBefore);
    const auto shown = std::span(rows_).subspan(first, std::min(last + 1 + kRowsBehind, rows_.size()) - first);
    std::size_t width = kNarrowest;
    for (const Row& row : shown) {
      if (!row.is_arrival) width = std::max(width, std::min(row.recorded.size(), kWidest));
    }
    std::string text = "< arrives, > is sent by the host; = the stack sends the same; ! here they part\n";
    text += fmt::format("{:>12} {:>6}   {:<{}} {}\n", "time", "frame", "recorded", width, "live");
    if (first > 0) text += fmt::format("  … {} earlier lines\n", first);
    for (const Row& row : shown) {
      text += row.is_arrival ? fmt::format("{} {}\n", row.head, row.recorded)
                             : fmt::format("{} {:<{}} {}\n", row.head, row.recorded, width, row.live);
    }
    return text + explanation();
  }

 private:
  void arrival(const Packet& packet) {
    rows_.push_back({fmt::format("{:>12.6f} {:>6} <", in_seconds(packet.at), packet.frame),
                     both_.notation(packet, false), "", true});
  }

  /// The live packet beside a recorded one, or alone.
  std::string live_column(bool beside) const {
    if (!beside) return both_.show_live(live_);
    const Packet& recorded = *both_.recorded[recorded_];
    const Packet& live = both_.live()[live_].packet;
    const bool same = differences(both_, recorded, live).empty();
    const std::string text = same ? "=" : both_.show_live(live_);
    return both_.same_time(recorded.at, live.at) ? text : fmt::format("{}  at {:.6f}", text, in_seconds(live.at));
  }

  /// What was sent after so many arrivals.
  void between(std::size_t arrivals) {
    const std::uint64_t before = arrivals < both_.arrived.size() ? both_.arrived[arrivals]->frame : ~std::uint64_t{0};
    const auto recorded_here = [&] {
      return recorded_ < both_.recorded.size() && both_.recorded[recorded_]->frame < before;
    };
    const auto live_here = [&] { return live_ < both_.live().size() && both_.live()[live_].arrivals <= arrivals; };
    while (recorded_here() || live_here()) {
      const bool left = recorded_here();
      const bool right = live_here();
      const bool parts = (left && where_.recorded == recorded_) || (right && where_.live == live_);
      const Duration at = left ? both_.recorded[recorded_]->at : both_.live()[live_].packet.at;
      const std::string frame = left ? std::to_string(both_.recorded[recorded_]->frame) : "";
      if (parts && !parting_) parting_ = rows_.size();
      rows_.push_back({fmt::format("{:>12.6f} {:>6} {}", in_seconds(at), frame, parts ? '!' : '>'),
                       left ? both_.show_recorded(recorded_) : "(nothing)", right ? live_column(left) : "(nothing)",
                       false});
      if (left) ++recorded_;
      if (right) ++live_;
    }
  }

  std::string explanation() const {
    std::string text = fmt::format("{}: {}\n", both_.flow.name(), where_.reason);
    if (where_.recorded) {
      const Packet& packet = *both_.recorded[*where_.recorded];
      text += fmt::format("    recorded, frame {}, {:.6f}: {}\n", packet.frame, in_seconds(packet.at),
                          both_.show_recorded(*where_.recorded));
      if (!where_.live || both_.live()[*where_.live].packet.at > packet.at)
        text += reason_line("the stack's reason to wait", both_.reason_to_wait(packet.at));
    }
    if (where_.live) {
      const LivePacket& live = both_.live()[*where_.live];
      text += fmt::format("    live, {:.6f}: {}\n", in_seconds(live.packet.at), both_.show_live(*where_.live));
      text += reason_line("the stack's reason", live.why);
    }
    return text;
  }

  static std::string reason_line(std::string_view what, const std::string& why) {
    return why.empty() ? std::string() : fmt::format("    {}: {}\n", what, why);
  }

  const Conversation& both_;
  const Divergence& where_;
  std::vector<Row> rows_;
  std::optional<std::size_t> parting_;
  std::size_t recorded_ = 0;
  std::size_t live_ = 0;
};

}  // namespace

std::string ladder(const Conversation& both, const Divergence& where) {
  return Ladder(both, where).text();
}

}  // namespace tunic::replay
