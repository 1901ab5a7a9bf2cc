// Buffers that follow what their flow can use.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using test::StorySocket;

Config tuned() {
  Config config = testing::full_config();
  config.tcp.quick_acks = 255;
  config.tcp.receive_buffer = 20'000;
  config.tcp.receive_buffer_max = 200'000;  // a shift of 2
  config.tcp.tune_receive_buffer = true;
  config.tcp.send_buffer = 8'000;
  config.tcp.send_buffer_max = 30'000;
  return config;
}

/// With window scaling.
StorySocket opened(Story& story, Port from = 40000, const ListenOptions& options = {}, Duration round_trip = 10ms) {
  if (from == 40000) story.listen(80, options);
  story.inject(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1000,nop,wscale 2>", from));
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.advance(round_trip);
  story.inject(". 1:1(0) ack 1 win 16000");
  return story.accept();
}

/// The peer sends up to `end`, and the application reads it at once.
void flow(Story& story, StorySocket& socket, std::uint32_t begin, std::uint32_t end) {
  story.inject(data(begin, end));
  socket.read(end - begin);
  discard_sent(story);
}

/// 20,000 octets in one round trip, from `begin` on, where reading began at `begin` - 10,000.
void flow_for_a_round_trip(Story& story, StorySocket& socket) {
  flow(story, socket, 1, 10'001);  // from here on it is measured
  story.advance(5ms);
  flow(story, socket, 10'001, 20'001);
  story.advance(5ms);
  flow(story, socket, 20'001, 30'001);
}

// 20,000 octets were read in a round trip: twice that, and 16 segments (of 1460) for the sender's window to grow.
TEST(BufferTuning, TheReceiveBufferFollowsWhatIsReadInARoundTrip) {
  Story story(tuned());
  auto socket = opened(story);
  EXPECT_EQ(info(story).rcv_wnd, 20'000U);
  flow(story, socket, 1, 10'001);
  story.advance(5ms);
  flow(story, socket, 10'001, 20'001);
  EXPECT_EQ(info(story).rcv_wnd, 20'000U);  // half a round trip says nothing
  story.advance(5ms);
  flow(story, socket, 20'001, 30'001);
  EXPECT_EQ(info(story).rcv_wnd, 2 * 20'000U + 16 * 1460U);
}

// Of many flows each has all of the processor for a moment: that is not its rate.
TEST(BufferTuning, ABurstIsNoRate) {
  Story story(tuned());
  auto socket = opened(story, 40000, {}, 10us);
  flow(story, socket, 1, 10'001);
  story.advance(990us);
  flow(story, socket, 10'001, 30'001);
  EXPECT_LE(info(story).rcv_wnd, 20'000U);
  story.advance(10us);
  flow(story, socket, 30'001, 31'001);
  flow(story, socket, 31'001, 32'001);
  constexpr std::uint32_t kRead = 21'000 * 11 / 1001;  // in a round trip, of microseconds that are rounded up
  EXPECT_EQ(info(story).rcv_wnd, 16 * 1460U + 2 * kRead - 1000);  // told before the last 1000 were read
}

// More of them may wait than fits a short path: a millisecond's worth.
TEST(BufferTuning, SuperSegmentsMayWait) {
  Story story(tuned());
  story.take_super_segments();
  auto socket = opened(story, 40000, {}, 10us);
  flow(story, socket, 1, 10'001);
  story.advance(1ms);
  flow(story, socket, 10'001, 30'001);
  EXPECT_EQ(info(story).rcv_wnd, 16 * 1460U + 2 * 20'000U);
}

TEST(BufferTuning, TheReceiveBufferStaysWhereLittleIsRead) {
  Story story(tuned());
  auto socket = opened(story);
  for (std::uint32_t at = 1; at < 20'001; at += 1000) {
    flow(story, socket, at, at + 1000);
    story.advance(10ms);
  }
  EXPECT_LE(info(story).rcv_wnd, 20'000U);
}

TEST(BufferTuning, TheReceiveBufferHasAnEnd) {
  Config config = tuned();
  config.tcp.receive_buffer_max = 40'000;
  Story story(config);
  auto socket = opened(story);
  flow_for_a_round_trip(story, socket);
  EXPECT_EQ(info(story).rcv_wnd, 40'000U);
}

// Whoever sets a buffer means it; options that do not are no reason to forget what a flow has earned.
TEST(BufferTuning, WhatTheApplicationHasSetStays) {
  Story story(tuned());
  SocketOptions options;
  options.receive_buffer = 21'000;
  options.send_buffer = 9'000;
  auto socket = opened(story, 40000, {.options = std::make_shared<const SocketOptions>(options)});
  flow_for_a_round_trip(story, socket);
  EXPECT_LE(info(story).rcv_wnd, 21'000U);
  EXPECT_EQ(socket.write_some(100'000), 9'000U);
  story.inject(". 30001:30001(0) ack 9001 win 16000");
  EXPECT_EQ(socket.write_some(100'000), 9'000U);
  discard_sent(story);
}

TEST(BufferTuning, OtherOptionsDoNotEndIt) {
  Story story(tuned());
  auto socket = opened(story);
  flow_for_a_round_trip(story, socket);
  ASSERT_TRUE(socket.socket().set_no_delay(true));
  flow(story, socket, 30'001, 31'001);
  EXPECT_GE(info(story).rcv_wnd, 60'000U);
}

// All growth together stays below half of memory_soft; what ends gives its share back.
TEST(BufferTuning, AllFlowsShareTheMemory) {
  Config config = tuned();
  config.memory_soft = 60'000;
  Story story(config);
  auto first = opened(story);
  flow_for_a_round_trip(story, first);
  EXPECT_EQ(info(story).rcv_wnd, 20'000U + 30'000U);
  auto second = opened(story, 40001);
  flow_for_a_round_trip(story, second);
  EXPECT_EQ(info(story).rcv_wnd, 20'000U);
  first.abort();
  discard_sent(story);
  story.advance(10ms);
  flow(story, second, 30'001, 40'001);  // what was read since is more than 10,000, and now it may count
  story.advance(10ms);
  flow(story, second, 40'001, 60'001);
  EXPECT_EQ(info(story).rcv_wnd, 20'000U + 30'000U);
}

// Without window scaling a peer can be told of 65,535 octets: more would be kept from other flows for nothing.
TEST(BufferTuning, TheReceiveBufferGrowsNoFartherThanTheWindowFieldTells) {
  Config config = tuned();
  config.memory_soft = 200'000;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.advance(10ms);
  story.inject(". 1:1(0) ack 1 win 16000");
  auto first = story.accept();
  flow(story, first, 1, 10'001);
  story.advance(5ms);
  flow(story, first, 10'001, 30'001);
  story.advance(5ms);
  flow(story, first, 30'001, 50'001);  // 40,000 in a round trip: 103,360 would be of use
  EXPECT_EQ(info(story).rcv_wnd, 65'535U);
  auto second = opened(story, 40001);
  flow_for_a_round_trip(story, second);
  EXPECT_EQ(info(story).rcv_wnd, 2 * 20'000U + 16 * 1460U);
}

// The application waits for room while the window would let more leave: twice the congestion window.
TEST(BufferTuning, TheSendBufferFollowsTheCongestionWindow) {
  Story story(tuned());
  auto socket = opened(story);
  EXPECT_EQ(socket.write_some(100'000), 8'000U);
  discard_sent(story);
  ASSERT_EQ(info(story).cwnd, 10'000U);
  story.inject(". 1:1(0) ack 4001 win 16000");
  EXPECT_EQ(socket.write_some(100'000), 16'000U);  // 4,000 are on their way
  discard_sent(story);
}

// Where the congestion window is what holds data back, a larger buffer would only keep more of it waiting.
TEST(BufferTuning, TheSendBufferStaysWhereItIsNotTheLimit) {
  Config config = tuned();
  config.tcp.send_buffer = 25'000;
  Story story(config);
  auto socket = opened(story);
  EXPECT_EQ(socket.write_some(100'000), 25'000U);
  discard_sent(story);
  EXPECT_EQ(socket.write_some(100'000), 0U);
  story.inject(". 1:1(0) ack 1001 win 16000");
  discard_sent(story);
  EXPECT_EQ(info(story).unacked + info(story).unsent, 24'000U);
  EXPECT_EQ(socket.write_some(100'000), 1'000U);
}

}  // namespace
}  // namespace tunic
