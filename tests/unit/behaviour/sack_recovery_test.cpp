// Loss recovery with SACK. RFC 6675.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// Ten segments are in flight, and `more` octets wait.
test::StorySocket ten_in_flight(Story& story, std::size_t more) {
  auto socket = established_with_sack(story);
  socket.write(10'000 + more);
  expect_flight(story, 1, more > 0 ? 10 : 9);
  if (more == 0) story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  return socket;
}

// RFC 6675 §5, RFC 5681 §3.2, RFC 3042: the third duplicate begins the episode. What limited transmit sent is no part of
// the flight whose half becomes ssthresh. New data goes as the pipe empties below the window.
// Shows: RFC 6675, RFC 5681 §3.2, RFC 3042
TEST(SackRecovery, ResendsTheFirstHoleAtTheThirdDuplicate) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 20'000);
  story.inject(sack(1, "1001:2001"));
  story.expect(". 10001:11001(1000) ack 1", Why::LimitedTransmit);
  story.inject(sack(1, "1001:3001"));
  story.expect(". 11001:12001(1000) ack 1", Why::LimitedTransmit);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  EXPECT_EQ(info(story).in_flight, 9000U);  // 4001:12001 and the resent one
  for (const std::uint32_t end : {5001U, 6001U, 7001U, 8001U}) {
    story.inject(sack(1, fmt::format("1001:{}", end)));
    story.expect_nothing();
  }
  EXPECT_EQ(info(story).in_flight, 5000U);
  story.inject(sack(1, "1001:9001"));
  story.expect(". 12001:13001(1000) ack 1", Why::NewData);
  story.inject(sack(1, "1001:12001"));
  expect_flight(story, 13'001, 3);
  story.inject(ack(12'001));  // the end of the episode
  expect_flight(story, 16'001, 1);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  EXPECT_EQ(info(story).cwnd, 5000U);
  EXPECT_EQ(info(story).unacked, 5000U);
}

// RFC 6675 §4, IsLost: more than (DupThresh - 1) × SMSS octets above it, though one acknowledgment told of all.
// Shows: RFC 6675
TEST(SackRecovery, BeginsWithOneAcknowledgmentOfManyOctets) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:3001"));
  story.expect_nothing();
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
}

// RFC 6675 §4, IsLost: DupThresh discontiguous blocks.
// Shows: RFC 6675
TEST(SackRecovery, ResendsEveryHoleThatIsLost) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);  // 1, 2001 and 4001 are lost
  story.inject(sack(1, "1001:2001"));
  story.inject(sack(1, "3001:4001 1001:2001"));
  story.inject(sack(1, "5001:6001 3001:4001 1001:2001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  story.inject(sack(1, "5001:7001 3001:4001 1001:2001"));
  story.expect_nothing();
  story.inject(sack(1, "5001:8001 3001:4001 1001:2001"));  // 3000 octets above the other two holes
  story.expect(". 2001:3001(1000) ack 1", Why::FastRetransmit);
  story.expect(". 4001:5001(1000) ack 1", Why::FastRetransmit);
  story.inject(sack(2001, "5001:8001 3001:4001"));
  story.expect("P. 9001:10001(1000) ack 1", Why::RescueRetransmit);
  story.inject(sack(4001, "5001:10001"));
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).ssthresh, 5000U);
  EXPECT_EQ(info(story).unacked, 0U);
}

// RFC 6675 §5 (4.2): one halving for one flight.
// Shows: RFC 6675
TEST(SackRecovery, ReducesTheWindowOncePerEpisode) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(sack(1001, "2001:5001"));
  EXPECT_EQ(info(story).ssthresh, 5000U);
}

// RFC 6675 §4, NextSeg (2) before (3): new data goes before holes that are not lost yet.
// Shows: RFC 6675
TEST(SackRecovery, PrefersNewDataToGuesses) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(4000);
  expect_flight(story, 1, 3);
  story.expect("P. 3001:4001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(1, 4000));
  socket.write(4000);
  story.inject(". 1:1(0) ack 1 win 4000 <nop,nop,sack 1001:1501>");
  story.inject(". 1:1(0) ack 1 win 4000 <nop,nop,sack 1001:2001>");
  story.inject(". 1:1(0) ack 1 win 4000 <nop,nop,sack 3001:4001 1001:2001>");
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(". 1:1(0) ack 2001 win 4000 <nop,nop,sack 3001:4001>");
  story.expect(". 4001:5001(1000) ack 1", Why::NewData);
}

// NextSeg (3): a hole below the highest SACK, although it is not lost by the numbers.
TEST(SackRecovery, ResendsAHoleThatIsNotLostWhenNothingElseMayGo) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(4000);
  expect_flight(story, 1, 3);
  story.expect("P. 3001:4001(1000) ack 1", Why::LastBufferedData);
  story.inject(sack(1, "1001:1501"));
  story.inject(sack(1, "1001:2001"));
  story.inject(sack(1, "3001:4001 1001:2001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 2000U);
  story.expect_nothing();  // the pipe is as full as the window
  story.inject(sack(2001, "3001:4001"));
  story.expect(". 2001:3001(1000) ack 1", Why::FastRetransmit);
}

// NextSeg (4): the tail was lost as well; one rescue keeps the acknowledgments coming, also when no SACK is left.
TEST(SackRecovery, RescuesTheTailOnce) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(6000);
  expect_flight(story, 1, 5);
  story.expect("P. 5001:6001(1000) ack 1", Why::LastBufferedData);
  story.inject(sack(1, "1001:4001"));  // 4001 and 5001 are lost like the first
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.expect_nothing();
  story.inject(ack(4001));
  story.expect("P. 5001:6001(1000) ack 1", Why::RescueRetransmit);
  story.inject(sack(4001, "5001:6001"));
  story.expect(". 4001:5001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(6001));
  EXPECT_EQ(info(story).unacked, 0U);
  story.advance(10min);
  story.expect_nothing();
}

// RFC 6675 §5.1: what was resent and lost again waits for the timer, which was not set back by duplicates.
// Deviation (RFC 6675 §4, NextSeg (4)): what was resent in this episode needs no rescue.
// Shows: RFC 6675
TEST(SackRecovery, LeavesALostRetransmissionToTheTimer) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(sack(1, "1001:10001"));
  story.expect_nothing();
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).cwnd, 1000U);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).unacked, 0U);
}

// RFC 6675 §5 (2), §2: only new information is a duplicate acknowledgment.
// Shows: RFC 6675
TEST(SackRecovery, DoesNotCountAcknowledgmentsWithoutNews) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);
  for (int i = 0; i < 5; ++i) story.inject(sack(1, "1001:2001"));
  for (int i = 0; i < 5; ++i) story.inject(ack(1));
  story.expect_nothing();
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

// A new flight may have its own episode.
TEST(SackRecovery, MayBeginAgainAfterItsEnd) {
  Story story(sack_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:10001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(10'001));
  socket.write(20'000);
  const std::uint32_t segments = info(story).cwnd / 1000;
  expect_flight(story, 10'001, segments);
  for (std::uint32_t una = 11'001; info(story).cwnd < 4000; una += 1000) {
    story.inject(ack(una));
    discard_sent(story);
  }
  const std::uint32_t una = info(story).snd_una - info(story).iss;
  story.inject(sack(una, fmt::format("{}:{}", una + 1000, una + 4000)));
  story.expect(fmt::format(". {}:{}(1000) ack 1", una, una + 1000), Why::FastRetransmit);
  discard_sent(story);
}

}  // namespace
}  // namespace tunic
