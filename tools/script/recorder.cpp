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

}  // namespace

void Recorder::on_event(const tunic::Event& event) {
  lines_.push_back(to_line(event, start_));
  const auto* segment = std::get_if<SegmentInfo>(&event.subject);
  if (event.kind != EventKind::Send || segment == nullptr) return;
  announcements_.push_back(
      {*segment, fmt::format("{} (RFC {}): {}", name(event.why), rfc(event.why), text(event.why))});
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
    writer.write(at, std::span<const std::byte>(captured.packet.octets), captured.direction, captured.packet.why);
  }
}

}  // namespace tunic::script
