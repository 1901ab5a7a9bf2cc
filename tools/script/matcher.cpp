// Field by field, in the order of the headers.
#include "script/matcher.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/endian.hpp"
#include "segment/codec.hpp"
#include "text/notation.hpp"
#include "wire/ipv4.hpp"

namespace tunic::script {

namespace {

constexpr std::uint8_t kUncheckedTtl = 255;

template <typename T>
void compare(std::vector<std::string>& found, std::string_view what, T expected, T live) {
  if (expected != live) found.push_back(fmt::format("{}: expected {}, live {}", what, expected, live));
}

bool is_zero(const Chain& payload) {
  for (std::size_t i = 0; i < payload.slice_count(); ++i) {
    if (std::ranges::any_of(payload.slice(i).bytes(), [](std::byte b) { return b != std::byte{0}; })) return false;
  }
  return true;
}

std::string flag_letters(TcpFlags flags) {
  SegmentInfo info;
  info.flags = flags.bits();
  const std::string text = to_notation(info);
  return text.substr(0, text.find(' '));
}

/// The written options with what is not compared taken from the live ones.
wire::OptionBytes expected_options(const NotatedSegment& written, const Segment& live, const Flow& flow) {
  OptionOffsets offsets{.sack = flow.peer_isn.value_or(0)};
  const auto mine = wire::parse_tcp_options(written.options.bytes()).timestamps;
  const auto theirs = wire::parse_tcp_options(live.options.bytes()).timestamps;
  if (mine && theirs) {
    offsets.ts_value = theirs->value - mine->value;
    offsets.ts_echo = theirs->echo_reply - mine->echo_reply;
  }
  return rebase_options(written.options.bytes(), offsets);
}

void compare_timestamp(std::vector<std::string>& found, const NotatedSegment& written, const Segment& live,
                       const Flow& flow, const MatchRules& rules) {
  const auto mine = wire::parse_tcp_options(written.options.bytes()).timestamps;
  const auto theirs = wire::parse_tcp_options(live.options.bytes()).timestamps;
  if (rules.ts_tick == Duration{} || !mine || !theirs || !flow.first_timestamp || written.any_ts_value) return;
  const auto steps = [](std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); };
  const Duration wanted = steps(flow.first_timestamp->first, mine->value) * rules.ts_tick;
  const Duration actual = steps(flow.first_timestamp->second, theirs->value) * rules.ts_tick;
  if (std::chrono::abs(wanted - actual) <= tolerance_of(rules, wanted)) return;
  found.push_back(fmt::format("TS val: expected {} ticks after the first, live {}",
                              steps(flow.first_timestamp->first, mine->value),
                              steps(flow.first_timestamp->second, theirs->value)));
}

void compare_options(std::vector<std::string>& found, const NotatedSegment& written, const Segment& live,
                     const Flow& flow, const MatchRules& rules) {
  if (written.options_given == OptionsGiven::Any) return;
  const wire::OptionBytes expected = expected_options(written, live, flow);
  if (!std::ranges::equal(expected.bytes(), live.options.bytes())) {
    const std::uint32_t base = live.flags.syn() ? 0 : flow.peer_isn.value_or(0);
    found.push_back(fmt::format("options: expected {}, live {}", options_to_notation(written.options.bytes(), 0),
                                options_to_notation(live.options.bytes(), base)));
  }
  compare_timestamp(found, written, live, flow, rules);
}

}  // namespace

void compare_ip_fields(std::vector<std::string>& found, const NotatedHead& written, std::uint8_t tos,
                       std::uint8_t ttl) {
  if (written.tos) compare<int>(found, "type of service", *written.tos, tos);
  if (written.ttl && *written.ttl != kUncheckedTtl) compare<int>(found, "time to live", *written.ttl, ttl);
  if (!written.ecn) return;
  const int ecn = tos & 3;
  if (*written.ecn == NotatedEcn::EitherEct) {
    if (ecn != 1 && ecn != 2) found.push_back(fmt::format("ECN: expected ect0 or ect1, live {}", ecn));
  } else {
    compare(found, "ECN", static_cast<int>(*written.ecn), ecn);
  }
}

Duration tolerance_of(const MatchRules& rules, Duration gap) {
  return std::max(rules.tolerance, std::chrono::abs(gap) / 8);
}

LiveSegment read_segment(std::span<const std::byte> packet, BlockPool& pool) {
  const auto ip = wire::parse_ipv4(packet, packet.size());
  if (!ip) return {{}, fmt::format("its IP header is broken: {}", text(ip.error()))};
  if (ip->header_size != wire::kIpv4HeaderSize) return {{}, "its IP header has options"};
  if (ip->total_length != packet.size()) return {{}, "its total length is not that of the packet"};
  if (ip->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) {
    return {{}, fmt::format("its protocol is {}, not TCP", ip->protocol), true};
  }
  const auto content = packet.subspan(wire::kIpv4HeaderSize);
  auto segment = decode_segment(*ip, PacketBuffer(Chain(pool.copy(content))), pool);
  if (!segment) return {{}, fmt::format("its TCP header is broken: {}", text(segment.error()))};
  constexpr std::uint8_t kReserved = 0x0e;  // of the octet with the data offset; the lowest bit is AE
  if ((load_u8(content.data() + 12) & kReserved) != 0) return {{}, "its reserved bits are not zero"};
  return {.segment = std::move(*segment), .objection = {}};
}

std::vector<std::string> differences(const NotatedSegment& written, const Segment& live, const Flow& flow,
                                     const MatchRules& rules) {
  std::vector<std::string> found;
  compare_ip_fields(found, written, live.tos, live.ttl);
  const TcpFlags ignored = rules.psh_counts ? TcpFlags() : TcpFlags(TcpFlags::Psh);
  compare(found, "flags", flag_letters(written.flags.without(ignored)), flag_letters(live.flags.without(ignored)));
  const SegmentInfo shown = flow.as_written(live);
  if (!written.any_start) {
    const auto start = flow.live_start(written);
    if (start && *start != live.seq.value()) {
      found.push_back(fmt::format("sequence number: expected {}, live {}", written.start,
                                  written.absolute_start ? shown.seq : shown.seq - shown.seq_base));
    }
  }
  compare<std::size_t>(found, "octets of payload", written.length, live.payload.size());
  if (flow.live_ack(written) != live.ack.value()) {
    found.push_back(
        fmt::format("acknowledgment: expected {}, live {}", written.ack.value_or(0), shown.ack - shown.ack_base));
  }
  if (written.window) compare<int>(found, "window", *written.window, live.wnd.value);
  compare<int>(found, "urgent pointer", written.urgent.value_or(0), live.up);
  compare_options(found, written, live, flow, rules);
  if (!is_zero(live.payload)) found.emplace_back("the payload is not zero");
  return found;
}

Segment joined(Segment first, Segment next) {
  const bool congestion_reduced = first.flags.has(TcpFlags::Cwr);
  first.flags = congestion_reduced ? next.flags | TcpFlags::Cwr : next.flags.without(TcpFlags::Cwr);
  first.ack = next.ack;
  first.wnd = next.wnd;
  first.up = next.up;
  first.options = next.options;
  first.tos = next.tos;
  first.payload.append(std::move(next.payload));
  return first;
}

}  // namespace tunic::script
