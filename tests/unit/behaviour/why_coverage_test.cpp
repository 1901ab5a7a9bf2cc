// A reason that no scenario of this program produces is a failure: it may be dead, or untested.
#include "testing/why_coverage.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tunic {
namespace {

class EveryReasonHasAScenario : public ::testing::Environment {
 public:
  void TearDown() override {
    if (::testing::GTEST_FLAG(filter) != "*") return;  // some scenarios did not run
    const auto missing = testing::WhyCoverage::of_program().missing();
    if (missing.empty()) return;
    std::string list;
    for (const Why why : missing) list += fmt::format("  {} (RFC {}: {})\n", name(why), rfc(why), text(why));
    ADD_FAILURE() << "no scenario produces these reasons:\n" << list;
  }
};

// gtest owns it.
const auto* const kRegistered = ::testing::AddGlobalTestEnvironment(new EveryReasonHasAScenario);

TEST(WhyCoverage, NamesWhatIsMissing) {
  testing::WhyCoverage coverage;
  EXPECT_EQ(coverage.missing().size(), kWhyCount);
  coverage.record(Why::ActiveOpen);
  const auto missing = coverage.missing(std::vector{Why::UserListen});
  EXPECT_EQ(missing.size(), kWhyCount - 2);
  EXPECT_EQ(std::ranges::count(missing, Why::ActiveOpen), 0);
  EXPECT_EQ(std::ranges::count(missing, Why::UserListen), 0);
}

}  // namespace
}  // namespace tunic
