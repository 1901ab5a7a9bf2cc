// How the congestion window opens. RFC 5681 §3.1 and §4.1, RFC 6928.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

struct InitialWindow {
  std::uint32_t mss;
  std::uint32_t segments;
};
class InitialWindows : public ::testing::TestWithParam<InitialWindow> {};

// RFC 6928 §2: min(10 × MSS, max(2 × MSS, 14600)).
// Shows: RFC 6928, RFC 2525 §2.1
TEST_P(InitialWindows, AreTenSegmentsOrSoManyOctets) {
  const auto [mss, segments] = GetParam();
  Config config = testing::plain_config();
  config.mtu = 9000;
  Story story(config);
  auto socket = established(story, fmt::format("S 0:0(0) win 65535 <mss {}>", mss));
  socket.write(60'000);
  for (std::uint32_t i = 0; i < segments; ++i) {
    story.expect(fmt::format(". {}:{}({}) ack 1", i * mss + 1, (i + 1) * mss + 1, mss), Why::NewData);
  }
  story.expect_nothing();
  story.expect_hold(Why::HoldCongestionWindow);
}
INSTANTIATE_TEST_SUITE_P(SegmentSizes, InitialWindows,
                         ::testing::Values(InitialWindow{536, 10}, InitialWindow{1000, 10}, InitialWindow{1460, 10},
                                           InitialWindow{2190, 6}, InitialWindow{4000, 3}, InitialWindow{8000, 2}),
                         [](const auto& of) { return fmt::format("Mss{}", of.param.mss); });

// MUST-19, RFC 5681 §3.1 (2): one segment more for each acknowledged one.
// Shows: MUST-19, RFC 5681 §3.1
TEST(SlowStart, DoublesTheWindowInARoundTrip) {
  Story story;
  auto socket = established(story);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) {
    story.inject(ack(i * 1000 + 1));
    expect_flight(story, 8001 + 2000 * i, 2);
    EXPECT_EQ(info(story).cwnd, 10'000 + i * 1000);
  }
  story.expect_nothing();
}

// RFC 5681 §3.1 (2): min(N, SMSS), whatever an acknowledgment covers.
// Shows: RFC 5681 §3.1
TEST(SlowStart, CountsOctetsUpToASegmentPerAcknowledgment) {
  Story story;
  auto socket = established(story);
  socket.write(20'000);
  expect_flight(story, 1, 10);
  story.inject(ack(401));
  EXPECT_EQ(info(story).cwnd, 10'400U);
  story.inject(ack(5001));
  EXPECT_EQ(info(story).cwnd, 11'400U);
  expect_flight(story, 10'001, 6);
}

// RFC 7661 §4.1: a window that was not filled has proved nothing.
TEST(SlowStart, DoesNotGrowAWindowThatIsNotUsed) {
  Story story;
  auto socket = established(story);
  for (std::uint32_t i = 0; i < 20; ++i) {
    socket.write(1000);
    story.expect(fmt::format("P. {}:{}(1000) ack 1", i * 1000 + 1, i * 1000 + 1001), Why::LastBufferedData);
    story.inject(ack(i * 1000 + 1001));
  }
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

struct Threshold {
  test::StorySocket socket;
  std::uint32_t una;  ///< of 5000 octets in flight
};

/// Slow start has ended, with a window of 5000 octets.
Threshold at_the_threshold(Story& story) {
  auto socket = established(story);
  socket.write(100'000);
  expect_flight(story, 1, 10);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  EXPECT_EQ(info(story).cwnd, 1000U);
  story.inject(ack(10'001));
  expect_flight(story, 10'001, 2);
  for (std::uint32_t una = 11'001; una <= 13'001; una += 1000) {
    story.inject(ack(una));
    expect_flight(story, 2 * una - 10'001, 2);
  }
  EXPECT_EQ(info(story).cwnd, 5000U);
  return {std::move(socket), 13'001};
}

// RFC 5681 §3.1, RFC 2525 §2.6: one segment more for a whole window acknowledged, and not an octet besides.
// Shows: RFC 5681 §3.1, RFC 2525 §2.6
TEST(CongestionAvoidance, AddsASegmentPerWindow) {
  Story story;
  auto [socket, una] = at_the_threshold(story);
  std::uint32_t nxt = una + 5000;
  for (std::uint32_t window = 5; window < 8; ++window) {
    for (std::uint32_t i = 1; i <= window; ++i) {
      EXPECT_EQ(info(story).cwnd, window * 1000);
      una += 1000;
      story.inject(ack(una));
      const std::uint32_t sent = i == window ? 2 : 1;
      expect_flight(story, nxt, sent);
      nxt += sent * 1000;
    }
  }
  EXPECT_EQ(info(story).cwnd, 8000U);
  EXPECT_EQ(info(story).ssthresh, 5000U);
}

/// The window has grown to 21000 octets and all is acknowledged.
test::StorySocket grown(Story& story) {
  auto socket = established(story);
  socket.write(31'000);
  expect_flight(story, 1, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) {
    story.inject(ack(i * 1000 + 1));
    expect_flight(story, 8001 + 2000 * i, 2);
  }
  story.inject(ack(30'001));
  story.expect("P. 30001:31001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(31'001));
  EXPECT_EQ(info(story).cwnd, 21'000U);
  return socket;
}

// RFC 5681 §4.1: after a pause of more than a timeout the window begins anew, but is not a lost one.
// Shows: RFC 5681 §4.1
TEST(IdleRestart, ComesAfterATimeoutsTimeWithoutSending) {
  Story story;
  auto socket = grown(story);
  story.advance(201ms);
  socket.write(30'000);
  expect_flight(story, 31'001, 10);
  story.expect_nothing();
  EXPECT_EQ(info(story).cwnd, 10'000U);
}

TEST(IdleRestart, SparesAShorterPause) {
  Story story;
  auto socket = grown(story);
  story.advance(200ms);
  socket.write(30'000);
  expect_flight(story, 31'001, 21);
}

}  // namespace
}  // namespace tunic
