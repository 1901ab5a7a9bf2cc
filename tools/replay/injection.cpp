// Arrivals and calls in one order; after each the stack does all that it can do at that instant.
#include "replay/injection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "replay/live_flows.hpp"

namespace tunic::replay {

namespace {

using namespace std::chrono_literals;

/// The last thing that the capture shows is followed for so long at most.
constexpr Duration kLongestEnd = 1s;

struct Happening {
  Duration at;
  const Packet* packet = nullptr;  // arrives, or was sent by the recorded host
  std::size_t flow = 0;
  const RecordedCall* call = nullptr;
  std::uint64_t place = 0;  // among those of the same instant
  std::size_t index = 0;    // among those of the same place
  bool done = false;
};

class Injection {
 public:
  Injection(const Recording& recording, const Plan& plan)
      : recording_(recording),
        plan_(plan),
        bench_(plan.config, {plan.local, 24}),
        application_(bench_.stack(), bench_.table(), recording, plan.local, plan.options),
        live_flows_(recording) {
    for (const Flow& flow : recording.flows) mappings_.emplace_back(flow, plan.local);
    arrivals_.resize(recording.flows.size());
    run_.flows.resize(recording.flows.size());
  }

  std::expected<LiveRun, std::string> run() {
    for (std::size_t i = 0; i < recording_.flows.size(); ++i) {
      if (auto ready = application_.expect(i, plan_.calls[i]); !ready) return std::unexpected(std::move(ready.error()));
    }
    std::vector<Happening> order = in_order();
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (!order[i].done) happen(std::span(order).subspan(i));
    }
    const Duration rest = plan_.patience ? *plan_.patience : tolerance_of(plan_.slack, recording_.end - last_cause_);
    pass_until(start_ + recording_.end + std::min(rest, kLongestEnd));
    finish();
    return std::move(run_);
  }

 private:
  /// What was called at the instant of a frame was called before it, unless that is known better; what was called before the
  /// first frame, at its instant.
  std::vector<Happening> in_order() const {
    std::vector<Happening> order;
    for (std::size_t flow = 0; flow < plan_.calls.size(); ++flow) {
      for (const RecordedCall& call : plan_.calls[flow])
        order.push_back({std::max(call.at, Duration{}), nullptr, flow, &call, 2 * call.frame});
    }
    for (std::size_t i = 0; i < recording_.packets.size(); ++i) {
      const Packet& packet = recording_.packets[i];
      order.push_back({packet.at, &packet, recording_.flow_of[i], nullptr, 2 * packet.frame + 1});
    }
    for (std::size_t i = 0; i < order.size(); ++i) order[i].index = i;
    std::ranges::sort(order, {}, [](const Happening& next) { return std::tuple(next.at, next.place, next.index); });
    return order;
  }

  /// The first of what is still to come.
  void happen(std::span<Happening> rest) {
    Happening& next = rest.front();
    next.done = true;
    // Who listens waits for connections from then on; they begin with their packets.
    if (next.call == nullptr || next.call->kind != CallKind::Listen) live_flows_.begin(next.flow);
    if (next.packet != nullptr && next.packet->ip.source == plan_.local) {
      mappings_[next.flow].pass(*next.packet);
      return;
    }
    pass_until(start_ + next.at);
    if (next.packet != nullptr) wait_for_cause(rest);
    if (next.packet != nullptr) {
      ++arrivals_[next.flow];
      const std::vector<std::byte> octets = mappings_[next.flow].to_live(*next.packet);
      bench_.inject(PacketBuffer(Chain(bench_.stack().pool().copy(octets))));
    } else {
      application_.make(next.flow, *next.call);
    }
    bench_.settle();
    collect();
    last_cause_ = next.at;
  }

  /// Meanwhile the application goes on.
  void wait_for_cause(std::span<Happening> rest) {
    const Happening& waiting = rest.front();
    const auto has_cause = [&] {
      collect();
      return mappings_[waiting.flow].has_cause(*waiting.packet);
    };
    const Duration patience = plan_.patience.value_or(tolerance_of(plan_.slack, waiting.at - last_cause_));
    const Instant limit = start_ + waiting.at + patience;
    for (Happening& next : rest.subspan(1)) {
      if (has_cause() || bench_.now() >= limit) return;
      if (next.call == nullptr || next.done || next.flow != waiting.flow) continue;
      if (bench_.pass_until(has_cause, std::min(limit, std::max(bench_.now(), start_ + next.at)))) return;
      if (start_ + next.at > bench_.now()) return;
      next.done = true;
      application_.make(next.flow, *next.call);
      bench_.settle();
    }
    bench_.pass_until(has_cause, limit);
  }

  void pass_until(Instant limit) {
    bench_.pass_until(limit);
    collect();
  }

  /// What the stack has sent since the last time.
  void collect() {
    auto& packets = bench_.recorder().packets();
    while (!packets.empty()) {
      script::LivePacket raw = std::move(packets.front());
      packets.pop_front();
      const std::size_t size = raw.octets.size();
      auto packet = read_packet(std::move(raw.octets), size);
      if (!packet) continue;  // it is a stack of ours: there are tests of what it writes
      packet->at = raw.at - start_;
      const auto flow = live_flows_.find(*packet);
      LivePacket live{.packet = std::move(*packet), .why = std::move(raw.why), .arrivals = 0};
      if (!flow) {
        run_.strangers.push_back(std::move(live));
        continue;
      }
      mappings_[*flow].learn(live.packet);
      live.arrivals = arrivals_[*flow];
      run_.flows[*flow].sent.push_back(std::move(live));
    }
  }

  void finish() {
    for (std::size_t i = 0; i < run_.flows.size(); ++i) {
      const Flow& flow = recording_.flows[i];
      const auto& peer_isn = flow.first.address == plan_.local ? flow.second_isn : flow.first_isn;
      run_.flows[i].isn = mappings_[i].live_isn().value_or(0);
      run_.flows[i].peer_isn = peer_isn.value_or(0);
      run_.flows[i].received = application_.received(i);
      run_.flows[i].error = application_.error(i);
      run_.streams.push_back(application_.stream(i));
    }
    take_notes(run_, recording_, bench_.recorder(), start_, plan_.trace);
  }

  const Recording& recording_;
  const Plan& plan_;
  script::Bench bench_;
  Application application_;
  std::vector<Mapping> mappings_;
  std::vector<std::size_t> arrivals_;
  LiveFlows live_flows_;
  const Instant start_ = script::Bench::kStart;  // the first frame
  Duration last_cause_{};
  LiveRun run_;
};

}  // namespace

Duration tolerance_of(Duration slack, Duration since_cause) {
  return std::max(slack, since_cause / 8);
}

void take_notes(LiveRun& run, const Recording& recording, const script::Recorder& recorder, Instant start, bool trace) {
  for (const script::LiveHold& hold : recorder.holds()) {
    const auto [low, high] = std::minmax(hold.local, hold.remote);
    const auto flows = recording.flows_by_key.find({Protocol::Tcp, low, high});
    if (flows == recording.flows_by_key.end()) continue;
    for (const std::size_t flow : flows->second) run.flows[flow].waits.push_back({hold.at - start, hold.why});
  }
  if (!trace) return;
  run.trace = recorder.lines();
  recorder.write_capture([&run](std::span<const std::byte> octets) {
    run.capture.insert(run.capture.end(), octets.begin(), octets.end());
  });
}

std::expected<LiveRun, std::string> inject(const Recording& recording, const Plan& plan) {
  return Injection(recording, plan).run();
}

}  // namespace tunic::replay
