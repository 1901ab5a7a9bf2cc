// Goldens: what a difference looks like, and when a file is written.
#include <tunic/testing/golden.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX's
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace tunic::test {
namespace {

using testing::difference;
using testing::matches_golden;

std::string numbered(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + '\n';
  return text;
}

TEST(Difference, OfEqualTextsIsNothing) {
  EXPECT_EQ(difference("", ""), "");
  EXPECT_EQ(difference("a\nb\n", "a\nb\n"), "");
}

TEST(Difference, ShowsALineAmongItsNeighbours) {
  EXPECT_EQ(difference(numbered(1, 4) + "old\n" + numbered(6, 9), numbered(1, 4) + "new\n" + numbered(6, 9)),
            "line 2, now 2:\n  2\n  3\n  4\n- old\n+ new\n  6\n  7\n  8\n");
}

TEST(Difference, FindsWhatWasPutInAndWhatWasTakenOut) {
  EXPECT_EQ(difference("a\nb\nc\nd\n", "a\nc\nx\nd\n"), "line 1, now 1:\n  a\n- b\n  c\n+ x\n  d\n");
}

TEST(Difference, ThatIsFarFromAnotherStandsAlone) {
  EXPECT_EQ(difference("a\n" + numbered(1, 20) + "b\n", "A\n" + numbered(1, 20)),
            "line 1, now 1:\n- a\n+ A\n  1\n  2\n  3\nline 19, now 19:\n  18\n  19\n  20\n- b\n");
}

TEST(Difference, OfAnEmptyTextIsTheOther) {
  EXPECT_EQ(difference("", "a\n"), "line 1, now 1:\n+ a\n");
  EXPECT_EQ(difference("a\n", ""), "line 1, now 1:\n- a\n");
}

TEST(Difference, AtTheEndAlone) {
  EXPECT_EQ(difference("a\n", "a"), "line 1, now 1:\n  a\n+ (no newline at the end)\n");
}

TEST(Difference, OfLargeTextsIsBounded) {
  const std::string report = difference(numbered(0, 9999), numbered(10000, 19999));
  EXPECT_EQ(report.substr(0, 23), "line 1, now 1:\n- 0\n- 1\n");
  EXPECT_TRUE(report.ends_with("- 199\nand 19800 lines more\n")) << report;
}

class Golden : public ::testing::Test {
 public:
  Golden() {
    set("CI", nullptr);
    set("TUNIC_UPDATE_GOLDENS", nullptr);
    std::filesystem::remove(path_);
  }
  ~Golden() override {
    set("CI", ci_ ? ci_->c_str() : nullptr);
    set("TUNIC_UPDATE_GOLDENS", nullptr);
    std::filesystem::remove(path_);
  }

 protected:
  static void set(const char* name, const char* value) { value == nullptr ? unsetenv(name) : setenv(name, value, 1); }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  std::optional<std::string> ci_ =
      std::getenv("CI") == nullptr ? std::nullopt : std::optional<std::string>(std::getenv("CI"));
  std::string path_ = ::testing::TempDir() + "tunic." + std::to_string(getpid()) + ".golden";
};

TEST_F(Golden, IsMatchedByItsOwnText) {
  write("a\n");
  EXPECT_TRUE(matches_golden(path_, "a\n"));
}

TEST_F(Golden, ThatDiffersIsShownAndKept) {
  write("a\n");
  const auto compared = matches_golden(path_, "b\n");
  EXPECT_FALSE(compared);
  std::ostringstream shown;
  shown << compared;
  EXPECT_EQ(shown.str(), "not what " + path_ + " says:\nline 1, now 1:\n- a\n+ b\n" +
                             "  Fix: if it is better now, run the test with TUNIC_UPDATE_GOLDENS=1\n");
  EXPECT_EQ(content(), "a\n");
}

TEST_F(Golden, ThatIsNotThereIsNotMatchedAndNotMade) {
  const auto compared = matches_golden(path_, "");
  EXPECT_FALSE(compared);
  EXPECT_NE(compared.report.find("cannot be read"), std::string::npos) << compared;
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Golden, IsWrittenWhenAskedFor) {
  set("TUNIC_UPDATE_GOLDENS", "1");
  EXPECT_TRUE(matches_golden(path_, "a\n"));
  EXPECT_EQ(content(), "a\n");
  set("TUNIC_UPDATE_GOLDENS", "0");
  EXPECT_FALSE(matches_golden(path_, "b\n"));
  EXPECT_EQ(content(), "a\n");
}

TEST_F(Golden, IsNeverWrittenWhereNobodyLooks) {
  write("a\n");
  set("TUNIC_UPDATE_GOLDENS", "1");
  set("CI", "");
  const auto compared = matches_golden(path_, "b\n");
  EXPECT_FALSE(compared);
  EXPECT_NE(compared.report.find("CI is set"), std::string::npos) << compared;
  EXPECT_EQ(content(), "a\n");
}

TEST_F(Golden, ThatCannotBeWrittenIsADifference) {
  set("TUNIC_UPDATE_GOLDENS", "1");
  EXPECT_EQ(matches_golden("/proc/no/golden", "a\n").report, "/proc/no/golden cannot be written\n");
}

}  // namespace
}  // namespace tunic::test
