// Rows are the arrivals; between two of them both sides have sent so much each.
#include "replay/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tunic::replay {

namespace {

constexpr std::size_t kRowsBefore = 24;
constexpr std::size_t kRowsBehind = 3;
constexpr std::size_t kWidth = 62;

double seconds(Duration at) {
  return std::chrono::duration<double>(at).count();
}

class Ladder {
 public:
  Ladder(const Conversation& both, const Divergence& where) : both_(both), where_(where) {}

  std::string text() {
    for (std::size_t arrivals = 0; arrivals <= both_.arrived.size(); ++arrivals) {
      if (arrivals > 0) arrival(*both_.arrived[arrivals - 1]);
      between(arrivals);
    }
    std::string text = fmt::format("{:>12} {:>6}   {:<{}} {}\n", "time", "frame", "recorded", kWidth, "live");
    const std::size_t last = parting_.value_or(rows_.empty() ? 0 : rows_.size() - 1);
    const std::size_t first = last - std::min(last, kRowsBefore);
    if (first > 0) text += fmt::format("  … {} earlier lines\n", first);
    for (std::size_t i = first; i < std::min(last + 1 + kRowsBehind, rows_.size()); ++i) text += rows_[i] + '\n';
    return text + explanation();
  }

 private:
  void row(std::string line) { rows_.push_back(std::move(line)); }

  void arrival(const Packet& packet) {
    row(fmt::format("{:>12.6f} {:>6} < {}", seconds(packet.at), packet.frame, both_.notation(packet, false)));
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
      row(fmt::format("{:>12.6f} {:>6} {} {:<{}} {}", seconds(at), frame, parts ? '!' : '>',
                      left ? both_.show_recorded(recorded_) : "", kWidth, right ? both_.show_live(live_) : ""));
      if (left) ++recorded_;
      if (right) ++live_;
    }
  }

  std::string explanation() const {
    std::string text = fmt::format("{}: {}\n", both_.flow.name(), where_.reason);
    if (where_.recorded) {
      const Packet& packet = *both_.recorded[*where_.recorded];
      text += fmt::format("    recorded, frame {}, {:.6f}: {}\n", packet.frame, seconds(packet.at),
                          both_.show_recorded(*where_.recorded));
    }
    if (where_.live) {
      const LivePacket& live = both_.live()[*where_.live];
      text += fmt::format("    live, {:.6f}: {}\n", seconds(live.packet.at), both_.show_live(*where_.live));
      if (!live.why.empty()) text += fmt::format("    the stack's reason: {}\n", live.why);
    }
    return text;
  }

  const Conversation& both_;
  const Divergence& where_;
  std::vector<std::string> rows_;
  std::optional<std::size_t> parting_;
  std::size_t recorded_ = 0;
  std::size_t live_ = 0;
};

}  // namespace

std::string ladder(const Conversation& both, const Divergence& where) {
  return Ladder(both, where).text();
}

}  // namespace tunic::replay
