// When an acknowledgment leaves. RFC 5681 §4.2, RFC 9293 §3.8.6.3.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// RFC 5681 §4.2: early on, and not for ever.
// Shows: RFC 5681 §4.2
TEST(QuickAcks, AreSixteen) {
  Story story;
  auto socket = established(story);
  std::uint32_t next = 1;
  for (int i = 0; i < 16; ++i, next += 100) {
    story.inject(data(next, next + 100));
    story.expect(fmt::format(". 1:1(0) ack {}", next + 100), Why::QuickAck);
  }
  story.inject(data(next, next + 100));
  story.expect_hold(Why::HoldDelayedAck);
  story.expect_after(40ms, fmt::format(". 1:1(0) ack {}", next + 100), Why::DelayedAckTimeout);
}

// TCP_QUICKACK: what waits leaves at once, and what comes waits as before.
TEST(QuickAcks, AreSentWhenTheApplicationAsksForThem) {
  Config config = testing::plain_config();
  config.tcp.quick_acks = 0;
  Story story(config);
  auto socket = established(story);
  story.inject(data(1, 101));
  story.expect_hold(Why::HoldDelayedAck);
  ASSERT_TRUE(socket.socket().set_quick_ack(true));
  story.settle();
  story.expect(". 1:1(0) ack 101", Why::AckAskedFor);
  story.inject(data(101, 201));
  story.expect_after(40ms, ". 1:1(0) ack 201", Why::DelayedAckTimeout);
}

// The same turned off: also early they wait for an answer, until none comes in time.
TEST(QuickAcks, AreNotSentWhenTheApplicationIsGoingToAnswer) {
  Story story;
  auto socket = established(story);
  EXPECT_TRUE(socket.socket().quick_ack());
  ASSERT_TRUE(socket.socket().set_quick_ack(false));
  EXPECT_FALSE(socket.socket().quick_ack());
  story.inject(data(1, 101));
  story.expect_hold(Why::HoldDelayedAck);
  story.expect_after(40ms, ". 1:1(0) ack 101", Why::DelayedAckTimeout);
  EXPECT_TRUE(socket.socket().quick_ack());
  story.inject(data(101, 201));
  story.expect(". 1:1(0) ack 201", Why::QuickAck);
}

// A request and its answer, as soon as it is clear that answers come: the ACKs ride on them, also early (Linux).
TEST(QuickAcks, LeaveTheWordToAnApplicationThatAnswers) {
  Story story;
  auto socket = established(story);
  story.inject(data(1, 101));
  story.expect(". 1:1(0) ack 101", Why::QuickAck);
  story.advance(10ms);
  socket.write(100);
  story.expect("P. 1:101(100) ack 101");
  story.inject("P. 101:201(100) ack 101 win 65535");
  story.expect_hold(Why::HoldDelayedAck);
  story.advance(10ms);
  socket.write(100);
  story.expect("P. 101:201(100) ack 201");
  story.inject("P. 201:301(100) ack 201 win 65535");
  story.expect_hold(Why::HoldDelayedAck);
  story.expect_after(40ms, ". 201:201(0) ack 301", Why::DelayedAckTimeout);  // this time no answer came
  story.inject("P. 301:401(100) ack 201 win 65535");
  story.expect(". 201:201(0) ack 401", Why::QuickAck);
}

// Never half a second, whatever the profile.
// Shows: SHLD-18, MUST-40 (against)
TEST(DelayedAcks, WaitLessThanHalfASecond) {
  EXPECT_LT(Config::linux_profile().tcp.delayed_ack, 500ms);
  EXPECT_LT(Config::freebsd_profile().tcp.delayed_ack, 500ms);
}

// The wait begins with the first segment that is not acknowledged, and anew after each acknowledgment.
// Shows: MUST-40
TEST(DelayedAcks, CountFromTheFirstSegment) {
  Story story(delaying_config());
  auto socket = established(story);
  for (std::uint32_t next = 1; next < 501; next += 100) {
    story.advance(25ms);
    story.inject(data(next, next + 100));
    story.expect_after(40ms, fmt::format(". 1:1(0) ack {}", next + 100), Why::DelayedAckTimeout);
  }
}

// SHLD-19, RFC 2525 §2.13 (stretch ACKs): what comes one by one is acknowledged every second time.
// Shows: SHLD-19, RFC 2525 §2.13
TEST(DelayedAcks, AreNotStretched) {
  Story story(delaying_config());
  auto socket = established(story);
  for (std::uint32_t next = 1; next < 10'001; next += 2000) {
    story.inject(data(next, next + 1000));
    story.expect_nothing();
    story.inject(data(next + 1000, next + 2000));
    story.expect(fmt::format(". 1:1(0) ack {}", next + 2000), Why::AckEverySecond);
  }
}

// Cumulative acknowledgments of one batch merge: the last says all.
// Shows: MUST-58, MUST-59, MUST-59 (against)
TEST(DelayedAcks, MergeInABatch) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject_batch({data(1, 1001), data(1001, 2001), data(2001, 3001), data(3001, 4001)});
  story.expect(". 1:1(0) ack 4001", Why::AckEverySecond);
}

// A segment may carry more than two of the size that was guessed from the handshake.
// Shows: SHLD-19
TEST(DelayedAcks, CountALargeSegmentForSeveral) {
  Config config = delaying_config();
  Story story(config);
  auto socket = established(story, "S 0:0(0) win 65535 <mss 500>");
  story.inject(data(1, 501));
  story.expect_nothing();
  story.inject(data(501, 1501));
  story.expect(". 1:1(0) ack 1501", Why::AckEverySecond);
}

// RFC 5681 §4.2: at once, while a hole is there, although acknowledgments are delayed otherwise.
// Shows: RFC 5681 §4.2, MAY-13
TEST(ImmediateAcks, AnswerEverySegmentBeyondAHole) {
  Story story(delaying_config());
  auto socket = established(story);
  for (std::uint32_t begin = 1001; begin < 4001; begin += 1000) {
    story.inject(data(begin, begin + 1000));
    story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  }
}

// RFC 5681 §4.2: also where a part of the hole is left.
// Shows: RFC 5681 §4.2
TEST(ImmediateAcks, AnswerASegmentThatFillsAPartOfAHole) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject(data(2001, 3001));
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.inject(data(1, 501));
  story.expect(". 1:1(0) ack 501", Why::AckFillsGap);
  story.inject(data(501, 2001));
  story.expect(". 1:1(0) ack 3001", Why::AckFillsGap);
  story.inject(data(3001, 3101));
  story.expect_nothing();
  story.expect_hold(Why::HoldDelayedAck);
  story.expect_after(40ms, ". 1:1(0) ack 3101", Why::DelayedAckTimeout);
}

// RFC 5681 §4.2, §3.2: the sender counts duplicates, so that a batch must not merge them; filling the hole ends them.
// Shows: RFC 5681 §4.2, RFC 5681 §3.2
TEST(ImmediateAcks, OweNoDuplicatesOnceTheHoleIsFilled) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject_batch({data(1001, 2001), data(2001, 3001), data(3001, 4001), data(1, 1001)});
  story.expect(". 1:1(0) ack 4001");
}

// RFC 9293 §3.10.7.4: the acknowledgment was lost, the peer sends again.
TEST(ImmediateAcks, AnswerOldData) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject(data(1, 1001));
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 1001", Why::AckUnacceptable);
  story.advance(1s);
  story.expect_nothing();
}

// RFC 9293 §3.8.6.3: PSH alone hurries nothing unless the application's owner says so.
TEST(DelayedAcks, DoNotHurryForAPush) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect_nothing();
  story.expect_after(40ms, ". 1:1(0) ack 101", Why::DelayedAckTimeout);
}

}  // namespace
}  // namespace tunic
