// What was taken for lost had only been late: the window is given back, and nothing more is resent. RFC 3522, RFC 3708, RFC 4015.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// Ten segments of 988 octets are in flight, with timestamps; three beyond the first are reported after 10 ms.
test::StorySocket first_of_ten_resent(Story& story) {
  auto socket = established_with_all_options(story);
  socket.write(9880);
  discard_sent(story);
  story.advance(10ms);
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 110 ecr 1000,nop,nop,sack 989:3953>");
  story.expect(". 1:989(988) ack 1 <nop,nop,TS val 1010 ecr 110>", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 4940U);
  story.advance(1ms);
  return socket;
}

// RFC 3522 §3.2: the echo is older than the resending: the first sending had arrived.
// Shows: RFC 3522
TEST(FalseAlarm, IsToldByAnOldEcho) {
  Story story(testing::full_config());
  auto socket = first_of_ten_resent(story);
  story.inject(". 1:1(0) ack 3953 win 65535 <nop,nop,TS val 111 ecr 1000>");
  EXPECT_EQ(info(story).cwnd, 9880U);
  EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
  story.expect_nothing();
  story.inject(". 1:1(0) ack 9881 win 65535 <nop,nop,TS val 111 ecr 1000>");
  story.advance(10min);
  story.expect_nothing();
}

// The echo of the resending: it was lost.
TEST(FalseAlarm, IsNotToldByTheEchoOfTheResending) {
  Story story(testing::full_config());
  auto socket = first_of_ten_resent(story);
  story.inject(". 1:1(0) ack 3953 win 65535 <nop,nop,TS val 111 ecr 1010>");
  EXPECT_EQ(info(story).ssthresh, 4940U);
  story.inject(". 1:1(0) ack 9881 win 65535 <nop,nop,TS val 111 ecr 1000>");  // the first advance has decided
  EXPECT_EQ(info(story).ssthresh, 4940U);
}

// RFC 4015: after a timeout too: what is in flight is not sent again, and the window is what it was.
// Shows: RFC 4015
TEST(FalseAlarm, OfATimeoutIsToldByAnOldEcho) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  socket.write(9880);
  discard_sent(story);
  story.expect_after(200ms, ". 1:989(988) ack 1 <nop,nop,TS val 1200 ecr 100>", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).cwnd, 988U);
  story.advance(10ms);
  story.inject(". 1:1(0) ack 989 win 65535 <nop,nop,TS val 110 ecr 1000>");  // the link was slow for a while
  story.expect_nothing();
  EXPECT_GE(info(story).cwnd, 9880U);
  EXPECT_EQ(info(story).in_flight, 9880U - 988U);
  story.inject(". 1:1(0) ack 9881 win 65535 <nop,nop,TS val 111 ecr 1000>");
  EXPECT_EQ(info(story).unacked, 0U);
}

// RFC 3708: all that was resent is reported as a duplicate, be it after the episode.
// Shows: RFC 3708
TEST(FalseAlarm, IsToldByDuplicates) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(10'000);
  expect_flight(story, 1, 9);
  story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).ssthresh, 5000U);
  story.inject(sack(10'001, "1:501"));
  EXPECT_EQ(info(story).ssthresh, 5000U);  // half of it
  story.inject(sack(10'001, "501:1001"));
  EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

// A duplicate of what was never resent in the episode is the network's.
TEST(FalseAlarm, IsNotToldByDuplicatesOfOtherData) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(10'000);
  discard_sent(story);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(10'001));
  socket.write(1000);
  story.expect("P. 10001:11001(1000) ack 1", Why::LastBufferedData);
  story.inject(sack(11'001, "10001:11001"));
  EXPECT_EQ(info(story).ssthresh, 5000U);
}

}  // namespace
}  // namespace tunic
