// Packet by packet, field by field, in the order of the headers.
#include <fmt/format.h>

#include <algorithm>

#include "replay/comparison.hpp"
#include "replay/numbers.hpp"
#include "text/notation.hpp"

namespace tunic::replay {

namespace {

template <typename T>
void compare_field(std::vector<std::string>& found, std::string_view what, T recorded, T live) {
  if (recorded != live) found.push_back(fmt::format("{}: recorded {}, live {}", what, recorded, live));
}

std::string letters(wire::TcpFlags flags) {
  SegmentInfo info;
  info.flags = flags.bits();
  const std::string text = to_notation(info);
  return text.substr(0, text.find(' '));
}

std::uint8_t shift_of(const std::vector<const Packet*>& packets) {
  for (const Packet* packet : packets) {
    if (!packet->flags().syn()) continue;
    return WindowScale(wire::parse_tcp_options(packet->options()).window_scale.value_or(0)).shift();
  }
  return 0;
}

bool both_scale(const Conversation& both) {
  return std::ranges::any_of(both.arrived, [](const Packet* packet) {
    return packet->flags().syn() && wire::parse_tcp_options(packet->options()).window_scale;
  });
}

/// In octets; the field of a SYN is never scaled (RFC 7323 §2.2).
std::uint32_t window_of(const Conversation& both, const Packet& packet) {
  const std::uint8_t shift = packet.flags().syn() || !both_scale(both) ? std::uint8_t{0} : shift_of(both.recorded);
  return std::uint32_t{packet.tcp->window.value} << shift;
}

void compare_segments(std::vector<std::string>& found, const Conversation& both, const Packet& recorded,
                      const Packet& live) {
  compare_field(found, "flags", letters(recorded.flags()), letters(live.flags()));
  const bool unknown = both.recorded_isn == 0 && both.live_flow.isn == 0;  // it never sent a SYN
  compare_field(found, "sequence number", recorded.tcp->seq.value() - both.recorded_isn,
                live.tcp->seq.value() - (unknown ? 0 : both.live_flow.isn));
  if (recorded.flags().ack() && live.flags().ack()) {
    compare_field(found, "acknowledgment", recorded.tcp->ack.value() - both.peer_isn,
                  live.tcp->ack.value() - both.peer_isn);
  }
  compare_field(found, "window", window_of(both, recorded), window_of(both, live));
  compare_field<int>(found, "urgent pointer", recorded.tcp->urgent, live.tcp->urgent);
  if (!same_options(recorded, live)) {
    found.push_back(fmt::format("options: recorded {}, live {}", options_to_notation(recorded.options(), both.peer_isn),
                                options_to_notation(live.options(), both.peer_isn)));
  }
}

/// Of what an ICMP error quotes the stack's own numbers are its own.
bool quotes_own_numbers(const Packet& packet) {
  if (!packet.icmp || !packet.icmp->is_error()) return false;
  const auto quote = wire::parse_icmp_quote(packet.payload());
  return quote && quote->protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
}

void compare_payloads(std::vector<std::string>& found, const Packet& recorded, const Packet& live) {
  const auto expected = recorded.payload();
  const auto actual = live.payload();
  compare_field(found, "octets of payload", expected.size(), actual.size());
  const std::size_t cut = recorded.octets.size() - recorded.present;
  if (!found.empty() || recorded.tcp || quotes_own_numbers(recorded) || cut > expected.size()) return;
  const std::size_t known = expected.size() - cut;
  if (!std::ranges::equal(expected.first(known), actual.first(known))) found.emplace_back("the payload is another one");
}

}  // namespace

bool same_options(const Packet& recorded, const Packet& live) {
  const auto mine = wire::parse_tcp_options(recorded.options()).timestamps;
  const auto theirs = wire::parse_tcp_options(live.options()).timestamps;
  OptionOffsets offsets;
  if (mine && theirs) offsets.ts_value = theirs->value - mine->value;
  const wire::OptionBytes expected = rebase_options(recorded.options(), offsets);
  return std::ranges::equal(expected.bytes(), live.options());
}

std::vector<std::string> differences(const Conversation& both, const Packet& recorded, const Packet& live) {
  std::vector<std::string> found;
  compare_field<int>(found, "protocol", recorded.ip.protocol, live.ip.protocol);
  if (!found.empty()) return found;
  constexpr int kEcnBits = 3;
  compare_field<int>(found, "ECN", recorded.ip.tos & kEcnBits, live.ip.tos & kEcnBits);
  compare_field<int>(found, "fragment offset", recorded.ip.fragment_offset, live.ip.fragment_offset);
  compare_field<int>(found, "more fragments", recorded.ip.more_fragments ? 1 : 0, live.ip.more_fragments ? 1 : 0);
  if (recorded.tcp && live.tcp) compare_segments(found, both, recorded, live);
  if (recorded.icmp && live.icmp) {
    compare_field<int>(found, "ICMP type", recorded.icmp->type, live.icmp->type);
    compare_field<int>(found, "ICMP code", recorded.icmp->code, live.icmp->code);
    if (!recorded.icmp->is_error()) compare_field<int>(found, "number", recorded.icmp->word2, live.icmp->word2);
  }
  compare_payloads(found, recorded, live);
  return found;
}

std::optional<Divergence> compare_strictly(const Conversation& both) {
  const std::size_t common = std::min(both.recorded.size(), both.live().size());
  for (std::size_t i = 0; i < common; ++i) {
    const Packet& recorded = *both.recorded[i];
    const Packet& live = both.live()[i].packet;
    std::vector<std::string> found = differences(both, recorded, live);
    const bool same_time = both.same_time(recorded.at, live.at);
    // At another time another segment is no pair with this one: one of the two is too many.
    if (!found.empty() && !same_time) {
      if (live.at < recorded.at) return Divergence{.live = i, .reason = "the recorded host sent nothing then"};
      return Divergence{.recorded = i, .reason = "the stack has sent nothing then"};
    }
    if (!same_time) {
      found.push_back(fmt::format("time: recorded {:.6f}, live {:.6f}", in_seconds(recorded.at), in_seconds(live.at)));
    }
    if (!found.empty()) {
      return Divergence{.recorded = i, .live = i, .reason = std::move(found.front())};
    }
  }
  if (common < both.recorded.size()) {
    return Divergence{.recorded = common, .reason = "the stack has sent nothing more"};
  }
  // Behind the last frame nobody knows what the host sent.
  const bool knows = common < both.live().size() && both.live()[common].packet.at <= both.recording.end;
  if (knows) return Divergence{.live = common, .reason = "the recorded host sent nothing more"};
  return std::nullopt;
}

}  // namespace tunic::replay
