// Which transmissions are lost, by counting. RFC 5681 §3.2, RFC 6582 §3.2, RFC 6675 §5.
#include "tcp/loss_detector.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

/// [0, 100) in ten segments across 2^32, in flight.
class LossDetection : public ::testing::Test {
 protected:
  LossDetection() {
    for (std::uint32_t i = 0; i < 100; i += 10) board_.on_sent({at(i), at(i + 10)}, Instant(std::chrono::seconds(i)));
  }
  static SeqNum at(std::uint32_t offset) { return SeqNum(0xffffffce) + offset; }

  bool duplicate(bool sack = false, bool may_begin = true) {
    const LossDetector::Input input{.sack = sack,
                                    .duplicate = true,
                                    .acked = 0,
                                    .partial = false,
                                    .may_begin = may_begin,
                                    .counts = true,
                                    .smss = 10,
                                    .threshold = 3};
    return detector_.on_ack(board_, input).found;
  }
  bool acked(std::uint32_t una, bool partial) {
    const auto acked = board_.on_ack(at(una), delivered_);
    outcome_ = detector_.on_ack(board_, {.sack = false,
                                         .duplicate = false,
                                         .acked = acked.octets,
                                         .partial = partial,
                                         .may_begin = false,
                                         .counts = true,
                                         .smss = 10,
                                         .threshold = 3});
    return outcome_.found;
  }

  Scoreboard board_;
  Delivered delivered_;
  LossDetector detector_;
  LossDetector::Outcome outcome_{};
};

TEST_F(LossDetection, FindsTheFirstSegmentAtTheThreshold) {
  EXPECT_FALSE(duplicate());
  EXPECT_FALSE(duplicate());
  EXPECT_TRUE(duplicate());
  EXPECT_EQ(board_.next_lost(100), (SeqRange{at(0), at(10)}));
  EXPECT_FALSE(duplicate());
}

TEST_F(LossDetection, BeginsNothingWhereItMayNot) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(duplicate(false, false));
  EXPECT_FALSE(board_.has_lost());
}

TEST_F(LossDetection, CountsAnewAfterNewData) {
  duplicate();
  duplicate();
  EXPECT_FALSE(acked(10, false));
  EXPECT_EQ(detector_.duplicates(), 0U);
  EXPECT_FALSE(duplicate());
}

// RFC 6582 §3.2: a partial acknowledgment finds the next hole, and takes back the inflation but for one segment.
// Shows: RFC 6582
TEST_F(LossDetection, FindsTheNextSegmentAtAPartialAcknowledgment) {
  for (int i = 0; i < 5; ++i) duplicate();
  board_.on_resent({at(0), at(10)}, Instant());
  EXPECT_TRUE(acked(30, true));
  EXPECT_EQ(board_.next_lost(100), (SeqRange{at(30), at(40)}));
  EXPECT_EQ(detector_.duplicates(), 3U);
}

// RFC 5681 §3.2 (4): each duplicate stands for a segment that has left; no more than there are.
// Shows: RFC 5681 §3.2
TEST_F(LossDetection, CountsWhatHasLeftTheNetwork) {
  for (int i = 0; i < 4; ++i) duplicate();
  EXPECT_EQ(detector_.left_network(board_, false, 10), 40U);
  EXPECT_EQ(detector_.left_network(board_, true, 10), 0U);  // SACK says it exactly
  for (int i = 0; i < 40; ++i) duplicate();
  EXPECT_EQ(detector_.left_network(board_, false, 10), board_.in_flight());
  detector_.on_timeout();
  EXPECT_EQ(detector_.left_network(board_, false, 10), 0U);
}

// What duplicates have told is not told again by the acknowledgment that follows: of three segments two were known.
TEST_F(LossDetection, CountsADeliveryOnce) {
  duplicate();
  duplicate();
  acked(30, false);
  EXPECT_EQ(outcome_.delivered, 10U);
  acked(50, false);
  EXPECT_EQ(outcome_.delivered, 20U);
}

// RFC 6675 §4, IsLost: whatever the number of acknowledgments.
// Shows: RFC 6675
TEST_F(LossDetection, FindsHolesBelowWhatIsSacked) {
  board_.on_sack({at(10), at(20)}, 100, delivered_);
  EXPECT_FALSE(duplicate(true));
  board_.on_sack({at(30), at(60)}, 100, delivered_);
  EXPECT_TRUE(duplicate(true));
  EXPECT_EQ(board_.next_lost(100), (SeqRange{at(0), at(10)}));
  board_.on_resent({at(0), at(10)}, Instant());
  EXPECT_EQ(board_.next_lost(100), (SeqRange{at(20), at(30)}));
}

}  // namespace
}  // namespace tunic::tcp
