// The segment-table DSL itself: a table that does not fit the stack must fail, and say why.
#include "testing/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/oracle.hpp"
#include "testing/packets.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Story;

/// Runs a story and collects what it complains of.
template <typename Tell>
std::vector<std::string> complaints(Tell tell) {
  std::vector<std::string> said;
  {
    Story story([&said](const std::string& message, const testing::Where&) { said.push_back(message); });
    story.listen(80);
    tell(story);
  }
  return said;
}

void open(Story& story) {
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 <mss 1460>");
  story.inject(". 1:1(0) ack 1 win 65535");
}

TEST(Story, IsSilentWhenAllIsAsExpected) {
  EXPECT_THAT(complaints(open), IsEmpty());
}

TEST(Story, ShowsWhatWasExpectedWhatCameAndTheStorySoFar) {
  const auto said = complaints([](Story& story) {
    story.inject("S 0:0(0) win 65535 <mss 1460>");
    story.expect("S. 0:0(0) ack 2 win 1 <mss 1440>", Why::HandshakeAck);
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], HasSubstr("expected: S. 0:0(0) ack 2 win 1 <mss 1440>   HandshakeAck"));
  EXPECT_THAT(said[0], HasSubstr("live:     S. 0:0(0) ack 1 win 65535 <mss 1460>   PassiveOpenReply"));
  EXPECT_THAT(said[0], HasSubstr("ack: expected 2, live 1\n"));
  EXPECT_THAT(said[0], HasSubstr("win: expected 1, live 65535\n"));
  EXPECT_THAT(said[0], HasSubstr("options: expected <mss 1440>, live <mss 1460>\n"));
  EXPECT_THAT(said[0], HasSubstr("why: expected HandshakeAck, live PassiveOpenReply\n"));
  EXPECT_THAT(said[0], HasSubstr("The story so far:\n  0.000000"));
  EXPECT_THAT(said[0], HasSubstr("< 40000 > 80 S 0:0(0) win 65535 <mss 1460>"));
}

TEST(Story, ComparesFlagsNumbersAndPorts) {
  const auto expecting = [](std::string_view segment) {
    return complaints([segment](Story& story) {
      story.inject("S 0:0(0) win 65535");
      story.expect(segment);
    });
  };
  EXPECT_THAT(expecting("S. 0:0(0)"), IsEmpty());
  EXPECT_THAT(expecting("80 > 40000 S. 0:0(0) <...>"), IsEmpty());
  EXPECT_THAT(expecting("S 0:0(0)"), ElementsAre(HasSubstr("flags: expected S, live S.")));
  EXPECT_THAT(expecting("S. 1:1(0)"), ElementsAre(HasSubstr("seq: expected 1, live 0")));
  EXPECT_THAT(expecting("S. 0:1(1)"), ElementsAre(HasSubstr("length: expected 1, live 0")));
  EXPECT_THAT(expecting("S. 0:0(0) <>"), ElementsAre(HasSubstr("options: expected , live <mss 1460>")));
  EXPECT_THAT(expecting("[ce] S. 0:0(0)"), ElementsAre(HasSubstr("ecn: expected 3, live 0")));
  EXPECT_THAT(expecting("[ttl 9] S. 0:0(0)"), ElementsAre(HasSubstr("ttl: expected 9, live 64")));
  EXPECT_THAT(expecting("80 > 40001 S. 0:0(0)"),
              ElementsAre(HasSubstr("to: expected 10.9.0.1:40001, live 10.9.0.1:40000")));
}

TEST(Story, FailsForPacketsThatNobodyExpected) {
  const auto said = complaints([](Story& story) { story.inject("S 0:0(0) win 65535"); });
  EXPECT_THAT(said, ElementsAre(HasSubstr("expected: nothing\nlive:     S. 0:0(0) ack 1 win 65535")));
}

TEST(Story, FailsForPacketsThatDoNotCome) {
  const auto said = complaints([](Story& story) {
    open(story);
    story.expect(". 1:1(0) ack 1");
  });
  EXPECT_THAT(said, ElementsAre(HasSubstr("live:     nothing was sent")));
}

TEST(Story, FailsForTheWrongTime) {
  const auto after = [](Duration duration) {
    return complaints([duration](Story& story) {
      story.inject("S 0:0(0) win 65535");
      story.expect("S. 0:0(0) ack 1");
      story.expect_after(duration, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
    });
  };
  EXPECT_THAT(after(1s), IsEmpty());
  EXPECT_THAT(after(1s - 1ns), ElementsAre(HasSubstr("nothing was sent")));
  EXPECT_THAT(after(1s + 1ns), ElementsAre(HasSubstr("live in 1000000000")));
}

TEST(Story, FailsForTheWrongState) {
  const auto said = complaints([](Story& story) {
    open(story);
    story.expect_state(TcpState::CloseWait);
  });
  EXPECT_THAT(said, ElementsAre(HasSubstr("expected: CLOSE-WAIT\nlive:     ESTABLISHED")));
}

TEST(Story, FailsForReasonsThatWereNotGiven) {
  EXPECT_THAT(complaints([](Story& story) { story.expect_drop(Why::DropPaws); }), ElementsAre(HasSubstr("DropPaws")));
  EXPECT_THAT(complaints([](Story& story) { story.expect_hold(Why::HoldNagle); }), ElementsAre(HasSubstr("HoldNagle")));
}

TEST(Story, FailsForTheWrongStream) {
  const auto said = complaints([](Story& story) {
    open(story);
    auto socket = story.accept();
    story.inject("P. 1:11(10) ack 1 win 65535");
    std::byte first{};
    EXPECT_EQ(socket.socket().read_some({&first, 1}).value(), 1U);  // behind the back of the story
    socket.read(9);
  });
  EXPECT_THAT(said, ElementsAre(HasSubstr("not what the peer sent")));
}

TEST(Story, PointsAtWhatCannotBeRead) {
  EXPECT_THAT(complaints([](Story& story) { story.inject("S 0-0(0) win 1"); }),
              ElementsAre(HasSubstr("   ^ expected ':'")));
  EXPECT_THAT(complaints([](Story& story) { story.inject("S 0:0(0)"); }), ElementsAre(HasSubstr("needs 'win'")));
  EXPECT_THAT(complaints([](Story& story) { story.inject(". 0:0(0) win 1"); }), ElementsAre(HasSubstr("needs 'win'")));
}

TEST(Story, ReportsTheFirstFailureOnly) {
  const auto said = complaints([](Story& story) {
    story.expect("S 0:0(0)");
    story.expect("S 0:0(0)");
  });
  EXPECT_EQ(said.size(), 1U);
}

TEST(Oracle, ObjectsToWrongChecksumsAndLengths) {
  auto packet = testing::ipv4_packet(
      {.ttl = 64, .protocol = 1, .source = Ipv4Address(10, 9, 0, 1), .destination = Ipv4Address(10, 9, 0, 2)},
      testing::icmp_message({.type = 8}, std::vector<std::byte>(5)));
  EXPECT_EQ(testing::objection_to(packet), std::nullopt);
  for (const std::size_t octet : {std::size_t{8}, std::size_t{22}, packet.size() - 1}) {
    auto damaged = packet;
    damaged[octet] ^= std::byte{1};
    EXPECT_TRUE(testing::objection_to(damaged)) << octet;
  }
  packet.push_back(std::byte{0});
  EXPECT_THAT(testing::objection_to(packet).value_or(""), HasSubstr("the total length says 33"));
  EXPECT_THAT(testing::objection_to({}).value_or(""), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace tunic
