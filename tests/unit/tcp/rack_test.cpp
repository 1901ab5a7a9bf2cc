// Losses found by time. RFC 8985 §6.
#include "tcp/rack.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSmss = 10;

/// Ten segments across 2^32, sent a millisecond apart from 0 ms on.
class TenSegments : public ::testing::Test {
 protected:
  TenSegments() {
    for (std::uint32_t i = 0; i < 10; ++i) send(i, Instant(i * 1ms));
  }
  static SeqNum at(std::uint32_t segment) { return SeqNum(0xffffffce) + segment * kSmss; }
  static SeqRange segment(std::uint32_t number) { return {at(number), at(number + 1)}; }

  void send(std::uint32_t number, Instant now) {
    rack_.on_sent(segment(number), now, board_.on_sent(segment(number), now));
  }
  void resend(std::uint32_t number, Instant now) {
    rack_.on_sent(segment(number), now, board_.on_resent(segment(number), now));
  }
  Rack::Detection sack(std::initializer_list<std::uint32_t> numbers, Instant now, bool recovering = false) {
    Delivered delivered;
    for (const std::uint32_t number : numbers) board_.on_sack(segment(number), 100, delivered);
    return take(delivered, now, recovering);
  }
  Rack::Detection ack(std::uint32_t number, Instant now, bool recovering = false) {
    Delivered delivered;
    board_.on_ack(at(number), delivered);
    una_ = at(number);
    return take(delivered, now, recovering);
  }
  Rack::Detection take(const Delivered& delivered, Instant now, bool recovering) {
    rack_.on_delivered(delivered, now, board_.highest_sacked().value_or(una_), kSmss);
    return look(now, recovering);
  }
  Rack::Detection look(Instant now, bool recovering = false) {
    return rack_.detect(board_, {.now = now, .srtt = 100ms, .smss = kSmss, .recovering = recovering});
  }

  Scoreboard board_;
  Rack rack_{3};
  SeqNum una_ = at(0);
};

// §6.2 step 4: DupThresh segments beyond it make a hole lost at once.
// Shows: RFC 8985 §6
TEST_F(TenSegments, LoseTheFirstAtTheThreshold) {
  EXPECT_FALSE(sack({1}, Instant(100ms)).found);
  EXPECT_FALSE(sack({2}, Instant(101ms)).found);
  EXPECT_TRUE(sack({3}, Instant(102ms)).found);
  EXPECT_EQ(board_.next_lost(100), segment(0));
}

// Step 5: before that a quarter of the shortest round trip is left for reordering, counted from when the hole should have
// been answered.
TEST_F(TenSegments, LoseTheFirstWhenTimeIsOver) {
  const auto detection = sack({1}, Instant(101ms));  // a round trip of 100 ms
  EXPECT_FALSE(detection.found);
  EXPECT_EQ(detection.ask_again, Instant(0ms + 100ms + 25ms));
  EXPECT_FALSE(look(Instant(124ms)).found);
  EXPECT_TRUE(look(Instant(125ms)).found);
  EXPECT_EQ(board_.next_lost(100), segment(0));
}

// Step 5: only what was sent before what has arrived.
TEST_F(TenSegments, KeepWhatWasSentLater) {
  sack({4, 5, 6}, Instant(200ms));
  EXPECT_EQ(board_.lost(), 4 * kSmss);
  EXPECT_FALSE(look(Instant(10s), true).found);
}

// A resending that is lost again is found by what was sent after it: nobody waits for the timeout.
TEST_F(TenSegments, LoseAResendingToo) {
  sack({1, 2, 3}, Instant(103ms));
  resend(0, Instant(103ms));
  EXPECT_FALSE(sack({4, 5, 6, 7, 8, 9}, Instant(109ms), true).found);
  send(10, Instant(110ms));
  EXPECT_TRUE(sack({10}, Instant(210ms), true).found);
  EXPECT_EQ(board_.next_lost(100), segment(0));
}

// §6.2: of two sendings at one instant the first is the older one, also where the numbers say otherwise. With a round trip of
// 0, as in virtual time or with a coarse clock, a resending is not lost by what was sent before it.
TEST_F(TenSegments, TellSendingsOfOneInstantApart) {
  Scoreboard board;
  Rack rack{3};
  const auto take = [&](std::initializer_list<std::uint32_t> numbers) {
    Delivered delivered;
    for (const std::uint32_t number : numbers) board.on_sack(segment(number), 100, delivered);
    rack.on_delivered(delivered, Instant(), *board.highest_sacked(), kSmss);
    return rack.detect(board, {.now = Instant(), .srtt = 1ns, .smss = kSmss, .recovering = true}).found;
  };
  for (std::uint32_t i = 0; i < 10; ++i) rack.on_sent(segment(i), Instant(), board.on_sent(segment(i), Instant()));
  EXPECT_TRUE(take({1, 2, 3}));
  rack.on_sent(segment(0), Instant(), board.on_resent(segment(0), Instant()));
  EXPECT_FALSE(take({4}));
  EXPECT_FALSE(take({5, 6, 7, 8, 9}));
  EXPECT_FALSE(board.has_lost());
}

// Law 5: a piece that is resent over and over does not make the memory of sendings grow: those that nothing is outstanding of
// are forgotten, and what is remembered still finds losses.
TEST_F(TenSegments, RememberNoMoreThanIsOutstanding) {
  std::uint32_t most = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    resend(5, Instant(20ms));
    if (!rack_.remembers_too_much(board_)) continue;
    rack_.forget_arrived(board_);
    ++most;
    EXPECT_FALSE(rack_.remembers_too_much(board_));
  }
  EXPECT_GT(most, 5U);
  EXPECT_LT(most, 20U);
  EXPECT_TRUE(sack({1, 2, 3}, Instant(103ms)).found);
  EXPECT_EQ(board_.next_lost(100), segment(0));
}

// Step 5: the timer waits for the last of those that may be lost ("max"): then it is known of all of them.
TEST_F(TenSegments, AskAgainWhenAllAreDue) {
  const auto detection = sack({6}, Instant(106ms));
  EXPECT_FALSE(detection.found);
  EXPECT_EQ(detection.ask_again, Instant(5ms + 100ms + 25ms));
}

// Where the round trip is shorter than a clock can tell, reordering gets a millisecond all the same.
TEST_F(TenSegments, LeaveAMillisecondForReordering) {
  Scoreboard board;
  Rack rack{3};
  for (std::uint32_t i = 0; i < 2; ++i) rack.on_sent(segment(i), Instant(), board.on_sent(segment(i), Instant()));
  Delivered delivered;
  board.on_sack(segment(1), 100, delivered);
  const Instant now(40us);
  rack.on_delivered(delivered, now, at(2), kSmss);
  const auto detection = rack.detect(board, {.now = now, .srtt = 40us, .smss = kSmss, .recovering = false});
  EXPECT_FALSE(detection.found);
  EXPECT_EQ(detection.ask_again, Instant(1040us));
}

// Step 3, §6.2: once reordering was seen, DupThresh segments do not prove a loss any more.
TEST_F(TenSegments, WaitOnceReorderingWasSeen) {
  sack({1}, Instant(100ms));
  ack(2, Instant(101ms));  // 0 was late
  EXPECT_EQ(rack_.reorderings(), 1U);
  const auto detection = sack({3, 4, 5, 6}, Instant(106ms));
  EXPECT_FALSE(detection.found);
  EXPECT_GT(detection.ask_again, Instant(106ms));
}

// The distance is what the threshold becomes; Linux tells it as tcpi_reordering.
TEST_F(TenSegments, MeasureReordering) {
  EXPECT_EQ(rack_.reordering(), 3U);
  sack({1}, Instant(100ms));
  sack({7}, Instant(101ms));
  sack({2}, Instant(102ms));
  EXPECT_EQ(rack_.reordering(), 6U);  // from 2 to behind 7
}

// What was sent twice proves no reordering: the first sending may have been lost.
TEST_F(TenSegments, DoNotTakeAResendingForReordering) {
  sack({1, 2, 3}, Instant(103ms));
  resend(0, Instant(103ms));
  ack(4, Instant(203ms), true);
  EXPECT_EQ(rack_.reorderings(), 0U);
}

// Step 2: an answer that comes faster than any round trip was belongs to the first sending.
TEST_F(TenSegments, DoNotBelieveAnAnswerThatIsTooFast) {
  sack({1, 2, 3}, Instant(103ms));
  resend(0, Instant(103ms));
  send(10, Instant(104ms));
  EXPECT_EQ(rack_.min_rtt(), 100ms);
  ack(4, Instant(105ms), true);
  EXPECT_FALSE(board_.has_lost());  // 4 to 9 were sent before the resending
}

// §6.2: each round trip with a D-SACK widens the window by a quarter, for sixteen recoveries.
TEST_F(TenSegments, WaitLongerAfterAResendingWithoutNeed) {
  sack({9}, Instant(109ms));
  rack_.on_dsack(at(0), at(10));
  rack_.on_dsack(at(5), at(10));  // the same round trip
  EXPECT_EQ(look(Instant(109ms)).ask_again, Instant(108ms + 50ms));
  for (int i = 0; i < 15; ++i) rack_.on_recovered();
  EXPECT_EQ(look(Instant(109ms)).ask_again, Instant(108ms + 50ms));
  rack_.on_recovered();
  EXPECT_EQ(look(Instant(109ms)).ask_again, Instant(108ms + 25ms));
}

// §6.2: but no longer than the smoothed round trip.
TEST_F(TenSegments, WaitNoLongerThanARoundTrip) {
  sack({9}, Instant(109ms));
  for (std::uint32_t i = 0; i < 9; ++i) {
    rack_.on_dsack(at(i), at(i + 1));
  }
  EXPECT_EQ(look(Instant(109ms)).ask_again, Instant(108ms + 100ms));
}

// B5: acknowledged sendings are forgotten, however many there were.
TEST_F(TenSegments, CostNothingOnceTheyAreAcknowledged) {
  ack(10, Instant(100ms));
  EXPECT_FALSE(look(Instant(1h)).ask_again);
  EXPECT_FALSE(board_.has_lost());
}

}  // namespace
}  // namespace tunic::tcp
