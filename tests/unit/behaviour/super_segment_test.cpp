// Devices that cut: many segments as one, both ways. What the rest of TCP counts stays segments. RFC 9293 §3.7.1, RFC 5681.
#include "testing/pattern.hpp"
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// Only whole segments go together: the rest of a write leaves by itself, by Nagle's rules.
// Shows: MUST-16, MUST-61
TEST(SuperSegments, CarryWholeSegments) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  socket.write(5400);
  story.expect_super(". 1:5001(5000) ack 1", 1000, Why::NewData);
  story.expect_super("P. 5001:5401(400) ack 1", 0, Why::LastBufferedData);
  EXPECT_EQ(story.connection()->segments_out, 5U + 1);  // tcpi_segs_out counts what a wire carries
  socket.write(2000);
  story.inject(ack(5401));
  story.expect_super("P. 5401:7401(2000) ack 1", 1000, Why::LastBufferedData);
}

// One segment is a segment.
TEST(SuperSegments, AreMoreThanOne) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  socket.write(1000);
  story.expect_super("P. 1:1001(1000) ack 1", 0, Why::LastBufferedData);
}

// RFC 5681 §3.1: neither window is overrun, and what it has no whole segment's room for stays.
TEST(SuperSegments, KeepToBothWindows) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  socket.write(30'000);
  story.expect_super(". 1:10001(10000) ack 1", 1000, Why::NewData);
  story.expect_hold(Why::HoldCongestionWindow);
  story.inject(ack(10'001, 5500));
  story.expect_super(". 10001:15001(5000) ack 1", 1000, Why::NewData);
  story.expect_hold(Why::HoldSillyWindow);
  story.inject(ack(15'001));
  story.expect_super(". 15001:26001(11000) ack 1", 1000);
  story.expect_hold(Why::HoldCongestionWindow);
}

// A FIN rides behind the last data as ever; the device gives it to the last wire segment.
TEST(SuperSegments, CarryTheFin) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  story.inject(ack(1, 0));
  socket.write(3000);
  socket.shutdown_send();
  story.inject(ack(1));
  story.expect_super("FP. 1:3001(3000) ack 1", 1000);
}

// What is missing is sent again segment by segment, and while something is missing new data too.
TEST(SuperSegments, AreCutWhereSomethingIsMissing) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  socket.write(8000);
  story.expect_super("P. 1:8001(8000) ack 1", 1000);
  socket.write(5000);
  story.expect_super(". 8001:10001(2000) ack 1", 1000);
  story.inject(ack(1001));
  story.expect_super(". 10001:12001(2000) ack 1", 1000);
  story.inject(ack(1001));
  story.expect_super("P. 12001:13001(1000) ack 1", 0, Why::LimitedTransmit);
  story.inject(ack(1001));
  story.inject(ack(1001));
  story.expect_super(". 1001:2001(1000) ack 1", 0, Why::FastRetransmit);
}

// RFC 2018 §3, RFC 3168 §6.1.2: SACK blocks would be copied, and each copy is a duplicate acknowledgment.
TEST(SuperSegments, CarryNoSackBlocks) {
  Story story(sack_config());
  story.take_super_segments();
  auto socket = established_with_sack(story);
  story.inject("P. 1001:2001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:2001>", Why::AckOutOfOrder);
  socket.write(3000);
  story.expect_super(". 1:989(988) ack 1 <nop,nop,sack 1001:2001>", 0, Why::NewData);
  story.expect_super(". 989:1977(988) ack 1 <nop,nop,sack 1001:2001>", 0, Why::NewData);
  story.expect_super(". 1977:2965(988) ack 1 <nop,nop,sack 1001:2001>", 0, Why::NewData);
  story.expect_super("P. 2965:3001(36) ack 1 <nop,nop,sack 1001:2001>", 0, Why::LastBufferedData);
}

// RFC 9293 §3.8.5: the pointer counts from each segment's own number.
TEST(SuperSegments, CarryNoUrgentPointer) {
  Story story;
  story.take_super_segments();
  auto socket = established(story);
  socket.write_urgent(2000);
  story.expect_super("U. 1:1001(1000) ack 1 urg 2000", 0);
  story.expect_super("PU. 1001:2001(1000) ack 1 urg 1000", 0);
  socket.write(2000);
  story.inject(ack(2001));
  story.expect(". 2001:3001(1000) ack 1");
  story.expect("P. 3001:4001(1000) ack 1");
}

// SHLD-19: a super-segment counts as its segments, so that two of them owe an ACK, and each early one counts.
// Shows: SHLD-19
TEST(SuperSegments, CountAsTheirSegmentsForAcknowledgments) {
  Story story;
  auto socket = established(story);
  std::uint32_t next = 1;
  for (int i = 0; i < 4; ++i, next += 1600) {
    story.inject_super(data(next, next + 1600), 400);
    story.expect(fmt::format(". 1:1(0) ack {}", next + 1600), Why::QuickAck);
  }
  story.inject(data(next, next + 400));  // sixteen were acknowledged at once: this one waits
  story.expect_hold(Why::HoldDelayedAck);
  story.inject_super(data(next + 400, next + 1200), 400);
  story.expect(fmt::format(". 1:1(0) ack {}", next + 1200), Why::AckEverySecond);
  EXPECT_EQ(story.connection()->segments_in, 2U + 16 + 1 + 2);
  EXPECT_EQ(story.connection()->rcv_mss, 1000U);  // not the super-segment's size
}

// RFC 5681 §4.2: each segment beyond a hole owes a duplicate, as its sender counts them.
TEST(SuperSegments, OweADuplicatePerSegmentBeyondAHole) {
  Story story;
  auto socket = established(story);
  story.inject_super(data(1001, 4001), 1000);
  for (int i = 0; i < 3; ++i) story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 4001", Why::AckFillsGap);
  socket.read(4000);
}

// To ourselves nothing is cut: the loopback carries what it gets.
TEST(SuperSegments, AreNotForTheLoopback) {
  Story story;
  story.take_super_segments();
  story.listen(7);
  TcpSocket client = TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 2), 7}).value();
  story.settle();
  test::StorySocket server = story.accept(7);
  EXPECT_EQ(client.write_some(testing::pattern(testing::Stream::FromPeer, 0, 20'000)).value(), 20'000U);
  story.settle();
  server.read(20'000);
  client.abort();
  server.abort();
}

}  // namespace
}  // namespace tunic
