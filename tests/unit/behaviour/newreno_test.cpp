// Loss recovery without SACK. RFC 5681 §3.2, RFC 6582, RFC 3042.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// Ten segments are in flight, and `more` octets wait.
test::StorySocket ten_in_flight(Story& story, std::size_t more) {
  auto socket = established(story);
  socket.write(10'000 + more);
  expect_flight(story, 1, more > 0 ? 10 : 9);
  if (more == 0) story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  return socket;
}

// RFC 5681 §3.2, RFC 3042 §2, RFC 6582 §3.2, also for the first flight of a connection (its "recover" is the ISS).
// Shows: RFC 5681 §3.2, RFC 3042, RFC 6582
TEST(NewReno, ResendsAtTheThirdDuplicateAndInflatesTheWindow) {
  Story story;
  auto socket = ten_in_flight(story, 20'000);
  story.inject(ack(1));
  story.expect(". 10001:11001(1000) ack 1", Why::LimitedTransmit);
  story.inject(ack(1));
  story.expect(". 11001:12001(1000) ack 1", Why::LimitedTransmit);
  story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 5000U);  // (4): half of the flight, which limited transmit's part is not counted in
  for (int duplicate = 4; duplicate < 8; ++duplicate) {
    story.inject(ack(1));
    story.expect_nothing();
  }
  story.inject(ack(1));  // ssthresh + 8 × SMSS allows one more than the twelve in flight
  story.expect(". 12001:13001(1000) ack 1", Why::NewData);
  story.inject(ack(12'001));
  EXPECT_EQ(info(story).cwnd, 2000U);  // RFC 6582 §3.2 (3): min(ssthresh, max(FlightSize, SMSS) + SMSS)
  EXPECT_EQ(info(story).ssthresh, 5000U);
  expect_flight(story, 13'001, 1);
}

// RFC 6582 §3.2 (3)
// Shows: RFC 6582
TEST(NewReno, ResendsTheNextHoleAtAPartialAcknowledgment) {
  Story story;
  auto socket = ten_in_flight(story, 0);
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(3001));
  story.expect(". 3001:4001(1000) ack 1", Why::PartialAckRetransmit);
  story.inject(ack(3001));
  story.expect_nothing();
  story.inject(ack(6001));
  story.expect(". 6001:7001(1000) ack 1", Why::PartialAckRetransmit);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).cwnd, 2000U);
}

// RFC 6582 §3.2 (1): duplicates of what was resent without need, at "recover" itself, begin nothing.
// Shows: RFC 6582
TEST(NewReno, DoesNotResendTwiceForOneFlight) {
  Story story;
  auto socket = ten_in_flight(story, 0);
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(10'001));
  socket.write(8000);
  expect_flight(story, 10'001, 2);
  story.inject(ack(10'001));
  story.expect(". 12001:13001(1000) ack 1", Why::LimitedTransmit);
  story.inject(ack(10'001));
  story.expect(". 13001:14001(1000) ack 1", Why::LimitedTransmit);
  for (int i = 0; i < 5; ++i) story.inject(ack(10'001));
  story.expect_nothing();  // RFC 3042 §2: two segments beyond the window, not one for each duplicate
  story.inject(ack(11'001));
  for (int i = 0; i < 2; ++i) story.inject(ack(11'001));
  discard_sent(story);
  story.inject(ack(11'001));
  story.expect(". 11001:12001(1000) ack 1", Why::FastRetransmit);
}

// RFC 6582 §3.2 (1), §4: after a timeout the same holds until all of its flight is acknowledged.
// Shows: RFC 6582
TEST(NewReno, DoesNotBeginWithinTheFlightOfATimeout) {
  Story story;
  auto socket = ten_in_flight(story, 0);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(2001));
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 3001:4001(1000) ack 1", Why::LossRetransmit);
  const std::uint32_t ssthresh = info(story).ssthresh;
  for (int i = 0; i < 5; ++i) {
    story.inject(ack(2001));
    discard_sent(story);
  }
  EXPECT_EQ(info(story).ssthresh, ssthresh);
  EXPECT_EQ(info(story).cwnd, 2000U);
}

// RFC 6582 §3.2 (5): the first partial acknowledgment starts the retransmission timer again, the others do not: where so much
// is lost, slow start repairs it sooner than one segment a round trip.
// Shows: RFC 6582
TEST(NewReno, LeavesManyLossesToTheTimeout) {
  Story story;
  auto socket = ten_in_flight(story, 0);
  story.advance(100ms);
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.advance(50ms);
  story.inject(ack(1001));
  story.expect(". 1001:2001(1000) ack 1", Why::PartialAckRetransmit);
  story.advance(150ms);
  story.inject(ack(2001));
  story.expect(". 2001:3001(1000) ack 1", Why::PartialAckRetransmit);
  story.expect_after(50ms, ". 2001:3001(1000) ack 1", Why::TimeoutRetransmit);
}

// RFC 5681 §2: what is no duplicate acknowledgment.
TEST(NewReno, CountsDuplicatesOnly) {
  Story story;
  auto socket = ten_in_flight(story, 0);
  for (const std::uint32_t window : {60'000U, 59'000U, 58'000U, 60'000U}) story.inject(ack(1, window));
  story.inject("P. 1:101(100) ack 1 win 60000");
  story.expect(". 10001:10001(0) ack 101", Why::QuickAck);
  story.inject("P. 101:201(100) ack 1 win 60000");
  story.expect(". 10001:10001(0) ack 201", Why::QuickAck);
  story.inject("P. 201:301(100) ack 1 win 60000");
  story.expect(". 10001:10001(0) ack 301", Why::QuickAck);
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

// RFC 5681 (4): at least two segments.
TEST(NewReno, HalvesDownToTwoSegments) {
  Story story;
  auto socket = established(story);
  socket.write(3500);
  expect_flight(story, 1, 3);
  story.expect("P. 3001:3501(500) ack 1", Why::LastBufferedData);
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 2000U);
}

// RFC 3042 §2: no more than two segments beyond the window, and none where the peer has no room.
// Shows: RFC 3042
TEST(LimitedTransmit, IsBoundedByThePeersWindow) {
  Story story;
  auto socket = established_with_window(story, 11'000);
  socket.write(20'000);
  expect_flight(story, 1, 10);
  story.inject(ack(1, 11'000));
  story.expect(". 10001:11001(1000) ack 1", Why::LimitedTransmit);
  story.expect_hold(Why::HoldPeerWindow);
  story.inject(ack(1, 11'000));
  story.expect_nothing();
}

// The congestion window had room all the same: that is no limited transmit.
TEST(LimitedTransmit, IsNotNeededWithinTheWindow) {
  Story story;
  auto socket = established(story);
  socket.write(2000);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(1));
  socket.write(1000);
  story.expect("P. 2001:3001(1000) ack 1", Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
