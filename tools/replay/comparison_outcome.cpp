// What remains when all is over: the octets of both directions, and how each side ended.
#include <fmt/format.h>

#include <algorithm>

#include "replay/comparison.hpp"
#include "replay/numbers.hpp"
#include "replay/stream.hpp"

namespace tunic::replay {

namespace {

/// Of what one host has sent, in sequence numbers behind its own ISN and its peer's.
struct Ending {
  std::uint32_t sent = 0;          // the end of its data, FIN included
  std::uint32_t acknowledged = 0;  // of the peer's
  bool fin = false;
  bool rst = false;
};

void add(Ending& ending, const Packet& packet, std::uint32_t isn, std::uint32_t peer_isn) {
  if (!packet.tcp) return;
  const wire::TcpFlags flags = packet.flags();
  ending.fin = ending.fin || flags.fin();
  ending.rst = ending.rst || flags.rst();
  if (!flags.rst()) ending.sent = later_of(ending.sent, packet.end().value() - isn);
  if (flags.ack()) ending.acknowledged = later_of(ending.acknowledged, packet.tcp->ack.value() - peer_isn);
}

/// What the peer sent, as far as it was acknowledged.
std::vector<std::byte> delivered(const Conversation& both, std::uint32_t acknowledged) {
  const Flow& flow = both.flow;
  const Ipv4Address peer = flow.first.address == both.local ? flow.second.address : flow.first.address;
  std::vector<std::byte> octets = stream_of(both.recording, flow, peer);
  octets.resize(std::min<std::size_t>(octets.size(), acknowledged > 0 ? acknowledged - 1 : 0));
  return octets;
}

std::optional<std::string> difference(const Ending& recorded, const Ending& live) {
  const auto say = [](bool yes) { return yes ? "yes" : "no"; };
  if (recorded.rst != live.rst) return fmt::format("resets: recorded {}, live {}", say(recorded.rst), say(live.rst));
  if (recorded.fin != live.fin)
    return fmt::format("sends a FIN: recorded {}, live {}", say(recorded.fin), say(live.fin));
  if (recorded.sent != live.sent) {
    return fmt::format("the end of what it sent: recorded {}, live {}", recorded.sent, live.sent);
  }
  if (recorded.acknowledged != live.acknowledged) {
    return fmt::format("the end of what it acknowledged: recorded {}, live {}", recorded.acknowledged,
                       live.acknowledged);
  }
  return std::nullopt;
}

std::optional<Divergence> compare_datagrams(const Conversation& both) {
  if (both.recorded.size() == both.live().size()) return std::nullopt;
  return Divergence{.reason =
                        fmt::format("packets sent: recorded {}, live {}", both.recorded.size(), both.live().size())};
}

}  // namespace

std::optional<Divergence> compare_outcome(const Conversation& both) {
  if (both.flow.protocol != Protocol::Tcp) return compare_datagrams(both);
  Ending recorded;
  Ending live;
  for (const Packet* packet : both.recorded) add(recorded, *packet, both.recorded_isn, both.peer_isn);
  for (const LivePacket& sent : both.live()) add(live, sent.packet, both.live_flow.isn, both.live_flow.peer_isn);
  if (auto what = difference(recorded, live)) return Divergence{.reason = std::move(*what)};
  const std::vector<std::byte> wanted = delivered(both, recorded.acknowledged);
  const std::size_t size = std::min(wanted.size(), both.live_flow.received.size());
  if (!std::equal(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(size),
                  both.live_flow.received.begin())) {
    return Divergence{.reason = "the application has read other octets than the peer sent"};
  }
  return std::nullopt;
}

}  // namespace tunic::replay
