// What a project of someone else's can do with <tunic/testing.hpp>. one-loss.pcap and its sidecar are copied beside this file.
#include <gtest/gtest.h>

#include <sstream>
#include <tunic/testing.hpp>

namespace {

using tunic::testing::drill;
using tunic::testing::replay;

TEST(Example, PlaysAPacketScript) {
  const auto run = drill("handshake.pkt");
  EXPECT_TRUE(run) << run;
}

TEST(Example, IsToldWhereAScriptFails) {
  std::ostringstream story;
  story << tunic::testing::drill_text("wrong.pkt", R"(0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1461>
)");
  EXPECT_NE(story.str().find("wrong.pkt:5: options: expected <mss 1461>, live <mss 1460>"), std::string::npos)
      << story.str();
}

TEST(Example, ReplaysACapture) {
  const auto run = replay("one-loss.pcap", {.level = "strict"});
  EXPECT_TRUE(run) << run;
}

TEST(Example, IsToldWhereAReplayParts) {
  const auto run = replay("one-loss.pcap", {.level = "strict", .settings = {{"net.ipv4.tcp_sack", "0"}}});
  std::ostringstream story;
  story << run;
  EXPECT_FALSE(run);
  EXPECT_NE(story.str().find("the stack's reason: "), std::string::npos) << story.str();
}

TEST(Example, TellsAStory) {
  tunic::testing::Story story([](const std::string& what, const auto&) { ADD_FAILURE() << what; });
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", tunic::Why::PassiveOpenReply);
}

TEST(Example, LetsTwoStacksTalk) {
  tunic::sim::Pair pair;
  EXPECT_NE(pair.left_address(), pair.right_address());
}

}  // namespace
