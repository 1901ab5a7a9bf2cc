// A timeout that was for nothing, told by what is acknowledged next: RFC 5682, with SACK (§3) and without (§2). And recovery
// without SACK that brings the window down step by step: RFC 9937 beside RFC 6582.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// The recovery of Config's defaults but for the tail loss probe, which would come before each timeout.
Config by_default(bool sack) {
  Config config = sack ? sack_config() : testing::plain_config();
  const TcpConfig defaults;
  config.tcp.congestion_control = defaults.congestion_control;
  config.tcp.slow_start_limit = defaults.slow_start_limit;
  config.tcp.reduce_from_window = defaults.reduce_from_window;
  config.tcp.rack = defaults.rack;
  config.tcp.proportional_rate_reduction = defaults.proportional_rate_reduction;
  config.tcp.forward_rto = defaults.forward_rto;
  config.tcp.impatient_newreno = defaults.impatient_newreno;
  config.tcp.suspect_reneging = defaults.suspect_reneging;
  return config;
}

/// Ten segments are in flight, `more` octets wait, and the timer has gone off.
test::StorySocket after_timeout(Story& story, bool sack, std::size_t more) {
  auto socket = sack ? established_with_sack(story) : established(story);
  socket.write(10'000 + more);
  expect_flight(story, 1, more > 0 ? 10 : 9);
  if (more == 0) story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).cwnd, 1000U);
  EXPECT_EQ(info(story).ssthresh, 7000U);
  return socket;
}

// §2.1 (2b), (3b): new data after the first acknowledgment, and the second one is for what was never sent again: the window is
// what it was, and nothing is resent.
// Shows: RFC 5682
TEST(ForwardRto, TakesASpuriousTimeoutBack) {
  for (const bool sack : {false, true}) {
    Story story(by_default(sack));
    auto socket = after_timeout(story, sack, 10'000);
    story.inject(ack(1001));
    expect_flight(story, 10'001, 2);
    story.expect_nothing();
    story.inject(ack(2001));
    EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
    EXPECT_EQ(info(story).cwnd, 11'000U);
    EXPECT_EQ(info(story).in_flight, 11'000U);
    expect_flight(story, 12'001, 1);
    story.inject(ack(12'001));
    discard_sent(story);
    EXPECT_EQ(info(story).backoff, 0U);
  }
}

// (3a): what comes back after the new data is a duplicate: the timeout was right, and what it took for lost is resent.
// Shows: RFC 5682
TEST(ForwardRto, GoesOnWhereTheLossWasReal) {
  Story story(by_default(false));
  auto socket = after_timeout(story, false, 10'000);
  story.inject(ack(1001));
  expect_flight(story, 10'001, 2);
  story.inject(ack(1001));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.inject(ack(1001));
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
  EXPECT_EQ(info(story).ssthresh, 7000U);
}

// §3, (3a) with SACK: the new data is reported, and nothing of the old.
TEST(ForwardRto, GoesOnWhereOnlyNewDataIsReported) {
  Story story(by_default(true));
  auto socket = after_timeout(story, true, 10'000);
  story.inject(ack(1001));
  expect_flight(story, 10'001, 2);
  story.advance(100ms);
  story.inject(sack(1001, "10001:11001"));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  EXPECT_EQ(info(story).ssthresh, 7000U);
}

// §3: a report of what was sent once is as good as an acknowledgment. Deviation (RFC 5682 §3.1 (3b)): it may be the first.
TEST(ForwardRto, HearsAReportOfOldData) {
  Story story(by_default(true));
  auto socket = after_timeout(story, true, 0);
  story.inject(sack(1, "3001:5001"));
  EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

// (2b): with nothing new to send there is nothing to wait for: the usual recovery.
TEST(ForwardRto, DoesNotApplyWithoutNewData) {
  Story story(by_default(true));
  auto socket = after_timeout(story, true, 0);
  story.inject(ack(1001));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
  story.inject(ack(4001));
  discard_sent(story);
  EXPECT_EQ(info(story).ssthresh, 7000U);
}

// Without SACK an acknowledgment of everything says only that what was resent has filled a hole.
TEST(ForwardRto, DoesNotBelieveWhatWaitedBehindAHole) {
  Story story(by_default(false));
  auto socket = after_timeout(story, false, 0);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).ssthresh, 7000U);
}

// (1): where losses are being repaired, a timeout is no surprise.
TEST(ForwardRto, DoesNotApplyWithinARecovery) {
  Story story(by_default(false));
  auto socket = established(story);
  socket.write(20'000);
  expect_flight(story, 1, 10);
  for (int i = 0; i < 3; ++i) story.inject(ack(1));
  discard_sent(story);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).ssthresh, 7000U);  // one reduction for one window of data
  story.inject(ack(1001));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
}

// The peer's window has no room for new data: what is lost is resent at once.
TEST(ForwardRto, ResendsWhereNoNewDataMayGo) {
  Story story(by_default(false));
  auto socket = established_with_window(story, 10'000);
  socket.write(20'000);
  expect_flight(story, 1, 10);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(1001, 9000));
  story.expect(". 1001:2001(1000) ack 1", Why::LossRetransmit);
  story.expect(". 2001:3001(1000) ack 1", Why::LossRetransmit);
}

// RFC 9937 with RFC 6582: each duplicate is a segment that has arrived, and lets seven tenths of one go.
// Shows: RFC 9937
TEST(ReductionWithoutSack, CountsDuplicates) {
  Story story(by_default(false));
  auto socket = established(story);
  socket.write(20'000);
  expect_flight(story, 1, 10);
  for (std::uint32_t i = 0; i < 2; ++i) {
    story.inject(ack(1));
    story.expect(fmt::format(". {}:{}(1000) ack 1", 10'001 + i * 1000, 11'001 + i * 1000), Why::LimitedTransmit);
  }
  story.inject(ack(1));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).cwnd, 9000U);  // eight in flight, and ceil(1 × 7/10) beyond
  story.inject(ack(1));
  expect_flight(story, 12'001, 1);  // ceil(2 × 7/10) - 1
  story.inject(ack(1));
  expect_flight(story, 13'001, 1);  // ceil(3 × 7/10) - 2
  // A partial acknowledgment of four: one was lost, three of the five duplicates are told again. Seven are in flight: the
  // next hole must wait.
  story.inject(ack(4001));
  story.expect_nothing();
  EXPECT_EQ(info(story).cwnd, 7000U);
  story.inject(ack(4001));
  story.expect(". 4001:5001(1000) ack 1", Why::PartialAckRetransmit);
  // All that was outstanding when it began: duplicates of what was resent may follow, so it is not over (RFC 6582 §3.2 (1)).
  story.inject(ack(12'001));
  discard_sent(story);
  EXPECT_EQ(info(story).cwnd, 7000U);
  for (int i = 0; i < 5; ++i) story.inject(ack(12'001));
  discard_sent(story);
  EXPECT_EQ(info(story).ssthresh, 7000U);
  story.inject(ack(14'001));
  discard_sent(story);
  EXPECT_EQ(info(story).cwnd, 7000U);
}

}  // namespace
}  // namespace tunic
