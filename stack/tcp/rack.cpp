#include "tcp/rack.hpp"

#include <algorithm>

namespace tunic::tcp {

namespace {
constexpr std::uint8_t kPersist = 16;           // §6.2: recoveries
constexpr std::uint32_t kMostReordering = 300;  // segments
constexpr Duration kMinRttLife = std::chrono::minutes(5);
// What a clock can tell apart: where the round trip is as short as that, a quarter of it is no time to be reordered in.
constexpr Duration kGranularity = std::chrono::milliseconds(1);

/// Orders are counters that wrap.
std::int32_t between(std::uint32_t later, std::uint32_t earlier) {
  return static_cast<std::int32_t>(later - earlier);
}
}  // namespace

void Rack::begin(std::optional<Duration> rtt, Instant now, std::uint32_t order) {
  latest_order_ = order;
  if (!rtt) return;
  rtt_ = *rtt;
  sample_min_rtt(*rtt, now);
}

void Rack::on_sent(SeqRange range, Instant now, std::uint32_t order) {
  if (first_ < sendings_.size() && sendings_.back().order == order) {
    sendings_.back().range.end = range.end;
    return;
  }
  sendings_.push_back({range, now, order});
}

void Rack::forget_arrived(const Scoreboard& scoreboard) {
  const auto gone = [&scoreboard](const Sending& sending) {
    return scoreboard.first_outstanding(sending.range, sending.order) == sending.range.end;
  };
  sendings_.erase(sendings_.begin(), sendings_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  std::erase_if(sendings_, gone);
}

void Rack::on_delivered(const Delivered& delivered, Instant now, SeqNum highest, std::uint32_t smss) {
  if (delivered.latest) sample_min_rtt(now - delivered.latest->sent_at, now);
  // Step 2. What was sent again only counts if it can't be the first sending that has arrived.
  auto latest = delivered.latest;
  const auto& again = delivered.latest_resent;
  const bool unambiguous = again && min_rtt_ && now - again->sent_at >= *min_rtt_;
  if (unambiguous && (!latest || between(again->order, latest->order) > 0)) latest = again;
  if (latest) {
    const std::int32_t newer = between(latest->order, latest_order_);
    if (newer > 0 || (newer == 0 && after(latest->end, latest_end_))) {
      latest_order_ = latest->order;
      latest_end_ = latest->end;
    }
  }
  // "RACK.rtt" is that of the last one looked at, be it an older sending: what is late makes for patience.
  const bool counts = delivered.last && (!delivered.last_resent || unambiguous);
  if (counts) rtt_ = now - delivered.last->sent_at;
  // Step 3: what was sent once and arrives below the highest came out of order, it was not lost.
  const std::optional<SeqNum> before_this = fack_;
  fack_ = fack_ ? later_of(*fack_, highest) : highest;
  if (!before_this || !delivered.lowest || !before(*delivered.lowest, *before_this)) return;
  ++reorderings_;
  const std::uint32_t segments = (SeqRange{*delivered.lowest, *fack_}.length() + smss - 1) / smss;
  reordering_ = std::max(reordering_, std::min(segments, kMostReordering));
}

void Rack::sample_min_rtt(Duration rtt, Instant now) {
  if (min_rtt_ && rtt > *min_rtt_ && now - min_rtt_at_ < kMinRttLife) return;
  min_rtt_ = rtt;
  min_rtt_at_ = now;
}

void Rack::on_dsack(SeqNum snd_una, SeqNum snd_nxt) {
  if (dsack_round_ && before(snd_una, *dsack_round_)) return;
  dsack_round_ = snd_nxt;
  if (multiplier_ < 255) ++multiplier_;
  persist_ = kPersist;
}

void Rack::on_recovered() {
  dsack_round_.reset();  // numbers wrap: an old one must not come to lie ahead
  if (persist_ == 0) return;
  --persist_;
  if (persist_ == 0) multiplier_ = 1;
}

/// Step 4.
Duration Rack::reordering_window(const Scoreboard& scoreboard, const Situation& situation) const {
  if (reorderings_ == 0) {
    const bool enough = scoreboard.lost_below(reordering_, situation.smss).has_value();
    if (situation.recovering || enough) return Duration::zero();
  }
  const Duration window = min_rtt_.value_or(Duration::zero()) / 4 * multiplier_;
  return std::max(std::min(window, situation.srtt), kGranularity);
}

bool Rack::sent_before_latest(const Sending& sending) const {
  const std::int32_t newer = between(latest_order_, sending.order);
  return newer > 0 || (newer == 0 && before(sending.range.begin, latest_end_));
}

Rack::Detection Rack::detect(Scoreboard& scoreboard, const Situation& situation) {
  Detection detection;
  const Duration wait = rtt_ + reordering_window(scoreboard, situation);
  while (first_ < sendings_.size()) {
    Sending& sending = sendings_[first_];
    sending.range.begin = scoreboard.first_outstanding(sending.range, sending.order);
    if (sending.range.empty()) {
      forget_first();
      continue;
    }
    if (!sent_before_latest(sending)) break;
    if (sending.at + wait > situation.now) {
      detection.ask_again = last_outstanding(scoreboard, sending).at + wait;
      break;
    }
    SeqRange lost = sending.range;
    if (sending.order == latest_order_) lost.end = earlier_of(lost.end, latest_end_);
    detection.found |= scoreboard.mark_lost(lost, sending.order) > 0;
    sending.range.begin = lost.end;
  }
  return detection;
}

/// The sending that was sent last of those before the latest, from `first` on: then all of them are due ("timeout =
/// max(remaining, timeout)"). A bounded number is looked at: what lies further back makes the timer early, no more.
const Rack::Sending& Rack::last_outstanding(const Scoreboard& scoreboard, const Sending& first) const {
  constexpr std::ptrdiff_t kMost = 64;
  const auto begin = sendings_.begin() + static_cast<std::ptrdiff_t>(first_);
  auto at = std::partition_point(begin, sendings_.end(), [this](const Sending& s) { return sent_before_latest(s); });
  const auto stop = at - begin > kMost ? at - kMost : begin;
  while (at != stop) {
    --at;
    if (scoreboard.first_outstanding(at->range, at->order) != at->range.end) return *at;
  }
  return first;  // NOLINT(bugprone-return-const-ref-from-parameter): it is one of sendings_, as all that are returned
}

void Rack::forget_first() {
  ++first_;
  if (first_ == sendings_.size()) {
    sendings_ = {};
    first_ = 0;
  } else if (first_ >= 64 && first_ * 2 >= sendings_.size()) {
    sendings_.erase(sendings_.begin(), sendings_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace tunic::tcp
