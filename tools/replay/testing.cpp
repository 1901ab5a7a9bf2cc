// The installed door to captures: files and plain settings outside, the replay inside.
#include <tunic/testing/replay.hpp>

#include <ostream>
#include <utility>

#include "replay/replay.hpp"

namespace tunic::testing {

std::ostream& operator<<(std::ostream& out, const Replayed& run) {
  return out << (run.story.empty() ? run.reason : run.story);
}

Replayed replay(const std::string& path, const ReplaySettings& settings) {
  replay::ReplayOptions options{
      .level = replay::level_named(settings.level), .local = settings.local, .settings = settings.settings};
  if (!settings.level.empty() && !options.level)
    return {.reason = path + ": there is no level '" + settings.level + "'", .story = {}, .sent = {}};
  const auto verdicts = replay::replay_capture(path, options);
  if (!verdicts) return {.reason = verdicts.error().reason, .story = {}, .sent = {}};
  std::string sent = replay::golden_of(*verdicts);
  for (const replay::Verdict& verdict : *verdicts) {
    if (!verdict.passed) return {.reason = verdict.reason, .story = verdict.ladder, .sent = std::move(sent)};
  }
  return {.passed = true, .reason = {}, .story = {}, .sent = std::move(sent)};
}

}  // namespace tunic::testing
