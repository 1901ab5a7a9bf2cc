// The way of a packet through the emulated link. Each random decision is drawn in a fixed order.
#include "link/impairment.hpp"

#include <algorithm>
#include <bitset>

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "link/peek.hpp"

namespace tunic::link {

Impairment::Impairment(const Conditions& conditions, BlockPool& pool, Observer* observer)
    : conditions_(conditions), pool_(pool), observer_(observer), random_(conditions.seed, Purpose::Link) {}

void Impairment::push(PacketBuffer packet, Instant now) {
  TUNIC_ASSERT(packet.size() > 0);
  if (conditions_.size_limit != 0 && packet.size() > conditions_.size_limit) {
    report(EventKind::Drop, Why::LinkTooLong, packet, now);
    return;
  }
  Fate fate = Fate::Pass;
  if (conditions_.rule) {
    const Peek peek(packet);
    if (peek.segment() != nullptr) fate = conditions_.rule(*peek.segment(), ++segments_);
  }
  if (fate == Fate::Drop || happens(conditions_.drop)) {
    report(EventKind::Drop, Why::LinkDrop, packet, now);
    return;
  }
  if (fate == Fate::Corrupt || happens(conditions_.corrupt)) {
    report(EventKind::Send, Why::LinkCorrupt, packet, now);
    packet = damaged(packet);
  }
  if ((fate == Fate::Mark || happens(conditions_.mark)) && mark(packet)) {
    report(EventKind::Send, Why::LinkMark, packet, now);
  }
  const bool duplicate = fate == Fate::Duplicate || happens(conditions_.duplicate);
  const bool reorder = fate == Fate::Reorder || happens(conditions_.reorder);
  if (duplicate) {
    report(EventKind::Send, Why::LinkDuplicate, packet, now);
    transmit(packet.clone(), now, false);
  }
  transmit(std::move(packet), now, reorder);
}

void Impairment::transmit(PacketBuffer packet, Instant now, bool reorder) {
  const std::optional<Instant> sent = sent_at(packet, now);
  if (!sent) {
    report(EventKind::Drop, Why::LinkQueueFull, packet, now);
    return;
  }
  const Instant arrival = *sent + conditions_.delay;
  if (reorder) {
    report(EventKind::Hold, Why::LinkReorder, packet, now);
    const Place place{arrival + conditions_.reorder_at_most, next_number_++};
    on_the_way_.emplace(place, std::move(packet));
    held_.push_back({place, conditions_.reorder_behind});
  } else {
    on_the_way_.emplace(Place{arrival, next_number_++}, std::move(packet));
    release_held(arrival);
  }
}

std::optional<Instant> Impairment::sent_at(const PacketBuffer& packet, Instant now) {
  if (conditions_.bits_per_second == 0) return now;
  while (!queue_.empty() && queue_.front().sent <= now) {
    queued_bytes_ -= queue_.front().size;
    queue_.pop_front();
  }
  const bool too_many = conditions_.queue_packets != 0 && queue_.size() >= conditions_.queue_packets;
  const bool too_much = conditions_.queue_bytes != 0 && queued_bytes_ + packet.size() > conditions_.queue_bytes;
  if (too_many || too_much) return std::nullopt;
  constexpr std::uint64_t kBitNanoseconds = 8'000'000'000;  // per octet, at one bit per second
  link_free_ = std::max(link_free_, now) + Duration(packet.size() * kBitNanoseconds / conditions_.bits_per_second);
  queue_.push_back({link_free_, packet.size()});
  queued_bytes_ += packet.size();
  return link_free_;
}

/// A packet that was not held back arrives: those that waited for it as the last one come right behind it.
void Impairment::release_held(Instant arrival) {
  for (Held& held : held_) {
    if (--held.behind > 0 || held.place.first <= arrival) continue;
    auto packet = on_the_way_.extract(held.place);
    packet.key() = {arrival, next_number_++};
    on_the_way_.insert(std::move(packet));
  }
  std::erase_if(held_, [](const Held& held) { return held.behind == 0; });
}

std::optional<PacketBuffer> Impairment::pop(Instant now) {
  if (next_deadline() > now) return std::nullopt;
  const auto first = on_the_way_.begin();
  std::erase_if(held_, [place = first->first](const Held& held) { return held.place == place; });
  std::optional<PacketBuffer> packet(std::move(first->second));
  on_the_way_.erase(first);
  return packet;
}

Instant Impairment::next_deadline() const {
  return on_the_way_.empty() ? kNever : on_the_way_.begin()->first.first;
}

/// The bits lie in different columns of the 16-bit words over which the Internet checksum is summed. So it sees them every
/// time: a link that deceives the checksum would tell nothing about TCP.
PacketBuffer Impairment::damaged(const PacketBuffer& packet) {
  constexpr std::uint64_t kMaxBits = 3;
  PacketBuffer copy = private_copy(packet);
  const std::span<std::byte> bytes = copy.payload().slice(0).writable();
  std::bitset<16> columns;
  for (std::uint64_t bits = 1 + random_.below(kMaxBits); bits > 0; --bits) {
    const std::uint64_t bit = random_.below(bytes.size() * 8);
    if (columns.test(bit % columns.size())) continue;
    columns.set(bit % columns.size());
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  return copy;
}

/// False for what is not ECN-capable transport.
bool Impairment::mark(PacketBuffer& packet) {
  constexpr std::uint8_t kCe = 3;
  const Peek peek(packet);
  if (peek.segment() == nullptr || (peek.segment()->tos & kCe) == 0) return false;
  packet = private_copy(packet);
  std::byte* const header = packet.payload().slice(0).writable().data();
  const std::uint16_t old_word = load_be16(header);  // version, header length, TOS
  store_be16(header, old_word | kCe);
  store_be16(header + 10, checksum_update(load_be16(header + 10), old_word, old_word | kCe));
  return true;
}

/// In one block that nobody shares. What a device has verified or promised does not hold for a changed packet.
PacketBuffer Impairment::private_copy(const PacketBuffer& packet) {
  Slice block = pool_.allocate(packet.size());
  packet.copy_to(block.writable());
  block.trim_back(block.size() - packet.size());
  return PacketBuffer(Chain(std::move(block)));
}

void Impairment::report(EventKind kind, Why why, const PacketBuffer& packet, Instant now) {
  if (observer_ == nullptr) return;
  const Peek peek(packet);
  observer_->on_event({.at = now, .kind = kind, .why = why, .subject = peek.subject()});
}

}  // namespace tunic::link
