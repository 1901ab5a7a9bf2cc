// One verdict for each host that is replayed; the first conversation that differs decides.
#include "replay/replay.hpp"

#include <fmt/format.h>

#include "replay/comparison.hpp"
#include "replay/converse.hpp"
#include "replay/ladder.hpp"
#include "replay/numbers.hpp"
#include "replay/plan.hpp"
#include "replay/recording.hpp"

namespace tunic::replay {

namespace {

std::string golden_of(const Conversation& both) {
  std::string text = fmt::format("{}\n", both.flow.name());
  for (std::size_t i = 0; i < both.live().size(); ++i) {
    const LivePacket& live = both.live()[i];
    text += fmt::format("  {:.6f} > {}  {}\n", in_seconds(live.packet.at), both.show_live(i),
                        live.why.substr(0, live.why.find(' ')));
  }
  return text;
}

void judge(Verdict& verdict, const Recording& recording, const ReplayEntry& entry, const Plan& plan,
           const LiveRun& run) {
  verdict.passed = true;
  const auto only = entry.flow.empty() ? std::nullopt : recording.flow_named(entry.flow);
  for (std::size_t i = 0; i < recording.flows.size(); ++i) {
    const Flow& flow = recording.flows[i];
    if (!flow.has_host(plan.local) || (!entry.flow.empty() && only != i)) continue;
    const Conversation both = conversation(recording, run, plan, i);
    verdict.golden += golden_of(both);
    if (!verdict.passed) continue;
    if (const auto where = compare(both, verdict.level)) {
      verdict.passed = false;
      verdict.reason = fmt::format("{}: {}", flow.name(), where->reason);
      verdict.ladder = ladder(both, *where);
    }
  }
  if (verdict.passed && !run.strangers.empty()) {
    verdict.passed = false;
    verdict.reason = fmt::format("the stack has sent what belongs to no conversation of the capture: {}",
                                 to_notation(run.strangers.front().packet, 0, 0));
  }
}

}  // namespace

std::string golden_of(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) text += fmt::format("as {}\n{}", verdict.local, verdict.golden);
  return text;
}

std::expected<std::vector<Verdict>, Refusal> replay_capture(const std::string& path, const ReplayOptions& options) {
  const auto sidecar = read_sidecar_of(path);
  if (!sidecar) return std::unexpected(Refusal{sidecar.error()});
  const auto recording = read_recording(path, options.flow);
  if (!recording) return std::unexpected(Refusal{recording.error()});
  const auto entries = entries_for(*recording, *sidecar, options);
  if (!entries) return std::unexpected(Refusal{entries.error(), true});
  std::vector<Verdict> verdicts;
  for (const ReplayEntry& entry : *entries) {
    auto planned = plan_for(*recording, entry, options);
    if (!planned) return std::unexpected(Refusal{planned.error(), true});
    const bool converses = options.mode == Mode::Converse;
    auto run = converses ? converse(*recording, planned->plan) : inject(*recording, planned->plan);
    if (!run) return std::unexpected(Refusal{run.error(), true});
    Verdict verdict{.local = entry.local, .level = level_of(entry, options), .notes = recording->notes};
    verdict.notes.insert(verdict.notes.end(), planned->notes.begin(), planned->notes.end());
    judge(verdict, *recording, entry, planned->plan, *run);
    verdict.trace = std::move(run->trace);
    verdict.capture = std::move(run->capture);
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace tunic::replay
