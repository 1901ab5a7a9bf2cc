// The peer's calls are inferred from where it stood: half a round trip away from the tap.
#include "replay/converse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "replay/inference.hpp"
#include "replay/live_flows.hpp"
#include "script/recorder.hpp"
#include "sim/pair.hpp"

namespace tunic::replay {

namespace {

using namespace std::chrono_literals;

/// So long after the last frame the two may need to come to an end.
constexpr Duration kLongestEnd = 10s;
/// A call waits so long for what its application had read before it.
constexpr Duration kPatience = 60s;

/// Half of the shortest time in which the peer answered.
Duration distance_of(const Recording& recording, Ipv4Address local) {
  Duration shortest = Duration::max();
  for (const Flow& flow : recording.flows) {
    for (std::size_t i = 1; i < flow.packets.size(); ++i) {
      const Packet& before = recording.packets[flow.packets[i - 1]];
      const Packet& packet = recording.packets[flow.packets[i]];
      const bool answer = before.ip.source == local && packet.ip.source != local && packet.flags().ack();
      // Only what acknowledges the segment in front of it was surely sent because of that.
      if (answer && before.tcp && packet.tcp->ack == before.end()) shortest = std::min(shortest, packet.at - before.at);
    }
  }
  return shortest == Duration::max() ? Duration{} : shortest / 2;
}

/// The same as a tap beside the peer would have recorded it.
Recording seen_by_peer(Recording recording, Ipv4Address local, Duration distance) {
  for (Packet& packet : recording.packets) packet.at += packet.ip.source == local ? distance : -distance;
  for (Flow& flow : recording.flows) {
    std::ranges::sort(flow.packets, {},
                      [&](std::size_t index) { return std::pair(recording.packets[index].at, index); });
  }
  return recording;
}

/// So many octets of the other side's data `host` had acknowledged by then: what its application may have known.
std::size_t known_by(const Recording& seen, const Flow& flow, Ipv4Address host, Duration at) {
  std::uint32_t known = 0;
  for (const std::size_t index : flow.packets) {
    const Packet& packet = seen.packets[index];
    if (packet.at > at || packet.ip.source != host || !packet.flags().ack()) continue;
    known = std::max(known, packet.tcp->ack.value() - flow.isn_of_receiver(packet));
  }
  return known > 0 ? known - 1 : 0;
}

struct DueCall {
  Duration at;
  bool of_peer;
  std::size_t flow;
  RecordedCall call;
  std::size_t knows;  // octets of the other side's data
  std::size_t place;  // among those of the same instant
};

class Conversing {
 public:
  Conversing(const Recording& recording, const Plan& plan, Ipv4Address peer)
      : recording_(recording),
        plan_(plan),
        peer_(peer),
        distance_(distance_of(recording, plan.local)),
        pair_(setup(recording, plan, peer, distance_)),
        recorder_(sim::Network::kStart),
        local_table_(pair_.left()),
        peer_table_(pair_.right()),
        local_application_(pair_.left(), local_table_, recording, plan.local, plan.options),
        peer_application_(pair_.right(), peer_table_, recording, peer, kNoOptions),
        live_flows_(recording) {
    run_.flows.resize(recording.flows.size());
    arrivals_.resize(recording.flows.size());
    pair_.network().settle();
    pair_.left().observe(&recorder_);
    pair_.rightward().tap_entry([this](const PacketBuffer& packet, Instant now) { leaves(packet, now); });
    pair_.leftward().tap_exit([this](const PacketBuffer& packet, Instant now) { arrives(packet, now); });
  }
  Conversing(const Conversing&) = delete;
  Conversing& operator=(const Conversing&) = delete;
  ~Conversing() { pair_.left().observe(nullptr); }

  std::expected<LiveRun, std::string> run() {
    const auto calls = all_calls();
    if (!calls) return std::unexpected(calls.error());
    sim::Network& network = pair_.network();
    for (const DueCall& next : *calls) {
      const Instant due = sim::Network::kStart + std::max(next.at, Duration{});
      if (due > network.now()) network.run_for(due - network.now());
      Application& application = next.of_peer ? peer_application_ : local_application_;
      network.run_until([&] { return application.received(next.flow).size() >= next.knows; },
                        network.now() + kPatience);
      if (next.call.kind != CallKind::Listen) live_flows_.begin(next.flow);
      application.make(next.flow, next.call);
      network.settle();
    }
    network.run_until([] { return false; },
                      std::max(network.now(), sim::Network::kStart + recording_.end) + kLongestEnd);
    finish();
    return std::move(run_);
  }

 private:
  static inline const SocketOptionValues kNoOptions{};

  static sim::PairSetup setup(const Recording& recording, const Plan& plan, Ipv4Address peer, Duration distance) {
    sim::PairSetup setup;
    setup.left = plan.config;
    setup.right = plan.config;
    setup.right.seed = Seed::numbered(2);
    infer_settings(setup.right, recording, peer);
    constexpr std::uint8_t kAnyNetwork = 24;
    setup.left_address = {plan.local, kAnyNetwork};
    setup.right_address = {peer, kAnyNetwork};
    setup.rightward.delay = setup.leftward.delay = distance;
    return setup;
  }

  std::expected<std::vector<DueCall>, std::string> all_calls() {
    std::vector<DueCall> calls;
    const Recording there = seen_by_peer(recording_, plan_.local, distance_);
    for (std::size_t flow = 0; flow < recording_.flows.size(); ++flow) {
      const std::vector<RecordedCall> of_peer = infer_calls(there, there.flows[flow], peer_);
      for (Application* application : {&local_application_, &peer_application_}) {
        const bool is_peer = application == &peer_application_;
        const auto& these = is_peer ? of_peer : plan_.calls[flow];
        if (auto ready = application->expect(flow, these); !ready) return std::unexpected(std::move(ready.error()));
        const Recording& seen = is_peer ? there : recording_;
        const Application& other = is_peer ? local_application_ : peer_application_;
        const bool reads_when_told = std::ranges::find(these, CallKind::Read, &RecordedCall::kind) != these.end();
        for (const RecordedCall& call : these) {
          // The octet of a FIN is none of the data.
          const std::size_t known = known_by(seen, seen.flows[flow], is_peer ? peer_ : plan_.local, call.at);
          const std::size_t knows = reads_when_told ? 0 : std::min(known, other.stream(flow).size());
          calls.push_back({call.at, is_peer, flow, call, knows, calls.size()});
        }
      }
    }
    // Who listens does so before anybody connects.
    std::ranges::sort(calls, {}, [](const DueCall& call) {
      return std::tuple(call.at, call.call.kind != CallKind::Listen, call.place);
    });
    return calls;
  }

  void leaves(const PacketBuffer& buffer, Instant now) {
    std::vector<std::byte> octets = buffer.to_vector();
    recorder_.send(PacketBuffer(Chain(pair_.left().pool().copy(octets))), now);
    script::LivePacket raw = std::move(recorder_.packets().back());
    recorder_.packets().clear();
    const std::size_t size = octets.size();
    auto packet = read_packet(std::move(octets), size);
    if (!packet) return;
    packet->at = now - sim::Network::kStart;
    const auto flow = live_flows_.find(*packet);
    if (!flow) return;
    if (packet->flags().syn()) run_.flows[*flow].isn = packet->tcp->seq.value();
    run_.flows[*flow].sent.push_back({std::move(*packet), std::move(raw.why), arrivals_[*flow]});
  }

  void arrives(const PacketBuffer& buffer, Instant now) {
    recorder_.received(buffer, now);
    std::vector<std::byte> octets = buffer.to_vector();
    const std::size_t size = octets.size();
    const auto packet = read_packet(std::move(octets), size);
    const auto flow = packet ? live_flows_.find(*packet) : std::nullopt;
    if (!flow) return;
    ++arrivals_[*flow];
    if (packet->flags().syn()) run_.flows[*flow].peer_isn = packet->tcp->seq.value();
  }

  void finish() {
    for (std::size_t i = 0; i < run_.flows.size(); ++i) {
      run_.flows[i].received = local_application_.received(i);
      run_.flows[i].error = local_application_.error(i);
      run_.streams.push_back(local_application_.stream(i));
    }
    take_notes(run_, recording_, recorder_, sim::Network::kStart, plan_.trace);
  }

  const Recording& recording_;
  const Plan& plan_;
  Ipv4Address peer_;
  Duration distance_;
  sim::Pair pair_;
  script::Recorder recorder_;
  SocketTable local_table_;
  SocketTable peer_table_;
  Application local_application_;
  Application peer_application_;
  LiveFlows live_flows_;
  std::vector<std::size_t> arrivals_;
  LiveRun run_;
};

}  // namespace

std::expected<LiveRun, std::string> converse(const Recording& recording, const Plan& plan) {
  std::vector<Ipv4Address> others = recording.hosts();
  std::erase(others, plan.local);
  if (others.size() != 1) {
    return std::unexpected(
        fmt::format("{}: two hosts can converse, and there are {}", recording.name, others.size() + 1));
  }
  return Conversing(recording, plan, others.front()).run();
}

}  // namespace tunic::replay
