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
  const auto refused = [](std::string reason) {
    return Replayed{.reason = std::move(reason), .story = {}, .sent = {}};
  };
  const auto profile = script::profile_named(settings.profile.empty() ? "linux" : settings.profile);
  if (!profile) return refused(path + ": there is no profile '" + settings.profile + "'");
  const replay::ReplayOptions options{.level = replay::level_named(settings.level),
                                      .local = settings.local,
                                      .flow = settings.flow,
                                      .profile = *profile,
                                      .settings = settings.settings};
  if (!settings.level.empty() && !options.level) return refused(path + ": there is no level '" + settings.level + "'");
  const auto verdicts = replay::replay_capture(path, options);
  if (!verdicts) return refused(verdicts.error().reason);
  std::string sent = replay::golden_of(*verdicts);
  for (const replay::Verdict& verdict : *verdicts) {
    if (!verdict.passed) return {.reason = verdict.reason, .story = verdict.ladder, .sent = std::move(sent)};
  }
  return {.passed = true, .reason = {}, .story = {}, .sent = std::move(sent)};
}

}  // namespace tunic::testing
