// From written numbers to live ones for what is injected, and back for what is compared.
#include "testing/flow.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "testing/pattern.hpp"

namespace tunic::testing {

namespace {

/// Collects differences of fields.
class Comparison {
 public:
  template <typename T>
  void field(std::string_view name, const T& expected, const T& live) {
    if (expected != live) lines_.push_back(fmt::format("{}: expected {}, live {}", name, expected, live));
  }
  template <typename T>
  void field(std::string_view name, const std::optional<T>& expected, const T& live) {
    if (expected) field(name, *expected, live);
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

std::string flag_letters(std::uint16_t flags) {
  const std::string notation = to_notation(SegmentInfo{.flags = flags});
  return notation.substr(0, notation.find(' '));
}

void compare_ip_fields(Comparison& comparison, const NotatedSegment& expected, const SegmentInfo& live) {
  comparison.field("tos", expected.tos, live.tos);
  comparison.field("ttl", expected.ttl, live.ttl);
  if (!expected.ecn) return;
  const unsigned ecn = live.tos & 3U;
  if (*expected.ecn == NotatedEcn::EitherEct) {
    comparison.field("ect01", true, ecn == 1 || ecn == 2);
  } else {
    comparison.field("ecn", static_cast<unsigned>(*expected.ecn), ecn);
  }
}

}  // namespace

Segment Flow::to_live(const NotatedSegment& written, BlockPool& pool) const {
  Segment segment;
  segment.source = peer;
  segment.destination = stack;
  segment.seq = SeqNum(written.start + peer_isn);
  if (written.ack) segment.ack = SeqNum(*written.ack + stack_isn);
  segment.flags = written.flags;
  segment.wnd = {written.window.value_or(0)};
  segment.up = written.urgent.value_or(0);
  const OptionOffsets offsets{.sack = stack_isn, .ts_echo = written.flags.ack() ? ts_offset.value_or(0) : 0};
  segment.options = rebase_options(written.options.bytes(), offsets);
  const std::uint64_t offset = data_offset(written.start, written.flags.syn());
  if (written.length > 0) segment.payload = Chain(pool.copy(pattern(Stream::FromPeer, offset, written.length)));
  if (written.tos) segment.tos = *written.tos;
  if (written.ecn)
    segment.tos = static_cast<std::uint8_t>((segment.tos & ~3U) | (static_cast<unsigned>(*written.ecn) & 3U));
  segment.ttl = written.ttl.value_or(64);
  return segment;
}

SegmentInfo Flow::with_bases(SegmentInfo live) const {
  live.seq_base = stack_isn;
  live.ack_base = peer_isn;
  return live;
}

void Flow::learn(const SegmentInfo& live) {
  if (TcpFlags(live.flags).syn()) stack_isn = live.seq;
}

std::vector<std::string> Flow::differences(const NotatedSegment& expected, const SegmentInfo& live) {
  Comparison comparison;
  compare_ip_fields(comparison, expected, live);
  comparison.field("from", stack.to_string(), live.source.to_string());
  comparison.field("to", peer.to_string(), live.destination.to_string());
  comparison.field("flags", flag_letters(expected.flags.bits()), flag_letters(live.flags));
  comparison.field("seq", expected.start, live.seq - stack_isn);
  comparison.field("length", expected.length, live.payload_size);
  comparison.field("ack", expected.ack, live.ack - peer_isn);
  comparison.field("win", expected.window, live.window);
  comparison.field("urg", expected.urgent, live.urgent);
  if (expected.options_given == OptionsGiven::Exact) {
    const wire::OptionBytes wanted = expected_options(expected, live);
    if (!std::ranges::equal(wanted.bytes(), live.options)) {
      comparison.field("options", options_to_notation(wanted.bytes(), peer_isn),
                       options_to_notation(live.options, peer_isn));
    }
  }
  return comparison.take();
}

wire::OptionBytes Flow::expected_options(const NotatedSegment& expected, const SegmentInfo& live) {
  const auto written = wire::parse_tcp_options(expected.options.bytes()).timestamps;
  const auto seen = wire::parse_tcp_options(live.options).timestamps;
  if (!ts_offset && written && seen) ts_offset = seen->value - written->value;
  return rebase_options(expected.options.bytes(), {.sack = peer_isn, .ts_value = ts_offset.value_or(0)});
}

}  // namespace tunic::testing
