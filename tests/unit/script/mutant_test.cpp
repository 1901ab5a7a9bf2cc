// The runner is honest: a script with one wrong expectation fails. Every kind of mutant of every script that passes is in
// the pot; a thousand are drawn, the same in each run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>

#include "mutants.hpp"
#include "script/parser.hpp"
#include "script/runner.hpp"
#include "script/script_options.hpp"

namespace tunic::script {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCases = 1000;
/// Of a hundred mutants so many are caught, of each kind.
constexpr std::size_t kLeastPercent = 99;

fs::path source_root() {
  const char* root = std::getenv("TUNIC_SOURCE_ROOT");
  return root == nullptr ? fs::current_path() : fs::path(root);
}

std::vector<Script> scripts_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".pkt") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Script> scripts;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto script = parse_script(path.lexically_relative(folder).string(), text);
    if (script) scripts.push_back(std::move(*script));
  }
  return scripts;
}

struct Case {
  const Script* script;
  Mutant mutant;
};

/// Mutants of scripts that pass, by kind, in an order that depends on nothing but the scripts.
std::vector<std::vector<Case>> cases_of(const std::vector<Script>& scripts, const RunOptions& options) {
  std::vector<std::vector<Case>> cases(kMutantKinds.size());
  for (const Script& script : scripts) {
    const auto own = read_options(script);
    const bool fatal = own && !own->packets_not_fatal && !own->calls_not_fatal;
    if (!fatal || run_script(script, options).result != Result::Passed) continue;
    for (Mutant& mutant : mutants_of(script, own->tolerance)) {
      cases[static_cast<std::size_t>(mutant.kind)].push_back({&script, std::move(mutant)});
    }
  }
  std::mt19937 random(1);  // NOLINT: the same in each run
  for (auto& kind : cases) {
    for (std::size_t i = kind.size(); i > 1; --i) std::swap(kind[i - 1], kind[random() % i]);
  }
  return cases;
}

void expect_caught(const std::vector<Script>& scripts, const RunOptions& options) {
  const auto cases = cases_of(scripts, options);
  std::size_t drawn = 0;
  for (const MutantKind kind : kMutantKinds) {
    const auto& pot = cases[static_cast<std::size_t>(kind)];
    const std::size_t count = std::min(pot.size(), kCases / kMutantKinds.size());
    std::size_t caught = 0;
    for (std::size_t i = 0; i < count; ++i) {
      Script changed = *pot[i].script;
      pot[i].mutant.apply(changed);
      if (run_script(changed, options).result == Result::Failed) {
        ++caught;
      } else {
        fmt::print("  not caught: {}:{}: {}\n", changed.file, pot[i].mutant.place.line, pot[i].mutant.what);
      }
    }
    fmt::print("  {:3} of {:3} caught, {} possible: {}\n", caught, count, pot.size(), to_string(kind));
    EXPECT_GE(caught * 100, count * kLeastPercent) << to_string(kind);
    drawn += count;
  }
  fmt::print("  {} mutants of {} scripts\n", drawn, scripts.size());
  EXPECT_GT(drawn, 0U);
}

TEST(Mutants, OfOurOwnScriptsAreCaught) {
  expect_caught(scripts_below(source_root() / "tests" / "script"), {});
}

TEST(Mutants, OfTheFreebsdSuiteAreCaught) {
  const fs::path folder = source_root() / ".." / "shared" / "conformance" / "freebsd";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "the suite is not here: " << folder.lexically_normal();
  expect_caught(scripts_below(folder), {.profile = Profile::Freebsd});
}

}  // namespace
}  // namespace tunic::script
