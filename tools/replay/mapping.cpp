// An echoed timestamp becomes the one that the stack really sent at about that time.
#include "replay/mapping.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/endian.hpp"
#include "replay/numbers.hpp"
#include "text/notation.hpp"
#include "wire/icmp.hpp"

namespace tunic::replay {

namespace {

constexpr std::size_t kTcpAck = 8, kTcpChecksum = 16, kIcmpChecksum = 2, kIcmpIdentifier = 4, kTcpSequence = 4;

std::uint32_t distance(std::uint32_t a, std::uint32_t b) {
  return std::min(a - b, b - a);
}

void repair(std::span<std::byte> content, std::size_t at, Checksum sum, bool good) {
  store_be16(content.data() + at, 0);
  sum.add(content);
  const std::uint16_t right = sum.finish();
  store_be16(content.data() + at, good ? right : static_cast<std::uint16_t>(right ^ 0x5555));
}

}  // namespace

Mapping::Mapping(const Flow& flow, Ipv4Address local)
    : recorded_isn_((flow.first.address == local ? flow.first_isn : flow.second_isn).value_or(0)),
      recorded_identifier_(flow.identifier) {}

void Mapping::learn(const Packet& live) {
  if (live.icmp && !live.icmp->is_error()) live_identifier_ = live.icmp->word1;
  if (!live.tcp) return;
  if (live.flags().syn() && !live_isn_) live_isn_ = live.tcp->seq.value();
  if (live_isn_) live_sent_ = later_of(live_sent_, live.end().value() - *live_isn_);
  if (const auto timestamps = wire::parse_tcp_options(live.options()).timestamps) {
    if (!first_live_timestamp_) first_live_timestamp_ = timestamps->value;
    live_timestamps_.insert(timestamps->value - *first_live_timestamp_);
  }
}

void Mapping::pass(const Packet& recorded) {
  if (!recorded.tcp || recorded.flags().rst()) return;
  recorded_sent_ = later_of(recorded_sent_, recorded.end().value() - recorded_isn_);
  const auto timestamps = wire::parse_tcp_options(recorded.options()).timestamps;
  if (timestamps && !first_recorded_timestamp_) first_recorded_timestamp_ = timestamps->value;
}

bool Mapping::has_cause(const Packet& recorded) const {
  if (!recorded.tcp || !recorded.flags().ack()) return true;
  std::uint32_t last = recorded.tcp->ack.value() - recorded_isn_;
  for (const SeqRange& block : wire::parse_tcp_options(recorded.options()).sack_blocks()) {
    last = later_of(last, block.end.value() - recorded_isn_);
  }
  if (is_beyond(last, recorded_sent_)) return true;
  return last == 0 || (live_isn_ && !is_beyond(last, live_sent_));
}

std::uint32_t Mapping::live_timestamp(std::uint32_t recorded) const {
  if (!first_recorded_timestamp_ || !first_live_timestamp_) return recorded;
  const std::uint32_t wanted = recorded - *first_recorded_timestamp_;
  const auto above = live_timestamps_.lower_bound(wanted);
  const auto first = live_timestamps_.begin();
  std::uint32_t closest = above == live_timestamps_.end() ? *first : *above;
  const std::uint32_t below = above == first ? *std::prev(live_timestamps_.end()) : *std::prev(above);
  if (distance(below, wanted) <= distance(closest, wanted)) closest = below;
  return closest + *first_live_timestamp_;
}

void Mapping::move_segment(const Packet& recorded, std::vector<std::byte>& octets) const {
  const std::span<std::byte> segment = std::span(octets).subspan(recorded.ip.header_size);
  if (recorded.flags().ack()) {
    store_be32(segment.data() + kTcpAck, recorded.tcp->ack.value() + shift());
    const auto timestamps = wire::parse_tcp_options(recorded.options()).timestamps;
    const std::uint32_t echo = timestamps ? live_timestamp(timestamps->echo_reply) - timestamps->echo_reply : 0;
    const wire::OptionBytes moved = rebase_options(recorded.options(), {.sack = shift(), .ts_echo = echo});
    std::ranges::copy(moved.bytes(), segment.begin() + wire::kTcpHeaderSize);
  }
  repair(segment, kTcpChecksum,
         wire::pseudo_header(recorded.ip.source, recorded.ip.destination, wire::IpProtocol::Tcp, segment.size()),
         recorded.checksum_good);
}

void Mapping::move_quote(const Packet& recorded, std::vector<std::byte>& octets) const {
  const std::span<std::byte> message = std::span(octets).subspan(recorded.ip.header_size);
  if (!recorded.icmp->is_error()) {
    if (live_identifier_ && recorded.icmp->word1 == recorded_identifier_) {
      store_be16(message.data() + kIcmpIdentifier, *live_identifier_);
      repair(message, kIcmpChecksum, Checksum(), true);
    }
    return;
  }
  const std::span<std::byte> quoted = message.subspan(wire::kIcmpHeaderSize);
  const auto quote = wire::parse_icmp_quote(quoted);
  if (!quote || quote->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) return;
  const std::size_t header_size = std::size_t{4} * (load_u8(quoted.data()) & 0x0f);
  store_be32(quoted.data() + header_size + kTcpSequence, quote->sequence + shift());
  repair(message, kIcmpChecksum, Checksum(), true);
}

std::vector<std::byte> Mapping::to_live(const Packet& recorded) const {
  std::vector<std::byte> octets = recorded.octets;
  if (recorded.tcp) move_segment(recorded, octets);
  if (recorded.icmp) move_quote(recorded, octets);
  return octets;
}

}  // namespace tunic::replay
