// Packets find their flow by addresses, ports and identifiers; ICMP errors by what they quote, fragments by their first.
#include "replay/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "replay/numbers.hpp"

namespace tunic::replay {

namespace {

using wire::IcmpType;

using Key = FlowKey;

Key key_of(Protocol protocol, const Endpoint& a, const Endpoint& b, std::uint16_t identifier = 0) {
  return {protocol, std::min(a, b), std::max(a, b), identifier};
}

bool is_echo(const Packet& packet) {
  return packet.icmp && (packet.icmp->type == static_cast<std::uint8_t>(IcmpType::Echo) ||
                         packet.icmp->type == static_cast<std::uint8_t>(IcmpType::EchoReply));
}

Key key_of(const Packet& packet) {
  if (packet.tcp) return key_of(Protocol::Tcp, packet.source(), packet.destination());
  if (packet.udp) return key_of(Protocol::Udp, packet.source(), packet.destination());
  if (is_echo(packet)) return key_of(Protocol::Echo, packet.source(), packet.destination(), packet.icmp->word1);
  return key_of(Protocol::Other, packet.source(), packet.destination());
}

/// Of the packet that an ICMP error is about.
std::optional<Key> key_of_quote(const Packet& packet) {
  if (!packet.icmp || !packet.icmp->is_error()) return std::nullopt;
  const auto quote = wire::parse_icmp_quote(packet.payload());
  if (!quote) return std::nullopt;
  const Endpoint from{quote->source, quote->source_port};
  const Endpoint to{quote->destination, quote->destination_port};
  switch (static_cast<wire::IpProtocol>(quote->protocol)) {
    case wire::IpProtocol::Tcp:
      return key_of(Protocol::Tcp, from, to);
    case wire::IpProtocol::Udp:
      return key_of(Protocol::Udp, from, to);
    case wire::IpProtocol::Icmp:
      return key_of(Protocol::Echo, {quote->source, 0}, {quote->destination, 0}, quote->echo_identifier);
  }
  return std::nullopt;
}

/// The two ends of a conversation, whatever its protocol.
using Ends = std::pair<Endpoint, Endpoint>;

std::optional<Ends> ends_named(std::string_view flow) {
  const std::size_t dash = flow.find('-');
  const auto one = endpoint_named(flow.substr(0, dash));
  const auto other = dash == std::string_view::npos ? std::nullopt : endpoint_named(flow.substr(dash + 1));
  if (!one || !other) return std::nullopt;
  return std::minmax(*one, *other);
}

class Builder {
 public:
  Builder(std::string name, std::optional<Ends> only) : only_(only) { recording_.name = std::move(name); }

  std::expected<void, std::string> add(Frame frame) {
    recording_.end = frame.at;
    if (frame.kind == FrameKind::Ipv6) ++ipv6_;
    if (frame.kind != FrameKind::Ipv4) return {};
    auto packet = read_packet(std::move(frame.packet), frame.present);
    if (!packet) {
      leave_out(frame.number, packet.error());
      return {};
    }
    packet->frame = frame.number;
    packet->at = frame.at;
    if (!is_wanted(*packet)) return {};
    octets_ += packet->octets.size();
    if (octets_ > kMostOctets || recording_.packets.size() == kMostPackets) return refuse_so_much(frame.number);
    if (packet->present < packet->octets.size() - packet->payload().size())
      return refuse(frame.number, "the snap length has cut its headers");
    const auto flow = flow_for(*packet);
    if (!flow) return refuse(frame.number, flow.error());
    recording_.flows[*flow].packets.push_back(recording_.packets.size());
    recording_.flow_of.push_back(*flow);
    recording_.packets.push_back(std::move(*packet));
    return {};
  }

  std::expected<Recording, std::string> finish() {
    if (recording_.packets.empty() && only_ && any_) {
      return std::unexpected(fmt::format("{}: there is no conversation {}-{} in it", recording_.name,
                                         only_->first.to_string(), only_->second.to_string()));
    }
    if (recording_.packets.empty()) {
      return std::unexpected(
          fmt::format("{}: there is no IPv4 packet in it{}", recording_.name,
                      ipv6_ > 0 ? fmt::format("; {} frames are IPv6, which this stack does not have", ipv6_) : ""));
    }
    if (broken_ > kMostNotes)
      recording_.notes.push_back(fmt::format("{} more such frames are left out", broken_ - kMostNotes));
    if (ipv6_ > 0) recording_.notes.push_back(fmt::format("{} frames of IPv6 are left out", ipv6_));
    return std::move(recording_);
  }

 private:
  std::unexpected<std::string> refuse(std::uint64_t frame, std::string_view why) const {
    return std::unexpected(fmt::format("{}: frame {}: {}", recording_.name, frame, why));
  }

  std::unexpected<std::string> refuse_so_much(std::uint64_t frame) const {
    const bool several = recording_.flows.size() > 1;
    return refuse(frame, fmt::format("more than {} MiB or {} packets are too many; take {}the first frames alone: "
                                     "tcpdump -r {} -c {} -w part.pcap",
                                     kMostOctets >> 20, kMostPackets,
                                     several ? fmt::format("one conversation, such as --flow {}, or ",
                                                           recording_.flows.front().name())
                                             : "",
                                     recording_.name, frame - 1));
  }

  void leave_out(std::uint64_t frame, std::string_view why) {
    if (++broken_ <= kMostNotes) recording_.notes.push_back(fmt::format("frame {} is left out: {}", frame, why));
  }

  bool is_wanted(const Packet& packet) {
    any_ = true;
    if (!only_) return true;
    if (packet.ip.fragment_offset != 0 && fragments_.contains(datagram_of(packet))) return true;
    const auto fits = [this](const Key& key) { return Ends(key.low, key.high) == *only_; };
    const auto quoted = key_of_quote(packet);
    return fits(key_of(packet)) || (quoted && fits(*quoted));
  }

  std::expected<std::size_t, std::string> flow_for(const Packet& packet) {
    const Datagram fragment = datagram_of(packet);
    if (packet.ip.fragment_offset != 0) {
      if (const auto first = fragments_.find(fragment); first != fragments_.end()) return first->second;
    }
    Key key = key_of(packet);
    if (const auto quoted = key_of_quote(packet); quoted && latest_.contains(*quoted)) key = *quoted;
    const auto flow = packet.tcp ? connection_for(packet, key) : flow_with(packet, key);
    if (flow && packet.ip.more_fragments && packet.ip.fragment_offset == 0) fragments_[fragment] = *flow;
    return flow;
  }

  std::size_t flow_with(const Packet& packet, const Key& key) {
    if (const auto known = latest_.find(key); known != latest_.end()) return known->second;
    return begin(packet, key);
  }

  std::size_t begin(const Packet& packet, const Key& key) {
    latest_[key] = recording_.flows.size();
    recording_.flows_by_key[key].push_back(recording_.flows.size());
    recording_.flows.push_back({.protocol = key.protocol,
                                .first = packet.source(),
                                .second = packet.destination(),
                                .identifier = key.identifier});
    ended_.push_back(0);
    return recording_.flows.size() - 1;
  }

  std::expected<std::size_t, std::string> connection_for(const Packet& packet, const Key& key) {
    const wire::TcpFlags flags = packet.flags();
    const bool opens = flags.syn() && !flags.ack();
    auto known = latest_.find(key);
    if (known != latest_.end() && opens && is_over(known->second) && !has_isn(known->second, packet)) {
      known = latest_.end();
    }
    if (known == latest_.end() && !opens) {
      return std::unexpected(fmt::format("{} > {} begins in mid-connection; its SYN must be in the capture",
                                         packet.source().to_string(), packet.destination().to_string()));
    }
    const std::size_t index = known == latest_.end() ? begin(packet, key) : known->second;
    note_numbers(index, packet);
    return index;
  }

  bool has_isn(std::size_t index, const Packet& packet) const {
    return recording_.flows[index].isn_of_sender(packet) == packet.tcp->seq.value();
  }

  void note_numbers(std::size_t index, const Packet& packet) {
    Flow& flow = recording_.flows[index];
    const bool from_first = flow.is_from_first(packet);
    auto& isn = from_first ? flow.first_isn : flow.second_isn;
    if (packet.flags().syn() && !isn) isn = packet.tcp->seq.value();
    if (packet.flags().fin()) ended_[index] |= from_first ? kFirstFin : kSecondFin;
    if (packet.flags().rst()) ended_[index] = kFirstFin | kSecondFin;
  }

  static constexpr int kFirstFin = 1, kSecondFin = 2;
  bool is_over(std::size_t index) const { return ended_[index] == (kFirstFin | kSecondFin); }

  using Datagram = std::tuple<Ipv4Address, Ipv4Address, std::uint8_t, std::uint16_t>;
  static Datagram datagram_of(const Packet& packet) {
    return {packet.ip.source, packet.ip.destination, packet.ip.protocol, packet.ip.identification};
  }

  static constexpr std::uint64_t kMostNotes = 10;

  std::optional<Ends> only_;  // empty: all
  Recording recording_;
  std::map<Key, std::size_t> latest_;
  std::map<Datagram, std::size_t> fragments_;
  std::vector<int> ended_;  // of each flow
  std::size_t octets_ = 0;
  std::uint64_t ipv6_ = 0, broken_ = 0;
  bool any_ = false;  // IPv4 packet
};

}  // namespace

bool Flow::is_from_first(const Packet& packet) const {
  if (protocol == Protocol::Tcp || protocol == Protocol::Udp) {
    if (packet.source() == first && packet.destination() == second) return true;
    if (packet.source() == second && packet.destination() == first) return false;
  }
  return packet.ip.source == first.address;  // an ICMP error, or a fragment
}

std::string Flow::name() const {
  if (protocol == Protocol::Tcp || protocol == Protocol::Udp)
    return fmt::format("{}-{}", first.to_string(), second.to_string());
  return fmt::format("{}-{}", first.address.to_string(), second.address.to_string());
}

std::uint32_t Flow::isn_of_sender(const Packet& packet) const {
  return (is_from_first(packet) ? first_isn : second_isn).value_or(0);
}

std::uint32_t Flow::isn_of_receiver(const Packet& packet) const {
  return (is_from_first(packet) ? second_isn : first_isn).value_or(0);
}

std::optional<std::size_t> Recording::flow_named(std::string_view wanted) const {
  const auto ends = ends_named(wanted);
  const auto is_it = [&](const Flow& flow) { return ends && Ends(std::minmax(flow.first, flow.second)) == *ends; };
  const auto found = std::ranges::find_if(flows, is_it);
  return found == flows.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - flows.begin()));
}

std::vector<std::size_t> Recording::flows_of(const Packet& packet) const {
  const Key own = key_of(packet);
  const Key key = key_of_quote(packet).value_or(own);
  for (const Key& wanted : {key, own}) {
    if (const auto found = flows_by_key.find(wanted); found != flows_by_key.end()) return found->second;
  }
  std::vector<std::size_t> others;
  if (own.protocol != Protocol::Echo) return others;
  const auto first = flows_by_key.lower_bound({own.protocol, own.low, own.high, 0});
  for (auto next = first; next != flows_by_key.end(); ++next) {
    const Key& other = next->first;
    if (other.protocol != own.protocol || other.low != own.low || other.high != own.high) break;
    others.insert(others.end(), next->second.begin(), next->second.end());
  }
  return others;
}

std::vector<Ipv4Address> Recording::hosts() const {
  std::vector<Ipv4Address> found;
  for (const Flow& flow : flows) {
    for (const Ipv4Address host : {flow.first.address, flow.second.address}) {
      if (std::ranges::find(found, host) == found.end()) found.push_back(host);
    }
  }
  return found;
}

std::optional<Ipv4Address> Recording::likely_local() const {
  const std::vector<Ipv4Address> all = hosts();
  std::vector<Ipv4Address> in_all;
  for (const Ipv4Address host : all) {
    if (std::ranges::all_of(flows, [&](const Flow& flow) { return flow.has_host(host); })) in_all.push_back(host);
  }
  if (in_all.size() == 1) return in_all.front();
  if (in_all.size() != 2) return std::nullopt;
  // How soon each first answers the other: who is near needs no round trip for it.
  Duration soonest[2] = {Duration::max(), Duration::max()};
  for (const Flow& flow : flows) {
    bool answered[2] = {false, false};
    for (std::size_t i = 1; i < flow.packets.size(); ++i) {
      const Packet& before = packets[flow.packets[i - 1]];
      const Packet& packet = packets[flow.packets[i]];
      const std::size_t who = packet.ip.source == in_all[0] ? 0 : 1;
      if (before.ip.source == packet.ip.source || std::exchange(answered[who], true)) continue;
      soonest[who] = std::min(soonest[who], packet.at - before.at);
    }
  }
  constexpr int kClearly = 4;
  constexpr Duration kNear = std::chrono::milliseconds(1);
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const bool other_never_answers = soonest[1 - i] == Duration::max();
    const bool near = other_never_answers ? soonest[i] < kNear : soonest[i] < soonest[1 - i] / kClearly;
    const bool other_is_far =
        soonest[i] == Duration::max() && soonest[1 - i] != Duration::max() && soonest[1 - i] > kNear;
    if (near || other_is_far) return in_all[i];
  }
  return std::nullopt;
}

std::optional<std::string> Recording::missing_before(Ipv4Address local) const {
  for (const Flow& flow : flows) {
    std::uint32_t sent = 1;  // by the host, behind its ISN
    for (const std::size_t index : flow.packets) {
      const Packet& packet = packets[index];
      if (!packet.tcp || packet.flags().rst() || !flow.first_isn || !flow.second_isn) continue;
      if (packet.ip.source == local) {
        const std::uint32_t reached = packet.end().value() - flow.isn_of_sender(packet);
        sent = later_of(sent, reached);
        continue;
      }
      const std::uint32_t acknowledged = packet.tcp->ack.value() - flow.isn_of_receiver(packet);
      if (!packet.flags().ack() || packet.flags().syn() || !is_beyond(acknowledged, sent)) continue;
      return fmt::format(
          "{}: frame {}: it acknowledges up to {}, and the capture has it up to {} only: frames are missing", name,
          packet.frame, acknowledged, sent);
    }
  }
  return std::nullopt;
}

std::expected<Recording, std::string> read_recording(CaptureReader reader, std::string name, std::string_view flow) {
  const auto only = ends_named(flow);
  if (!flow.empty() && !only) {
    return std::unexpected(
        fmt::format("{}: '{}' names no conversation, such as 10.9.0.1:40000-10.9.0.2:80", name, flow));
  }
  Builder builder(std::move(name), only);
  while (true) {
    auto frame = reader.next();
    if (!frame) return std::unexpected(std::move(frame.error()));
    if (!*frame) return builder.finish();
    if (auto added = builder.add(std::move(**frame)); !added) return std::unexpected(std::move(added.error()));
  }
}

std::expected<Recording, std::string> read_recording(const std::string& path, std::string_view flow) {
  auto reader = CaptureReader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  return read_recording(std::move(*reader), path, flow);
}

}  // namespace tunic::replay
