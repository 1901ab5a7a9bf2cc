// Loss recovery as it is by default: losses found by time, the window brought down step by step, a probe for a lost tail.
// RFC 8985, RFC 9937, RFC 9438.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// The recovery of Config's defaults, with SACK.
Config modern_config() {
  Config config = sack_config();
  const TcpConfig defaults;
  config.tcp.congestion_control = defaults.congestion_control;
  config.tcp.slow_start_limit = defaults.slow_start_limit;
  config.tcp.reduce_from_window = defaults.reduce_from_window;
  config.tcp.rack = defaults.rack;
  config.tcp.tail_loss_probe = defaults.tail_loss_probe;
  config.tcp.proportional_rate_reduction = defaults.proportional_rate_reduction;
  config.tcp.rto_variance_min = defaults.rto_variance_min;
  return config;
}

/// A connection whose handshake has taken 100 ms.
test::StorySocket established_in_100ms(Story& story) {
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.advance(100ms);
  story.inject(ack(1));
  return story.accept();
}

/// Ten segments are in flight for 100 ms, and `more` octets wait.
test::StorySocket ten_in_flight(Story& story, std::size_t more) {
  auto socket = established_in_100ms(story);
  socket.write(10'000 + more);
  expect_flight(story, 1, more > 0 ? 10 : 9);
  if (more == 0) story.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  story.advance(100ms);
  return socket;
}

// RFC 8985 §6.2: three segments beyond the hole make it lost. RFC 9937, RFC 9438 §4.6: from ten the window comes down to
// seven; six are in flight, and the hole goes at once.
// Shows: RFC 8985 §6, RFC 9937
TEST(Rack, ResendsTheHoleAtTheThirdSegment) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:2001"));
  story.inject(sack(1, "1001:3001"));
  story.expect_nothing();
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).cwnd, 7000U);
  EXPECT_EQ(info(story).ssthresh, 7000U);
  EXPECT_EQ(info(story).in_flight, 7000U);
  // Each segment that arrives lets one go, no more.
  socket.write(7000);
  for (std::uint32_t i = 0; i < 6; ++i) {
    story.inject(sack(1, fmt::format("1001:{}", 5001 + i * 1000)));
    expect_flight(story, 10'001 + i * 1000, 1);
    story.expect_nothing();
  }
  story.inject(ack(10'001));  // the end of the episode
  EXPECT_EQ(info(story).cwnd, 7000U);
  story.expect("P. 16001:17001(1000) ack 1", Why::LastBufferedData);
}

// What is over recovers nothing: there is no window of a recovery to tell of.
TEST(Rack, EndsWithTheConnection) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject("R 1:1(0) win 0");
  story.expect_nothing();
  socket.expect_error(Error::ConnectionReset);
}

// RFC 8985 §6.2: fewer than three segments beyond the hole: it is lost a quarter of a round trip after its answer was due.
TEST(Rack, ResendsTheHoleWhenTimeIsOver) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:2001"));
  story.expect_after(25ms, ". 1:1001(1000) ack 1", Why::FastRetransmit);
}

// ... and is not resent at all if it arrives in time.
TEST(Rack, WaitsForWhatIsReordered) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:3001"));
  story.advance(24ms);
  story.inject(ack(3001));
  story.inject(ack(10'001));
  story.advance(10min);
  story.expect_nothing();
  EXPECT_EQ(info(story).cwnd, 18'000U);  // slow start; two segments were delivered without an advance
}

// What is resent and lost again is found by what was sent after it: nobody waits for the timeout.
TEST(Rack, ResendsALostRetransmission) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 4000);
  story.inject(sack(1, "1001:2001"));
  story.expect(". 10001:11001(1000) ack 1", Why::LimitedTransmit);
  story.inject(sack(1, "1001:3001"));
  story.expect(". 11001:12001(1000) ack 1", Why::LimitedTransmit);
  story.inject(sack(1, "1001:6001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.advance(10ms);
  story.inject(sack(1, "1001:10001"));
  expect_flight(story, 12'001, 1);
  story.expect("P. 13001:14001(1000) ack 1", Why::LastBufferedData);
  story.advance(100ms);
  story.inject(sack(1, "1001:14001"));  // all that was sent after it
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(ack(14'001));
  EXPECT_EQ(info(story).unacked, 0U);
  EXPECT_EQ(info(story).backoff, 0U);
}

// RFC 8985 §6.3: at a timeout what was sent a moment ago is not taken for lost.
TEST(Rack, SparesWhatWasSentBeforeATimeout) {
  Config config = modern_config();
  config.tcp.tail_loss_probe = false;
  Story story(config);
  auto socket = established_in_100ms(story);
  socket.write(1000);
  story.expect("P. 1:1001(1000) ack 1", Why::LastBufferedData);
  story.advance(100ms);
  story.inject(ack(1001));
  socket.write(1000);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
  story.advance(250ms);
  socket.write(1000);
  story.expect("P. 2001:3001(1000) ack 1", Why::LastBufferedData);
  story.expect_after(50ms, ". 1001:2001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).in_flight, 2000U);
  story.inject(ack(2001));
  story.expect_nothing();
  story.inject(ack(3001));
}

// RFC 8985 §7.2, §7.3: nobody answers the last segments: two round trips after them the last one is sent again ...
// Shows: RFC 8985 §7
TEST(LossProbe, ResendsTheLastSegment) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.expect_after(100ms, "P. 9001:10001(1000) ack 1", Why::LossProbe);
  story.advance(100ms);
  story.inject(sack(1, "9001:10001"));  // ... and its answer tells that those before it are lost
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  for (std::uint32_t una = 1001; una < 9001; una += 1000) {
    story.inject(sack(una, "9001:10001"));
    discard_sent(story);
  }
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).unacked, 0U);
  EXPECT_EQ(info(story).backoff, 0U);  // no timeout
}

// RFC 8985 §7.3: new data goes first, even where the window is full.
TEST(LossProbe, PrefersNewData) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 2000);
  story.expect_after(100ms, ". 10001:11001(1000) ack 1", Why::LossProbe);
  story.expect_nothing();
}

// RFC 8985 §7.2: a single segment may be waiting for the peer's delayed acknowledgment; and no probe is later than the timeout.
TEST(LossProbe, WaitsForADelayedAcknowledgment) {
  Story story(modern_config());
  auto socket = established_in_100ms(story);
  socket.write(1000);
  story.expect("P. 1:1001(1000) ack 1", Why::LastBufferedData);
  story.expect_after(300ms, "P. 1:1001(1000) ack 1", Why::LossProbe);  // 2 × 100 + 200, cut to the RTO of 300
  story.expect_after(300ms, "P. 1:1001(1000) ack 1", Why::TimeoutRetransmit);
}

// RFC 8985 §7.4.2: the probe has repaired a loss: congestion control hears of it ...
TEST(LossProbe, ReducesTheWindowForALossThatItRepaired) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.expect_after(100ms, "P. 9001:10001(1000) ack 1", Why::LossProbe);
  story.inject(ack(9001));
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
  socket.write(1000);
  story.expect("P. 10001:11001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(11'001));
  EXPECT_LT(info(story).ssthresh, 20'000U);
}

// ... but not where both have arrived, as a D-SACK says.
TEST(LossProbe, KeepsTheWindowWhereNothingWasLost) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.expect_after(100ms, "P. 9001:10001(1000) ack 1", Why::LossProbe);
  story.inject(ack(10'001));
  story.inject(sack(10'001, "9001:10001"));
  socket.write(1000);
  story.expect("P. 10001:11001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(11'001));
  EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
}

// RFC 8985 §7.2: an acknowledgment with SACK blocks tells enough; without SACK there is no probe.
TEST(LossProbe, IsNotSentWhereSackTells) {
  Story story(modern_config());
  auto socket = ten_in_flight(story, 0);
  story.inject(sack(1, "1001:2001"));
  story.expect_after(25ms, ". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.advance(150ms);
  story.expect_nothing();
}

TEST(LossProbe, IsNotSentWithoutSack) {
  Config config = modern_config();
  config.tcp.sack = false;
  Story story(config);
  auto socket = ten_in_flight(story, 0);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
}

// RFC 9937, RFC 3168 §6.1.2: a mark's reduction comes step by step too, and is one with that of a loss in the same window.
// Shows: RFC 3168
TEST(RateReductionByMarks, IsOneWithThatOfALoss) {
  Config config = modern_config();
  config.tcp.ecn = Ecn::Accept;
  Story story(config);
  story.listen(80);
  story.inject("SEW 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>");
  story.expect("SE. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.advance(100ms);
  story.inject(ack(1));
  auto socket = story.accept();
  socket.write(30'000);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(story.take_packet().empty());
  story.advance(100ms);
  story.inject("E. 1:1(0) ack 1001 win 65535");
  EXPECT_EQ(info(story).ssthresh, 7000U);
  story.expect("[ect0] W. 10001:11001(1000) ack 1", Why::NewData);  // nine in flight, and one for one that has arrived
  story.inject("E. 1:1(0) ack 1001 win 65535 <nop,nop,sack 2001:5001>");
  story.expect("[noecn] . 1001:2001(1000) ack 1", Why::FastRetransmit);
  EXPECT_EQ(info(story).ssthresh, 7000U);
  discard_sent(story);
}

}  // namespace
}  // namespace tunic
