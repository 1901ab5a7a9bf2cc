// How long the stack tries. RFC 9293 §3.8.3 (R1, R2: MUST-20 to MUST-23, SHLD-10, SHLD-11), RFC 6298 §5.5; B39.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// Lets time pass, throwing away what is sent, until the current connection is gone. At most `limit`.
Duration time_until_closed(Story& story, Duration limit) {
  const Instant begin = story.now();
  while (story.connection() && story.now() - begin < limit) {
    story.advance(100ms);
    while (!story.take_packet().empty()) {
    }
  }
  return story.now() - begin;
}

// Shows: MUST-20
TEST(UnacknowledgedData, IsGivenUpAfterR2) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 3;
  Story story(config);
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.expect_after(400ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.expect_after(800ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.advance(1600ms - 1ns);
  story.expect_state(TcpState::Established);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  reached.socket.expect_error(Error::TimedOut);
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
}

TEST(UnacknowledgedData, CountsFromTheLastProgress) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 2;
  Story story(config);
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(1100);
  story.expect(". 1:1001(1000) ack 1");
  story.expect("P. 1001:1101(100) ack 1");
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.expect_after(400ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(". 1:1(0) ack 1001 win 65535");
  story.expect("P. 1001:1101(100) ack 1");
  story.advance(800ms);
  story.expect_state(TcpState::Established);
  story.expect("P. 1001:1101(100) ack 1", Why::TimeoutRetransmit);
}

// "R2 SHOULD correspond to at least 100 seconds".
// Shows: SHLD-11
TEST(UnacknowledgedData, IsTriedForAHundredSecondsByDefault) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(100);
  EXPECT_GE(time_until_closed(story, 1h), 100s);
  reached.socket.expect_error(Error::TimedOut);
}

// "An application MUST be able to set the value for R2": infinity too.
// Shows: MUST-21
TEST(UnacknowledgedData, MayBeTriedForEver) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 0;
  Story story(config);
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(100);
  EXPECT_GE(time_until_closed(story, 24h), 24h);
  story.expect_state(TcpState::Established);
}

// Nobody waits for an orphan.
// Shows: B39
TEST(Orphan, IsGivenUpSooner) {
  Config config = testing::plain_config();
  config.tcp.orphan_retransmits = 2;
  for (const TcpState state : {TcpState::FinWait1, TcpState::Closing, TcpState::LastAck}) {
    Story story(config);
    auto reached = reach(story, state);
    const auto fin = fmt::format("F. 1:1(0) ack {}", reached.peer_next);
    reached.socket.close();
    story.expect_after(200ms, fin, Why::FinRetransmit);
    story.expect_after(400ms, fin, Why::FinRetransmit);
    story.advance(800ms);
    story.expect_state(TcpState::Closed);
    EXPECT_EQ(story.stack().info().connections.size(), 0U);
  }
}

// A peer that keeps its window closed and acknowledges every probe does not keep an orphan.
// Shows: B39, B43
TEST(Orphan, IsNotKeptByAClosedWindow) {
  Config config = testing::plain_config();
  config.tcp.orphan_retransmits = 2;
  Story story(config);
  auto reached = reach(story, TcpState::CloseWait);
  story.inject(". 2:2(0) ack 1 win 0");
  reached.socket.write(100);
  reached.socket.close();
  story.expect_state(TcpState::LastAck);
  for (const Duration wait : {200ms, 400ms}) {
    story.expect_after(wait, ". 1:2(1) ack 2", Why::WindowProbe);
    story.inject(". 2:2(0) ack 1 win 0");
  }
  story.advance(800ms);
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
}

// Shows: B39
TEST(FinWait2, BeginsToCountWhenTheOwnerLeaves) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  story.advance(1h);
  reached.socket.close();
  story.advance(60s - 1ns);
  story.expect_state(TcpState::FinWait2);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect("R 2:2(0)", Why::ResetBadAckInListen);
}

// The owner may have left before the FIN was acknowledged: then the wait begins there.
// Shows: B39
TEST(FinWait2, OfAnOrphanLastsAMinute) {
  Story story;
  auto socket = established(story);
  socket.close();
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
  story.advance(100ms);
  story.inject(". 1:1(0) ack 2 win 65535");
  story.advance(60s - 1ns);
  story.expect_state(TcpState::FinWait2);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
}

// The record has a timer of its own.
TEST(UnansweredSynAck, IsGivenUpAfterAMinuteByDefault) {
  Story story;
  auto reached = reach(story, TcpState::SynReceived);
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s}) {
    story.expect_after(wait, "S. 0:0(0) ack 1", Why::SynAckRetransmit);
  }
  story.advance(32s - 1ns);
  story.expect_state(TcpState::SynReceived);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().listeners.at(0).syn_queue, 0U);
}

}  // namespace
}  // namespace tunic
