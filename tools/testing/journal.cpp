// Remembers events as lines at once: what they point to lives only during the call.
#include "testing/journal.hpp"

#include <algorithm>

#include "testing/why_coverage.hpp"
#include "text/event_text.hpp"

namespace tunic::testing {

namespace {

using Subject = decltype(Event::subject);

/// Whether two descriptions are of the same packet. Bases and options are left out: a tap does not know the former.
bool same_packet(const Subject& a, const Subject& b) {
  if (const auto* x = std::get_if<SegmentInfo>(&a)) {
    const auto* y = std::get_if<SegmentInfo>(&b);
    return y != nullptr && x->source == y->source && x->destination == y->destination && x->seq == y->seq &&
           x->ack == y->ack && x->flags == y->flags && x->window == y->window && x->payload_size == y->payload_size;
  }
  if (const auto* x = std::get_if<IcmpInfo>(&a)) {
    const auto* y = std::get_if<IcmpInfo>(&b);
    return y != nullptr && x->source == y->source && x->destination == y->destination && x->type == y->type &&
           x->code == y->code;
  }
  if (const auto* x = std::get_if<UdpInfo>(&a)) {
    const auto* y = std::get_if<UdpInfo>(&b);
    return y != nullptr && x->source == y->source && x->destination == y->destination &&
           x->payload_size == y->payload_size;
  }
  const auto* x = std::get_if<PacketInfo>(&a);
  const auto* y = std::get_if<PacketInfo>(&b);
  return x != nullptr && y != nullptr && x->source == y->source && x->destination == y->destination &&
         x->fragment_offset == y->fragment_offset && x->size == y->size;
}

bool is_to_loopback(const Subject& subject) {
  const auto* segment = std::get_if<SegmentInfo>(&subject);
  if (segment != nullptr) {
    return segment->destination.address.is_loopback() || segment->destination.address == segment->source.address;
  }
  const auto* datagram = std::get_if<UdpInfo>(&subject);
  if (datagram != nullptr) {
    return datagram->destination.address.is_loopback() || datagram->destination.address == datagram->source.address;
  }
  const auto* message = std::get_if<IcmpInfo>(&subject);
  return message != nullptr && (message->destination.is_loopback() || message->destination == message->source);
}

Subject without_options(Subject subject) {
  if (auto* segment = std::get_if<SegmentInfo>(&subject)) segment->options = {};
  return subject;
}

bool take_reason(std::vector<Why>& reasons, Why why) {
  const auto found = std::ranges::find(reasons, why);
  if (found == reasons.end()) return false;
  reasons.erase(found);
  return true;
}

}  // namespace

void Journal::on_event(const Event& event) {
  WhyCoverage::of_program().record(event.why);
  lines_.push_back(to_line(event, start_));
  if (event.kind == EventKind::Send) {
    // What travels in fragments is announced as a whole, and then piece by piece: only the pieces leave.
    const auto* piece = std::get_if<PacketInfo>(&event.subject);
    if (piece != nullptr && piece->more_fragments && piece->fragment_offset == 0) announcements_.pop_back();
    announcements_.push_back({event.why, event.connection, without_options(event.subject)});
  }
  if (event.kind == EventKind::Drop) drops_.push_back(event.why);
  if (event.kind == EventKind::Hold) holds_.push_back(event.why);
}

std::optional<Journal::Announcement> Journal::take_announcement(const Subject& subject) {
  const auto found =
      std::ranges::find_if(announcements_, [&](const auto& said) { return same_packet(said.subject, subject); });
  if (found == announcements_.end()) return std::nullopt;
  const Announcement announcement = *found;
  announcements_.erase(found);
  return announcement;
}

void Journal::forget_loopback() {
  std::erase_if(announcements_, [](const Announcement& said) { return is_to_loopback(said.subject); });
}

bool Journal::take_drop(Why why) {
  return take_reason(drops_, why);
}

bool Journal::take_hold(Why why) {
  return take_reason(holds_, why);
}

void Journal::forget_stimulus() {
  drops_.clear();
  holds_.clear();
}

std::string Journal::last_lines(std::size_t count) const {
  std::string text;
  for (std::size_t i = lines_.size() - std::min(count, lines_.size()); i < lines_.size(); ++i) text += lines_[i] + '\n';
  return text;
}

}  // namespace tunic::testing
