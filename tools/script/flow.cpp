// All arithmetic is modulo 2^32.
#include "script/flow.hpp"

#include <fmt/format.h>

#include <vector>

namespace tunic::script {

std::uint8_t written_tos(const NotatedHead& written) {
  const NotatedEcn ecn = written.ecn.value_or(NotatedEcn::NotEct);
  return written.tos.value_or(static_cast<std::uint8_t>(ecn == NotatedEcn::EitherEct ? NotatedEcn::Ect0 : ecn));
}

std::optional<std::uint32_t> Flow::live_timestamp(std::uint32_t written, bool scaled) const {
  if (const auto exact = timestamps.find(written); exact != timestamps.end()) return exact->second;
  if (!scaled || timestamps.empty()) return std::nullopt;
  // Between two values that are known, in proportion; outside of them, in step with the nearest.
  const auto above = timestamps.upper_bound(written);
  if (above == timestamps.begin()) return above->second - (above->first - written);
  const auto below = std::prev(above);
  if (above == timestamps.end()) return below->second + (written - below->first);
  const std::uint64_t live_span = above->second - below->second;
  const std::uint64_t written_span = above->first - below->first;
  return below->second + static_cast<std::uint32_t>(live_span * (written - below->first) / written_span);
}

std::expected<Segment, std::string> Flow::to_live(const NotatedSegment& written, bool scaled, BlockPool& pool) {
  const bool syn = written.flags.syn();
  if (syn && !peer_isn) peer_isn = written.start;
  Segment live;
  live.source = peer;
  live.destination = stack;
  live.flags = written.flags;
  live.wnd = RawWindow{written.window.value_or(0)};
  live.up = written.urgent.value_or(0);
  live.tos = written_tos(written);
  live.ttl = written.ttl.value_or(live.ttl);
  live.seq = SeqNum(syn || written.absolute_start ? written.start : peer_isn.value_or(0) + written.start);
  const std::uint32_t ack_base = stack_isn.value_or(0) - (syn ? written_stack_isn : 0);
  if (written.ack) live.ack = SeqNum(ack_base + *written.ack);

  const wire::TcpOptions options = wire::parse_tcp_options(written.options.bytes());
  OptionOffsets offsets{.sack = stack_isn.value_or(0)};
  if (options.timestamps && written.flags.ack() && !written.absolute_ts_echo) {
    const std::uint32_t echo = options.timestamps->echo_reply;
    const auto mapped = live_timestamp(echo, scaled);
    if (!mapped) return std::unexpected(fmt::format("ecr {} echoes no timestamp that the stack has sent", echo));
    offsets.ts_echo = *mapped - echo;
  }
  live.options = rebase_options(written.options.bytes(), offsets);
  const std::vector<std::byte> zeros(written.length);
  if (written.length > 0) live.payload.push_back(pool.copy(zeros));
  return live;
}

std::optional<std::uint32_t> Flow::live_start(const NotatedSegment& written) const {
  if (written.absolute_start) return written.start;
  if (!stack_isn) return written.flags.syn() ? std::nullopt : std::optional(written.start);
  return *stack_isn + written.start - (written.flags.syn() ? written_stack_isn : 0);
}

std::uint32_t Flow::live_ack(const NotatedSegment& written) const {
  const std::uint32_t ack = written.ack.value_or(0);
  return written.flags.syn() || !written.ack ? ack : peer_isn.value_or(0) + ack;
}

void Flow::learn(const NotatedSegment& written, const Segment& live) {
  if (written.flags.syn() && !stack_isn) {
    stack_isn = live.seq.value();
    written_stack_isn = written.start;
  }
  const auto expected = wire::parse_tcp_options(written.options.bytes()).timestamps;
  const auto actual = wire::parse_tcp_options(live.options.bytes()).timestamps;
  if (!expected || !actual || written.any_ts_value) return;
  timestamps[expected->value] = actual->value;
  if (!first_timestamp) first_timestamp = {expected->value, actual->value};
}

SegmentInfo Flow::as_written(const Segment& live) const {
  const bool syn = live.flags.syn();
  const std::uint32_t own = stack_isn.value_or(live.flags.syn() ? live.seq.value() : 0);
  return describe(live, SeqNum(own - (syn ? written_stack_isn : 0)), SeqNum(syn ? 0 : peer_isn.value_or(0)));
}

}  // namespace tunic::script
