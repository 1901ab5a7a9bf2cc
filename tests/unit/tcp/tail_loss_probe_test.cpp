// The tail loss probe. RFC 8985 §7.
#include "tcp/tail_loss_probe.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr SeqNum kEnd{5};  // beyond 2^32

TailLossProbe sent(bool resent) {
  TailLossProbe probe;
  probe.on_sent(kEnd, resent);
  return probe;
}

// §7.2: two round trips, and the peer's delay where it may wait for a second segment.
TEST(TailLossProbe, ComesAfterTwoRoundTrips) {
  EXPECT_EQ(TailLossProbe::timeout(100ms, false, 200ms), 200ms);
  EXPECT_EQ(TailLossProbe::timeout(100ms, true, 200ms), 400ms);
  EXPECT_EQ(TailLossProbe::timeout(0ms, false, 200ms), 2ms);
}

// §7.4.2: the cumulative acknowledgment goes beyond what the probe resent, and nobody has told of a duplicate: it was lost.
// Shows: RFC 8985 §7
TEST(TailLossProbe, TellsOfALossThatItRepaired) {
  TailLossProbe probe = sent(true);
  EXPECT_FALSE(probe.on_ack({.ack = SeqNum(0xfffffff0), .advances = true, .news = true, .duplicate = false}));
  EXPECT_FALSE(probe.on_ack({.ack = kEnd, .advances = true, .news = true, .duplicate = false}));
  EXPECT_TRUE(probe.outstanding());
  EXPECT_TRUE(probe.on_ack({.ack = kEnd + 1, .advances = true, .news = true, .duplicate = false}));
  EXPECT_FALSE(probe.outstanding());
}

TEST(TailLossProbe, TellsOfNoLossWhereBothArrived) {
  TailLossProbe by_dsack = sent(true);
  EXPECT_FALSE(by_dsack.on_ack({.ack = kEnd, .advances = false, .news = false, .duplicate = true}));
  EXPECT_FALSE(by_dsack.outstanding());
  TailLossProbe by_duplicate = sent(true);
  by_duplicate.on_ack({.ack = kEnd, .advances = true, .news = true, .duplicate = false});
  EXPECT_FALSE(by_duplicate.on_ack({.ack = kEnd, .advances = false, .news = false, .duplicate = false}));
  EXPECT_FALSE(by_duplicate.outstanding());
}

TEST(TailLossProbe, TellsOfNoLossWhereItCarriedNewData) {
  TailLossProbe probe = sent(false);
  EXPECT_FALSE(probe.on_ack({.ack = kEnd + 1, .advances = true, .news = true, .duplicate = false}));
  EXPECT_FALSE(probe.outstanding());
}

}  // namespace
}  // namespace tunic::tcp
