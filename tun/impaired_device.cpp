// A bad link in front of a device: one Impairment per direction.
//
// What is on the way lies in blocks of this device's own pool: the stack, whose blocks the packets would pin, may go first.
#include <algorithm>

#include "link/impairment.hpp"
#include "segment/wire_packets.hpp"
#include "tun/link_conditions.hpp"
#include "tunic/tun/wrappers.hpp"

namespace tunic::tun {

link::Conditions conditions_of(const LinkConditions& given, std::uint64_t direction) {
  return {.seed = Seed{{given.seed, direction, 0, 0}},
          .drop = given.drop,
          .duplicate = given.duplicate,
          .reorder = given.reorder,
          .corrupt = given.corrupt,
          .delay = given.delay,
          .bits_per_second = given.bits_per_second,
          .queue_packets = given.queue_packets,
          .size_limit = given.size_limit};
}

namespace {

PacketBuffer copy_into(BlockPool& pool, const PacketBuffer& packet) {
  Slice slice = pool.allocate(packet.size());
  slice.trim_back(slice.size() - packet.size());
  packet.copy_to(slice.writable());
  return PacketBuffer(Chain(std::move(slice)));
}

}  // namespace

struct ImpairedDevice::Links {
  Links(const LinkConditions& conditions, Observer* observer)
      : inbound(conditions_of(conditions, 0), pool, observer), outbound(conditions_of(conditions, 1), pool, observer) {}

  BlockPool pool;
  link::Impairment inbound;
  link::Impairment outbound;
};

ImpairedDevice::ImpairedDevice(Device& inner, const LinkConditions& conditions, Observer* observer)
    : DeviceWrapper(inner), links_(std::make_unique<Links>(conditions, observer)) {}

ImpairedDevice::~ImpairedDevice() = default;

void ImpairedDevice::send(PacketBuffer packet, Instant now) {
  links_->outbound.push(copy_into(links_->pool, packet), now);
  pass_on(now);
}

void ImpairedDevice::pass_on(Instant now) {
  while (inner_.ready()) {
    auto packet = links_->outbound.pop(now);
    if (!packet) return;
    inner_.send(std::move(*packet), now);
  }
}

std::size_t ImpairedDevice::receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) {
  const std::size_t arrived = inner_.receive(links_->pool, batch, now);
  for (PacketBuffer& packet : batch.first(arrived)) {
    WirePackets pieces(std::move(packet), links_->pool);
    while (auto piece = pieces.next()) links_->inbound.push(copy_into(links_->pool, *piece), now);
  }
  pass_on(now);
  std::size_t count = 0;
  while (count < batch.size()) {
    const auto packet = links_->inbound.pop(now);
    if (!packet) break;
    batch[count++] = copy_into(pool, *packet);
  }
  return count;
}

Instant ImpairedDevice::next_deadline() const {
  // Packets that the inner device refuses go when it is ready again, not when they are due.
  const Instant outbound = inner_.ready() ? links_->outbound.next_deadline() : kNever;
  return std::min({inner_.next_deadline(), links_->inbound.next_deadline(), outbound});
}

}  // namespace tunic::tun
