// Silly windows, avoided by sender and receiver. RFC 9293 §3.8.6.2.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// MUST-38, RFC 9293 §3.8.6.2.1 (3), Fs = 1/2.
// Shows: MUST-38
TEST(SillyWindowSender, TakesHalfOfTheLargestWindowForWorthASegment) {
  Story story;
  auto socket = established_with_window(story, 600);
  socket.write(2000);
  story.expect(". 1:601(600) ack 1", Why::NewData);
  story.inject(ack(601, 300));
  story.expect(". 601:901(300) ack 1", Why::NewData);
  story.inject(ack(901, 299));
  story.expect_nothing();
  story.expect_hold(Why::HoldSillyWindow);
}

// MUST-38, (2): all that there is may go, however little.
// Shows: MUST-38
TEST(SillyWindowSender, SendsTheLastDataIntoASmallWindow) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 100));
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
}

// While data is in flight its acknowledgment decides, not the override timer.
// Shows: MUST-38 (against)
TEST(SillyWindowSender, WaitsForTheAcknowledgmentOfWhatIsInFlight) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 1100));
  socket.write(3000);
  expect_flight(story, 1, 1);
  story.expect_hold(Why::HoldSillyWindow);
  story.inject(ack(1001, 1000));
  expect_flight(story, 1001, 1);
}

// RFC 9293 §3.8.6.2.1: the override timeout lies between 0.1 and 1 s, however long the retransmission timeout is.
TEST(SillyWindowSender, OverridesWithinASecond) {
  Config config = testing::plain_config();
  config.tcp.rto_min = 3s;
  Story story(config);
  auto socket = established(story);
  story.inject(ack(1, 100));
  socket.write(3000);
  story.expect_after(1s, ". 1:101(100) ack 1", Why::NewData);
}

/// Full of unread data; SYN-ACK and ACK have offered 4000 octets.
test::StorySocket full(Story& story) {
  auto socket = established(story);
  for (std::uint32_t begin = 1; begin < 4001; begin += 1000) {
    story.inject(data(begin, begin + 1000));
    story.expect(fmt::format(". 1:1(0) ack {} win {}", begin + 1000, 3001 - begin), Why::QuickAck);
  }
  return socket;
}

Config small_buffer() {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  return config;
}

// MUST-39, RFC 9293 §3.8.6.2.2, RFC 1122 §4.2.3.3: a reader of single octets.
// Shows: MUST-39, B45
TEST(SillyWindowReceiver, OpensByASegmentOrHalfTheBuffer) {
  Story story(small_buffer());
  auto socket = full(story);
  std::uint32_t offered = 0;
  for (std::uint32_t room = 1; room <= 4000; ++room) {
    socket.read(1);
    const std::uint32_t now_offered = info(story).rcv_wnd;
    if (now_offered == offered) continue;
    EXPECT_GE(now_offered - offered, 1000U);
    EXPECT_EQ(now_offered, room);
    story.expect(fmt::format(". 1:1(0) ack 4001 win {}", room), Why::WindowUpdate);
    offered = now_offered;
  }
  EXPECT_EQ(offered, 4000U);
}

// The acknowledgments of data do not carry crumbs of window either.
// Shows: MUST-39 (against)
TEST(SillyWindowReceiver, KeepsTheRightEdgeUntilItMovesByASegment) {
  Story story(small_buffer());
  auto socket = established(story);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 1001 win 3000", Why::QuickAck);
  socket.read(500);
  story.inject(data(1001, 2001));
  story.expect(". 1:1(0) ack 2001 win 2000", Why::QuickAck);
  socket.read(500);
  story.inject(data(2001, 3001));
  story.expect(". 1:1(0) ack 3001 win 2000", Why::QuickAck);
}

// A buffer smaller than two segments opens by half of it.
TEST(SillyWindowReceiver, OpensASmallBufferByHalf) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 1200;
  Story story(config);
  auto socket = established(story);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 1001 win 200", Why::QuickAck);
  story.inject(data(1001, 1201));
  story.expect(". 1:1(0) ack 1201 win 0", Why::QuickAck);
  socket.read(599);
  story.expect_nothing();
  socket.read(1);
  story.expect(". 1:1(0) ack 1201 win 600", Why::WindowUpdate);
}

// Nothing to tell where the field can't say more: without scaling a larger buffer opens no larger window.
TEST(SillyWindowReceiver, TellsOfNoRoomThatTheFieldCannotSay) {
  Story story;  // 256 KiB
  auto socket = established(story);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 1001 win 65535", Why::QuickAck);
  for (int i = 0; i < 1000; ++i) socket.read(1);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
