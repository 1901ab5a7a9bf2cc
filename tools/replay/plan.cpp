// Later wins: the profile, what its system has by default, what the capture shows, the sidecar, the user.
#include "replay/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "replay/inference.hpp"
#include "script/settings.hpp"

namespace tunic::replay {

namespace {

/// Where a Linux kernel's defaults are not those of this stack's profile.
constexpr std::array<std::array<std::string_view, 2>, 4> kLinuxDefaults{{{"net.ipv4.tcp_syn_linear_timeouts", "4"},
                                                                         {"net.ipv4.tcp_syn_retries", "6"},
                                                                         {"net.ipv4.tcp_rfc1337", "0"},
                                                                         {"tunic.tcp.probe_without_data", "1"}}};

std::expected<Config, std::string> config_for(const Recording& recording, const ReplayEntry& entry, Ipv4Address local,
                                              const ReplayOptions& options) {
  Config config = script::base_config(options.profile);
  if (options.profile == script::Profile::Linux && entry.stack == HostStack::Kernel) {
    for (const auto& [name, value] : kLinuxDefaults) {
      if (auto made = script::apply_setting(config, name, value); !made)
        return std::unexpected(std::move(made.error()));
    }
  }
  infer_settings(config, recording, local);
  for (const Names* settings : {&entry.set, &options.settings}) {
    for (const auto& [name, value] : *settings) {
      if (auto made = script::apply_setting(config, name, value); !made)
        return std::unexpected(std::move(made.error()));
    }
  }
  return config;
}

bool is_replayed(const Flow& flow, Ipv4Address local) {
  return flow.has_host(local) && flow.protocol != Protocol::Other;
}

/// The conversation that a call of the sidecar is about.
std::expected<std::size_t, std::string> flow_of(const Recording& recording, const ReplayEntry& entry, Ipv4Address local,
                                                const RecordedCall& call) {
  const std::string& name = call.flow.empty() ? entry.flow : call.flow;
  if (!name.empty()) {
    if (const auto flow = recording.flow_named(name)) return *flow;
    return std::unexpected(fmt::format("there is no conversation {}", name));
  }
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < recording.flows.size(); ++i) {
    const Flow& flow = recording.flows[i];
    const Endpoint peer = flow.first.address == local ? flow.second : flow.first;
    if (is_replayed(flow, local) && (call.to.empty() || peer.to_string() == call.to)) fitting.push_back(i);
  }
  if (fitting.size() == 1) return fitting.front();
  return std::unexpected(fmt::format("{}: {} conversations fit; say \"flow\"", to_line(call), fitting.size()));
}

bool opens(const RecordedCall& call) {
  return call.kind == CallKind::Listen || call.kind == CallKind::Connect;
}

/// Completes what the sidecar says with what the capture shows.
void complete(std::vector<RecordedCall>& calls, std::vector<RecordedCall> inferred, const Flow& flow,
              std::vector<std::string>& notes) {
  if (calls.empty()) {
    if (!inferred.empty()) notes.push_back(fmt::format("calls of {}, inferred:", flow.name()));
    for (const RecordedCall& call : inferred) notes.push_back("  " + to_line(call));
    calls = std::move(inferred);
  } else if (std::ranges::none_of(calls, opens)) {
    for (const RecordedCall& call : inferred) {
      if (opens(call)) calls.insert(std::ranges::upper_bound(calls, call.at, {}, &RecordedCall::at), call);
    }
  }
}

}  // namespace

std::expected<std::vector<ReplayEntry>, std::string> entries_for(const Recording& recording,
                                                                 const std::optional<Sidecar>& sidecar,
                                                                 const ReplayOptions& options) {
  std::vector<ReplayEntry> entries;
  if (sidecar) entries = sidecar->replays;
  if (!options.flow.empty()) {
    for (ReplayEntry& entry : entries) {
      std::erase_if(entry.calls, [&](const RecordedCall& call) {
        return !call.flow.empty() && !recording.flow_named(call.flow);  // of what was not read
      });
    }
  }
  if (!options.local.empty()) {
    std::erase_if(entries, [&](const ReplayEntry& entry) { return entry.local != options.local; });
    if (entries.empty()) entries.push_back({.local = options.local});
  }
  if (!entries.empty()) return entries;
  if (const auto local = recording.likely_local()) return std::vector<ReplayEntry>{{.local = local->to_string()}};
  std::string candidates;
  for (const Ipv4Address host : recording.hosts()) {
    candidates += fmt::format("{}{}", candidates.empty() ? "" : ", ", host.to_string());
  }
  return std::unexpected(
      fmt::format("{}: which host is replayed? Its hosts are {}; say --local", recording.name, candidates));
}

Level level_of(const ReplayEntry& entry, const ReplayOptions& options) {
  return options.mode == Mode::Converse ? Level::Outcome : options.level.value_or(entry.level);
}

std::expected<PlannedReplay, std::string> plan_for(const Recording& recording, const ReplayEntry& entry,
                                                   const ReplayOptions& options) {
  const auto local = Ipv4Address::parse(entry.local);
  const std::vector<Ipv4Address> hosts = recording.hosts();
  if (!local || std::ranges::find(hosts, *local) == hosts.end())
    return std::unexpected(fmt::format("{}: there is no host {} in it", recording.name, entry.local));
  if (auto missing = recording.missing_before(*local)) return std::unexpected(std::move(*missing));
  auto config = config_for(recording, entry, *local, options);
  if (!config) return std::unexpected(std::move(config.error()));
  PlannedReplay planned{.plan = {.local = *local, .config = *config, .options = entry.options}, .notes = {}};
  Plan& plan = planned.plan;
  plan.calls.resize(recording.flows.size());
  plan.trace = options.trace;
  for (const RecordedCall& call : entry.calls) {
    const auto flow = flow_of(recording, entry, *local, call);
    if (!flow) return std::unexpected(flow.error());
    plan.calls[*flow].push_back(call);
  }
  for (std::size_t i = 0; i < recording.flows.size(); ++i) {
    const Flow& flow = recording.flows[i];
    if (is_replayed(flow, *local)) complete(plan.calls[i], infer_calls(recording, flow, *local), flow, planned.notes);
  }
  constexpr Duration kPatience = std::chrono::seconds(60);
  if (level_of(entry, options) == Level::Outcome) plan.patience = kPatience;
  return planned;
}

}  // namespace tunic::replay
