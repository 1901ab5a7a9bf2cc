// What is resent, and when an episode begins and ends. RFC 6675 §4 and §5, RFC 6582 §3.2.
#include "tcp/recovery.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

constexpr std::uint32_t kSmss = 10;
constexpr std::uint32_t kRoom = 1000;

/// [0, 100) in ten segments across 2^31, in flight; 0 is the ISS.
class Recovering : public ::testing::Test {
 protected:
  Recovering() {
    for (std::uint32_t i = 0; i < 100; i += 10) board_.on_sent({at(i), at(i + 10)}, Instant(std::chrono::seconds(i)));
  }
  static SeqNum at(std::uint32_t offset) { return SeqNum(0x7fffffce) + offset; }
  void sack(std::uint32_t begin, std::uint32_t end) { board_.on_sack({at(begin), at(end)}, 100, delivered_); }

  /// Resends what comes next; nothing: no segment.
  std::optional<Why> resend(std::uint32_t begin, std::uint32_t room = kRoom, bool new_data = false) {
    const auto next = recovery_.next(board_, room, kSmss, new_data);
    if (!next) return std::nullopt;
    EXPECT_EQ(next->range, (SeqRange{at(begin), at(begin + 10)}));
    board_.on_resent(next->range, Instant());
    recovery_.on_resent(*next);
    return next->why;
  }

  Scoreboard board_;
  Delivered delivered_;
  Recovery recovery_{at(0) - 1};
};

TEST_F(Recovering, MayBeginInTheFirstFlight) {
  EXPECT_TRUE(recovery_.may_enter(at(0), false));
  EXPECT_TRUE(recovery_.may_enter(at(0), true));
  EXPECT_FALSE(recovery_.next(board_, kRoom, kSmss, false));
}

// RFC 6675 §5 (4.3): the first resend asks for no room; the others do.
// Shows: RFC 6675
TEST_F(Recovering, SendsTheFirstWhateverTheRoom) {
  sack(20, 60);
  board_.mark_lost_before(at(20));
  recovery_.enter_fast(at(100), Recovery::Guide::Counting);
  EXPECT_EQ(resend(0, 0), Why::FastRetransmit);
  EXPECT_EQ(resend(10, 9), std::nullopt);
  EXPECT_EQ(resend(10, 10), Why::FastRetransmit);
}

// NextSeg (1), (3), (4): lost data, then holes, then one rescue. (2): new data before (3).
TEST_F(Recovering, ChoosesByTheRulesOfNextSeg) {
  sack(10, 30);
  sack(40, 50);
  board_.mark_lost_before(at(10));
  recovery_.enter_fast(at(100), Recovery::Guide::Counting);
  EXPECT_EQ(resend(0), Why::FastRetransmit);
  EXPECT_EQ(resend(30, kRoom, true), std::nullopt);
  EXPECT_EQ(resend(30), Why::FastRetransmit);
  EXPECT_EQ(resend(90), Why::RescueRetransmit);
  EXPECT_EQ(resend(80), std::nullopt);
  board_.on_sent({at(100), at(110)}, Instant(std::chrono::seconds(100)));
  EXPECT_EQ(resend(100), std::nullopt);  // one rescue in an episode
}

// RFC 8985: time tells what is lost; nothing is resent on suspicion.
TEST_F(Recovering, LeavesGuessesToTimeWithRack) {
  sack(10, 30);
  board_.mark_lost_before(at(10));
  recovery_.enter_fast(at(100), Recovery::Guide::Time);
  EXPECT_EQ(resend(0), Why::FastRetransmit);
  EXPECT_EQ(resend(30), std::nullopt);
}

// RFC 6582 §3.2 (3): only the first one restarts the retransmission timer.
TEST_F(Recovering, TellsTheFirstPartialAcknowledgment) {
  recovery_.enter_fast(at(100), Recovery::Guide::PartialAcks);
  EXPECT_TRUE(recovery_.on_partial_ack());
  EXPECT_FALSE(recovery_.on_partial_ack());
  recovery_.enter_fast(at(100), Recovery::Guide::PartialAcks);
  EXPECT_TRUE(recovery_.on_partial_ack());
}

// RFC 3168 §6.1.2: until something sent after the reaction is acknowledged; a loss meanwhile is repaired all the same.
TEST_F(Recovering, HoldsAReductionForAWindow) {
  recovery_.enter_reduced(at(100));
  EXPECT_TRUE(recovery_.reducing());
  EXPECT_FALSE(recovery_.repairing());
  EXPECT_TRUE(recovery_.may_enter(at(50), true));
  EXPECT_FALSE(recovery_.next(board_, kRoom, kSmss, false));
  EXPECT_FALSE(recovery_.on_ack(at(100), false));
  EXPECT_TRUE(recovery_.on_ack(at(101), false));
  EXPECT_FALSE(recovery_.active());
}

TEST_F(Recovering, NamesPartialAcknowledgmentsWithoutSack) {
  board_.mark_first_lost(kSmss);
  recovery_.enter_fast(at(100), Recovery::Guide::PartialAcks);
  EXPECT_EQ(resend(0), Why::FastRetransmit);
  EXPECT_EQ(resend(90), std::nullopt);  // no guesses
  board_.on_ack(at(50), delivered_);
  EXPECT_FALSE(recovery_.on_ack(at(50), false));
  board_.mark_first_lost(kSmss);
  EXPECT_EQ(resend(50), Why::PartialAckRetransmit);
}

TEST_F(Recovering, EndsAtTheRecoveryPoint) {
  recovery_.enter_fast(at(100), Recovery::Guide::Counting);
  EXPECT_FALSE(recovery_.may_enter(at(50), true));
  EXPECT_FALSE(recovery_.on_ack(at(99), false));
  EXPECT_TRUE(recovery_.on_ack(at(100), false));
  EXPECT_FALSE(recovery_.active());
  EXPECT_FALSE(recovery_.on_ack(at(100), false));
  EXPECT_TRUE(recovery_.may_enter(at(100), true));
  EXPECT_FALSE(recovery_.may_enter(at(100), false));  // RFC 6582 §3.2 (1): "covers more than recover"
  EXPECT_TRUE(recovery_.may_enter(at(101), false));
}

// RFC 5681 §4.3: the whole flight, in the order of its numbers, without rescue.
TEST_F(Recovering, ResendsTheFlightOfATimeout) {
  sack(20, 90);
  board_.mark_all_lost(Instant::max());
  recovery_.enter_timeout(at(100));
  EXPECT_EQ(resend(0, 0), Why::TimeoutRetransmit);
  EXPECT_EQ(resend(10, 0), std::nullopt);
  EXPECT_EQ(resend(10), Why::LossRetransmit);
  EXPECT_EQ(resend(90), Why::LossRetransmit);
  EXPECT_EQ(resend(0), std::nullopt);
}

// Numbers wrap: however much is acknowledged without a loss, the old point never comes to lie ahead.
TEST_F(Recovering, MayBeginAfterAnyAmountWithoutLoss) {
  recovery_.enter_fast(at(100), Recovery::Guide::PartialAcks);
  EXPECT_TRUE(recovery_.on_ack(at(100), false));
  SeqNum una = at(100);
  for (int i = 0; i < 12; ++i) {
    una += 1u << 29;
    EXPECT_FALSE(recovery_.on_ack(una, false));
    EXPECT_TRUE(recovery_.may_enter(una, false)) << i;
    EXPECT_TRUE(recovery_.may_enter(una, true)) << i;
  }
}

}  // namespace
}  // namespace tunic::tcp
