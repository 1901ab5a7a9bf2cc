// The installed door to captures, as tests of other projects use it.
#include <tunic/testing/replay.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace tunic::testing {
namespace {

std::string capture_of(const std::string& name) {
  const char* root = std::getenv("TUNIC_SOURCE_ROOT");
  return std::string(root == nullptr ? "." : root) + "/pcap-fixtures/" + name + ".pcap";
}

TEST(InstalledReplay, PassesWhereTheStackDoesTheSame) {
  const Replayed run = replay(capture_of("one-loss"), {.level = "strict"});
  EXPECT_TRUE(run) << run;
  EXPECT_EQ(run.reason, "");
  EXPECT_TRUE(run.sent.starts_with("as 10.9.0.2\n10.9.0.1:")) << run.sent;
  EXPECT_NE(run.sent.find("  FastRetransmit\n"), std::string::npos) << run.sent;
}

TEST(InstalledReplay, TellsWhereTheyPart) {
  const Replayed run = replay(capture_of("one-loss"), {.settings = {{"net.ipv4.tcp_sack", "0"}}});
  EXPECT_FALSE(run);
  std::ostringstream story;
  story << run;
  EXPECT_NE(story.str().find("the stack's reason: "), std::string::npos) << story.str();
}

TEST(InstalledReplay, IsOfLinuxUnlessAnotherSystemIsNamed) {
  EXPECT_TRUE(replay(capture_of("one-loss"), {.level = "strict", .profile = "linux"}));
  const Replayed run = replay(capture_of("one-loss"), {.level = "strict", .profile = "freebsd"});
  EXPECT_FALSE(run);
  EXPECT_NE(run.reason.find("options: recorded <mss 1460,sackOK,TS"), std::string::npos) << run;
}

TEST(InstalledReplay, SaysWhatCannotBe) {
  EXPECT_NE(replay(capture_of("one-loss"), {.profile = "plan9"}).reason.find("there is no profile 'plan9'"),
            std::string::npos);
  EXPECT_NE(replay(capture_of("one-loss"), {.level = "loose"}).reason.find("there is no level 'loose'"),
            std::string::npos);
  EXPECT_NE(replay(capture_of("no-such")).reason.find("no-such"), std::string::npos);
  EXPECT_NE(replay(capture_of("one-loss"), {.local = "10.9.0.7"}).reason.find("10.9.0.7"), std::string::npos);
}

}  // namespace
}  // namespace tunic::testing
