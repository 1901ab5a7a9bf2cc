// Takes packets in the order in which they were sent.
#include "script/expectations.hpp"

#include <fmt/format.h>

#include "script/message_matcher.hpp"

namespace tunic::script {

namespace {

bool may_go_on(const NotatedSegment& written, const Segment& live) {
  const bool ended = live.flags.fin() || live.flags.syn() || live.flags.rst();
  return !ended && !live.payload.empty() && live.payload.size() < written.length;
}

/// All segments but the last are of one size.
bool goes_on(const NotatedSegment& written, const Segment& live, const Segment& next) {
  const bool equal_sizes = !next.payload.empty() && (live.payload.size() % next.payload.size() == 0 ||
                                                     live.payload.size() + next.payload.size() == written.length);
  return equal_sizes && next.seq == live.end();
}

}  // namespace

Step Expectations::expect(const Event& event, const Due& due) {
  const Duration tolerance = tolerance_of(rules_, due.gap);
  const Wanted wanted{event, due, tolerance, later(due.to, tolerance)};
  return std::visit([&](const auto& written) { return expect(written, wanted); },
                    std::get<Packet>(event.action).content);
}

Expectations::Sighting Expectations::next_segment_of(const Flow& flow, Instant limit) {
  while (auto packet = bench_.next_packet(limit)) {
    LiveSegment live = read_segment(packet->octets, bench_.stack().pool());
    if (live.other_protocol) continue;
    if (live.segment && (live.segment->source != flow.stack || live.segment->destination != flow.peer)) continue;
    return {std::move(packet), std::move(live)};
  }
  return {};
}

Step Expectations::expect(const NotatedSegment& written, const Wanted& wanted) {
  if (conversations_.empty()) return mismatch("there is no conversation yet in which the stack could send");
  Flow& flow = conversations_.of_packet({written.source_port, written.destination_port}, Direction::Outbound);
  Sighting sighting = next_segment_of(flow, wanted.limit);
  if (!sighting.packet) return nothing_sent(wanted);
  if (!sighting.segment.segment) return unlike(wanted, *sighting.packet, {sighting.segment.objection});
  Segment live = std::move(*sighting.segment.segment);
  if (rules_.aggregate) aggregate(written, flow, wanted.limit, live, *sighting.packet);
  std::vector<std::string> found = differences(written, live, flow, rules_);
  compare_time(found, wanted, sighting.packet->at);
  if (!found.empty()) return unlike(wanted, *sighting.packet, std::move(found));
  flow.learn(written, live);
  return {};
}

void Expectations::aggregate(const NotatedSegment& written, const Flow& flow, Instant limit, Segment& live,
                             LivePacket& packet) {
  while (may_go_on(written, live)) {
    Sighting more = next_segment_of(flow, limit);
    if (!more.packet) return;
    if (!more.segment.segment || !goes_on(written, live, *more.segment.segment)) {
      bench_.put_back(std::move(*more.packet));
      return;
    }
    live = joined(std::move(live), std::move(*more.segment.segment));
    packet = std::move(*more.packet);
  }
}

template <typename Message>
Step Expectations::expect_message(const Message& written, const WrittenPorts& ports, const Wanted& wanted) {
  if (conversations_.empty()) return mismatch("there is no conversation yet in which the stack could send");
  const Flow& flow = conversations_.of_packet(ports, Direction::Outbound);
  auto packet = bench_.next_packet(wanted.limit);
  if (!packet) return nothing_sent(wanted);
  const auto live = read_message(packet->octets, flow);
  if (!live) return unlike(wanted, *packet, {live.error()});
  std::vector<std::string> found = differences(written, *live, flow);
  compare_time(found, wanted, packet->at);
  if (!found.empty()) return unlike(wanted, *packet, std::move(found));
  return {};
}

void Expectations::compare_time(std::vector<std::string>& found, const Wanted& wanted, Instant at) {
  if (wanted.due.any_time) return;
  if (at >= wanted.due.from - wanted.tolerance && at <= wanted.due.to + wanted.tolerance) return;
  found.push_back(
      fmt::format("time: expected {:.6f}, live {:.6f}", Bench::seconds_at(wanted.due.from), Bench::seconds_at(at)));
}

Step Expectations::nothing_sent(const Wanted& wanted) const {
  return mismatch("nothing was sent", {"expected: " + wanted.event.text,
                                       fmt::format("live:     nothing up to {:.6f}", Bench::seconds_at(bench_.now()))});
}

Step Expectations::unlike(const Wanted& wanted, const LivePacket& packet, std::vector<std::string> found) const {
  Mismatch what{found.front(), {"expected: " + wanted.event.text, "live:     " + conversations_.describe(packet)}};
  if (!packet.why.empty()) what.details.push_back("because:  " + packet.why);
  what.details.insert(what.details.end(), found.begin(), found.end());
  return std::unexpected(std::move(what));
}

}  // namespace tunic::script
