// What the levels have in common: the two sides of a conversation, times, and the octets.
#include "replay/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tunic::replay {

Conversation conversation(const Recording& recording, const LiveRun& run, const Plan& plan, std::size_t index) {
  const Flow& flow = recording.flows[index];
  Conversation both{.recording = recording,
                    .flow = flow,
                    .local = plan.local,
                    .live_flow = run.flows[index],
                    .stream = run.streams[index],
                    .slack = plan.slack};
  const bool local_is_first = flow.first.address == plan.local;
  both.recorded_isn = (local_is_first ? flow.first_isn : flow.second_isn).value_or(0);
  both.peer_isn = (local_is_first ? flow.second_isn : flow.first_isn).value_or(0);
  for (const std::size_t packet_index : flow.packets) {
    const Packet& packet = recording.packets[packet_index];
    const bool own = packet.ip.source == plan.local;
    (own ? both.recorded : both.arrived).push_back(&packet);
    if (!own) both.causes.push_back(packet.at);
  }
  for (const RecordedCall& call : plan.calls[index]) {
    if (call.error.empty()) both.causes.push_back(call.at);  // to fail is a consequence
    if (both.recorded_error.empty()) both.recorded_error = call.error;
  }
  std::ranges::sort(both.causes);
  return both;
}

Duration Conversation::tolerance_at(Duration at) const {
  const auto later = std::ranges::upper_bound(causes, at);
  return tolerance_of(slack, later == causes.begin() ? Duration{} : at - *std::prev(later));
}

bool Conversation::same_time(Duration recorded_at, Duration live_at) const {
  return std::chrono::abs(recorded_at - live_at) <= tolerance_at(recorded_at);
}

bool Conversation::is_prompted(Duration at) const {
  constexpr Duration kSoon = std::chrono::milliseconds(4);
  const auto later = std::ranges::upper_bound(arrived, at, {}, &Packet::at);
  return later != arrived.begin() && at - (*std::prev(later))->at <= kSoon;
}

std::string Conversation::reason_to_wait(Duration at) const {
  const auto later = std::ranges::upper_bound(live_flow.waits, at, {}, &LiveWait::at);
  if (later == live_flow.waits.begin()) return {};
  const LiveWait& last = *std::prev(later);
  const bool sent_since = std::ranges::any_of(
      live(), [&](const LivePacket& sent) { return sent.packet.at > last.at && sent.packet.at <= at; });
  return sent_since ? std::string() : last.why;
}

std::string Conversation::notation(const Packet& packet, bool is_live) const {
  const std::uint32_t own = is_live ? live_flow.isn : recorded_isn;
  const std::uint32_t peer = is_live ? live_flow.peer_isn : peer_isn;
  return packet.ip.source == local ? to_notation(packet, own, peer) : to_notation(packet, peer, own);
}

std::string Conversation::show_recorded(std::size_t packet) const {
  return notation(*recorded[packet], false);
}

std::string Conversation::show_live(std::size_t packet) const {
  return notation(live()[packet].packet, true);
}

std::optional<Divergence> compare_octets(const Conversation& both) {
  for (std::size_t i = 0; i < both.live().size(); ++i) {
    const Packet& packet = both.live()[i].packet;
    if (!packet.tcp) continue;
    const std::uint32_t first = packet.tcp->seq.value() - both.live_flow.isn - (packet.flags().syn() ? 0 : 1);
    const auto payload = packet.payload();
    if (first >= both.stream.size()) continue;  // beyond what the recorded host sent, or a probe
    const auto known = std::span(both.stream).subspan(first);
    const std::size_t size = std::min(known.size(), payload.size());
    if (!std::ranges::equal(payload.first(size), known.first(size))) {
      return Divergence{.live = i, .reason = "it is not the data that the application wrote"};
    }
  }
  return std::nullopt;
}

std::optional<Divergence> compare_errors(const Conversation& both) {
  const std::string& told = both.live_flow.error;
  const std::string live_error = told.substr(told.rfind(' ') + 1);
  if (both.recorded_error.empty()) {
    // Nobody has noted what the recorded application was told: a RST, a message of ICMP, or silence may have been the cause.
    const auto is_cause = [](const Packet* packet) { return packet->icmp || packet->flags().rst(); };
    const bool explained = live_error == "ETIMEDOUT" || std::ranges::any_of(both.arrived, is_cause);
    if (told.empty() || explained) return std::nullopt;
    return Divergence{.reason =
                          fmt::format("the live application is told {}, of which the recording has no cause", told)};
  }
  if (live_error == both.recorded_error) return std::nullopt;
  return Divergence{.reason = fmt::format("the error that the application is told: recorded {}, live {}",
                                          both.recorded_error, told.empty() ? "none" : told)};
}

std::optional<Divergence> compare(const Conversation& both, Level level) {
  if (!both.flow.has_host(both.local)) return std::nullopt;
  std::optional<Divergence> found;
  // Datagrams have no borders that could differ.
  if (level == Level::Strict || (level == Level::Semantic && both.flow.protocol != Protocol::Tcp)) {
    found = compare_strictly(both);
  } else {
    found = level == Level::Semantic ? compare_meaning(both) : compare_outcome(both);
  }
  if (!found) found = compare_octets(both);
  return found ? found : compare_errors(both);
}

}  // namespace tunic::replay
