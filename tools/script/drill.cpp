// The installed door to packet scripts: files and plain settings outside, the runner inside.
#include <tunic/testing/drill.hpp>

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <ostream>

#include "script/runner.hpp"

namespace tunic::testing {

namespace {

Drilled::Outcome outcome_of(script::Result result) {
  switch (result) {
    case script::Result::Passed:
      return Drilled::Outcome::Passed;
    case script::Result::Skipped:
      return Drilled::Outcome::Skipped;
    case script::Result::Failed:
      break;
  }
  return Drilled::Outcome::Failed;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Drilled& run) {
  return out << (run.story.empty() ? run.reason : run.story);
}

Drilled drill_text(const std::string& name, const std::string& text, const DrillSettings& settings) {
  script::RunOptions options{.profile = script::profile_named(settings.profile),
                             .strict = settings.strict,
                             .psh_counts = settings.psh_counts,
                             .tolerance = settings.tolerance,
                             .settings = settings.settings,
                             .capture = {}};
  if (!settings.profile.empty() && !options.profile) {
    return {.reason = fmt::format("{}: there is no profile '{}'", name, settings.profile), .story = {}};
  }
  script::Verdict verdict = script::run_text(name, text, settings.definitions, options);
  return {outcome_of(verdict.result), std::move(verdict.reason), std::move(verdict.story)};
}

Drilled drill(const std::string& path, const DrillSettings& settings) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return {.reason = path + ": it cannot be read", .story = {}};
  return drill_text(path, text, settings);
}

}  // namespace tunic::testing
