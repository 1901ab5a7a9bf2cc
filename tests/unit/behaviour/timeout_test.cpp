// The retransmission timeout and what follows it. RFC 6298, RFC 5681 §3.1, RFC 2018 §8.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// Ten segments are in flight, and nothing waits.
test::StorySocket ten_in_flight(Story& story, test::StorySocket socket) {
  socket.write(10'000);
  expect_flight(story, 1, 9);
  story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  return socket;
}

// RFC 6298 §5.4 to §5.6, RFC 2525 §2.10 and §2.14: one segment each time, after doubled waits up to the maximum.
// Shows: RFC 6298 §5, RFC 2525 §2.10, RFC 2525 §2.14, MUST-19
TEST(RetransmissionTimeout, BacksOffAndResendsOneSegment) {
  Config config = testing::plain_config();
  config.tcp.rto_max = 1s;
  Story story(config);
  auto socket = ten_in_flight(story, established(story));
  for (const auto wait : {200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms}) {
    story.expect_after(wait, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
    story.expect_nothing();
    EXPECT_EQ(info(story).cwnd, 1000U);
    EXPECT_EQ(info(story).ssthresh, 5000U);  // RFC 5681 §3.1: a repeated timeout leaves it
  }
}

// RFC 5681 §3.1, §4.3, RFC 2525 §2.2: all that was in flight is sent again, in slow start.
// Shows: RFC 5681 §3.1, RFC 2525 §2.2
TEST(RetransmissionTimeout, ResendsTheFlightInSlowStart) {
  Story story;
  auto socket = ten_in_flight(story, established(story));
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(1001));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
  story.expect_nothing();
  story.expect_hold(Why::HoldCongestionWindow);
  story.inject(ack(2001));
  story.expect(". 3001:4001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 4001:5001(1000) ack 1", Why::LossRetransmit);
  story.inject(ack(9001));  // the peer had more than it could acknowledge: only the last is left
  story.expect("P. 9001:10001(1000) ack 1", Why::LossRetransmit);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).unacked, 0U);
  story.advance(10min);
  story.expect_nothing();
}

// RFC 6298 §5.3: an acknowledgment of new data starts the wait again; §5.2: of all data ends it.
// Shows: RFC 6298 §5
TEST(RetransmissionTimeout, CountsFromTheLastNewAcknowledgment) {
  Story story;
  auto socket = ten_in_flight(story, established(story));
  story.advance(150ms);
  story.inject(ack(1001));
  story.expect_after(200ms, ". 1001:2001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(10'001));
  story.advance(10min);
  story.expect_nothing();
}

// RFC 6298 §5.3: duplicates do not.
// Shows: RFC 6298 §5
TEST(RetransmissionTimeout, IsNotPutOffByDuplicates) {
  Story story;
  auto socket = ten_in_flight(story, established(story));
  story.advance(150ms);
  story.inject(ack(1));
  story.inject(ack(1));
  story.expect_after(50ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
}

// RFC 2018 §8, RFC 6675 §5.1: what the peer holds is not sent again ...
// Shows: RFC 6675
TEST(TimeoutWithSack, SparesWhatThePeerHolds) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, established_with_sack(story));
  story.inject(sack(1, "2001:4001"));
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(sack(1001, "2001:4001"));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 4001:5001(1000) ack 1", Why::LossRetransmit);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).unacked, 0U);
}

// ... unless it has thrown it away, as it may (RFC 2018 §8): then nothing is lost either (B6).
// Shows: B6, RFC 2018 §5
TEST(TimeoutWithSack, ResendsWhatThePeerThrewAway) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, established_with_sack(story));
  story.inject(sack(1, "1001:10001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(1001));  // its window buffer was needed: all beyond is gone
  story.expect_nothing();
  story.expect_after(200ms, ". 1001:2001(1000) ack 1", Why::TimeoutRetransmit);
  for (std::uint32_t una = 2001; una < 10'001; una += 1000) {
    story.inject(ack(una));
    discard_sent(story);
  }
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).unacked, 0U);
}

// Resent data is the same as before, and is not mixed with what was written since.
// Shows: RFC 2525 §2.4
TEST(RetransmissionTimeout, ResendsWhatWasSent) {
  Story story;
  auto socket = established(story);
  socket.write(300);
  story.expect("P. 1:301(300) ack 1", Why::LastBufferedData);
  socket.write(300);
  story.expect_hold(Why::HoldNagle);
  story.expect_after(200ms, ". 1:301(300) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(301));
  story.expect("P. 301:601(300) ack 1", Why::LastBufferedData);
}

// Small segments of one fate leave together.
TEST(RetransmissionTimeout, JoinsSmallSegments) {
  Story story;
  auto socket = established(story);
  ASSERT_TRUE(socket.socket().set_no_delay(true));
  for (std::uint32_t i = 0; i < 5; ++i) {
    socket.write(100);
    story.expect(fmt::format("P. {}:{}(100) ack 1", i * 100 + 1, i * 100 + 101), Why::LastBufferedData);
  }
  story.expect_after(200ms, "P. 1:501(500) ack 1", Why::TimeoutRetransmit);
}

// RFC 6582 §4: an episode of fast recovery that the timer ends.
// Shows: RFC 6582
TEST(RetransmissionTimeout, EndsFastRecovery) {
  Story story;
  auto socket = ten_in_flight(story, established(story));
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).cwnd, 1000U);
  story.inject(ack(2001));
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 3001:4001(1000) ack 1", Why::LossRetransmit);
}

}  // namespace
}  // namespace tunic
