// Sending: segmentation by MSS, PSH, the options' share. RFC 9293 §3.7.1, §3.9.1.2.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// MUST-16, RFC 9293 §3.7.1: what every segment carries in options comes off the segment size.
// Shows: MUST-16
TEST(Segmentation, LeavesRoomForTheOptions) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  socket.write(2000);
  story.expect(". 1:989(988) ack 1 <nop,nop,TS val 1000 ecr 100>", Why::NewData);
  story.expect(". 989:1977(988) ack 1", Why::NewData);
  story.expect("P. 1977:2001(24) ack 1", Why::LastBufferedData);
}

// Shows: MUST-15
TEST(Segmentation, AssumesTheDefaultSizeOfAPeerThatNamesNone) {
  Story story;
  auto socket = established(story, "S 0:0(0) win 65535");
  socket.write(1000);
  story.expect(". 1:537(536) ack 1", Why::NewData);
  story.expect("P. 537:1001(464) ack 1", Why::LastBufferedData);
}

// Nor larger than the interface carries.
// Shows: MUST-16, MUST-16 (against)
TEST(Segmentation, IsBoundedByTheMtu) {
  Story story;
  auto socket = established(story, "S 0:0(0) win 65535 <mss 65535>");
  socket.write(2000);
  story.expect(". 1:1461(1460) ack 1", Why::NewData);
  story.expect("P. 1461:2001(540) ack 1", Why::LastBufferedData);
}

// MUST-61, RFC 9293 §3.9.1.2: PSH stands where nothing more was buffered when the segment was made.
// Shows: MUST-61
TEST(Segmentation, PushesTheLastOfEachWrite) {
  Story story;
  auto socket = established(story);
  socket.write(1000);
  story.expect("P. 1:1001(1000) ack 1", Why::LastBufferedData);
  socket.write(1000);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
}

// RFC 9293 §3.9.1.2: what was written in small pieces leaves in full segments.
// Shows: SHLD-27, SHLD-28
TEST(Segmentation, CollectsWhatWaits) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 0));
  for (int i = 0; i < 25; ++i) socket.write(100);
  story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect(". 1001:2001(1000) ack 1", Why::NewData);
  story.expect("P. 2001:2501(500) ack 1", Why::LastBufferedData);
}

TEST(SendBuffer, TakesWhatFitsAndHasRoomAgainWhenDataIsAcknowledged) {
  Config config = testing::plain_config();
  config.tcp.send_buffer = 6000;
  Story story(config);
  auto socket = established(story);
  EXPECT_EQ(socket.write_some(10'000), 6000U);
  expect_flight(story, 1, 5);
  story.expect("P. 5001:6001(1000) ack 1", Why::LastBufferedData);
  EXPECT_EQ(socket.write_some(1), 0U);
  EXPECT_FALSE(socket.socket().readiness().writable);
  story.inject(ack(1001));
  EXPECT_FALSE(socket.socket().readiness().writable);  // a third of the buffer is worth waking for
  story.inject(ack(2001));
  EXPECT_TRUE(socket.socket().readiness().writable);
  EXPECT_EQ(socket.write_some(10'000), 2000U);
  expect_flight(story, 6001, 1);
  story.expect("P. 7001:8001(1000) ack 1", Why::LastBufferedData);
}

// The acknowledgment that the peer is owed rides on data.
TEST(Segmentation, CarriesTheLatestNumbersInEverySegment) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject("P. 1:101(100) ack 1 win 65535");
  socket.write(2000);
  story.expect(". 1:1001(1000) ack 101", Why::NewData);
  story.expect("P. 1001:2001(1000) ack 101", Why::LastBufferedData);
  story.inject("P. 101:201(100) ack 2001 win 65535");
  story.expect_after(40ms, ". 2001:2001(0) ack 201", Why::DelayedAckTimeout);
}

}  // namespace
}  // namespace tunic
