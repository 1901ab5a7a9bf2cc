// An event and its packet find each other by what they have in common: the segment's numbers.
#include "script/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "link/peek.hpp"
#include "text/event_text.hpp"

namespace tunic::script {

namespace {

bool same_segment(const SegmentInfo& a, const SegmentInfo& b) {
  return a.source == b.source && a.destination == b.destination && a.seq == b.seq && a.ack == b.ack &&
         a.flags == b.flags && a.window == b.window && a.payload_size == b.payload_size;
}

std::string sentence_of(Why why) {
  return fmt::format("{} (RFC {}): {}", name(why), rfc(why), text(why));
}

/// "0.020443 ESTABLISHED QuickAck (RFC …): …"
std::string comment_on(const LivePacket& packet, Duration at) {
  std::string comment = fmt::format("{:.6f}", std::chrono::duration<double>(at).count());
  if (!packet.state.empty()) comment += fmt::format(" {}", packet.state);
  if (!packet.why.empty()) comment += fmt::format(" {}", packet.why);
  return comment;
}

}  // namespace

void Recorder::on_event(const tunic::Event& event) {
  lines_.push_back(to_line(event, start_));
  if (event.kind == EventKind::Hold && event.snapshot != nullptr)
    holds_.push_back({event.at, event.snapshot->local, event.snapshot->remote, sentence_of(event.why)});
  const auto* segment = std::get_if<SegmentInfo>(&event.subject);
  if (event.kind != EventKind::Send || segment == nullptr) return;
  announcements_.push_back({*segment, sentence_of(event.why),
                            event.snapshot == nullptr ? std::string_view() : to_string(event.snapshot->state)});
  announcements_.back().segment.options = {};
}

void Recorder::send(PacketBuffer packet, Instant now) {
  LivePacket live{.at = now, .octets = packet.to_vector(), .why = {}};
  const link::Peek peek(packet);
  if (peek.segment() != nullptr) {
    const auto found = std::ranges::find_if(
        announcements_, [&](const Announcement& said) { return same_segment(said.segment, *peek.segment()); });
    if (found != announcements_.end()) {
      live.why = std::move(found->why);
      live.state = found->state;
      announcements_.erase(found);
    }
  }
  capture_.push_back({live, CaptureDirection::Outbound});
  packets_.push_back(std::move(live));
}

void Recorder::received(const PacketBuffer& packet, Instant now) {
  capture_.push_back({{.at = now, .octets = packet.to_vector(), .why = {}}, CaptureDirection::Inbound});
}

void Recorder::write_capture(const ByteSink& sink) const {
  PcapngWriter writer(sink);
  for (const Captured& captured : capture_) {
    const Instant at{captured.packet.at - start_};
    writer.write(at, std::span<const std::byte>(captured.packet.octets), captured.direction,
                 comment_on(captured.packet, at.time_since_epoch()));
  }
}

}  // namespace tunic::script
