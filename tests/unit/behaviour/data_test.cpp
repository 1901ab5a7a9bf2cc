// Data both ways on an established connection. RFC 9293 §3.7.4, §3.8.6; RFC 5681 §4.2.
#include <fmt/format.h>

#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

TEST(Sending, FillsSegmentsAndPushesTheLast) {
  Story story;
  auto socket = established(story);
  socket.write(2500);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect(". 1001:2001(1000) ack 1", Why::NewData);
  story.expect("P. 2001:2501(500) ack 1", Why::LastBufferedData);
  story.inject(". 1:1(0) ack 2501 win 65535");
  story.expect_nothing();
}

// Shows: RFC 2525 §2.1
TEST(Sending, StopsAtTheInitialCongestionWindow) {
  Story story;
  auto socket = established(story);
  socket.write(20'000);
  for (int i = 0; i < 10; ++i)
    story.expect(fmt::format(". {}:{}(1000) ack 1", i * 1000 + 1, i * 1000 + 1001), Why::NewData);
  story.expect_hold(Why::HoldCongestionWindow);
  story.inject(". 1:1(0) ack 2001 win 65535");  // slow start: two acknowledged, three more for the one that it counts
  story.expect(". 10001:11001(1000) ack 1", Why::NewData);
  story.expect(". 11001:12001(1000) ack 1", Why::NewData);
  story.expect(". 12001:13001(1000) ack 1", Why::NewData);
}

TEST(Sending, StopsAtThePeersWindow) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 1500");
  socket.write(3000);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect_hold(Why::HoldSillyWindow);
  story.inject(". 1:1(0) ack 1001 win 0");
  story.expect_hold(Why::HoldPeerWindow);
  story.inject(". 1:1(0) ack 1001 win 5000");
  story.expect(". 1001:2001(1000) ack 1", Why::NewData);
  story.expect("P. 2001:3001(1000) ack 1", Why::LastBufferedData);
}

// RFC 9293 §3.8.6.1 (MUST-35, MUST-36, SHLD-30): probes with doubled waits for as long as the peer answers.
// Shows: MUST-35, MUST-36, SHLD-30
TEST(ZeroWindow, IsProbed) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 0");
  socket.write(100);
  story.expect_hold(Why::HoldPeerWindow);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(". 1:1(0) ack 1 win 0");
  story.expect_after(400ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(". 1:1(0) ack 1 win 0");
  story.expect_after(800ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(". 1:1(0) ack 1 win 1000");
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
}

// What was acknowledged long ago is no octet of data, and must be acknowledged again all the same (Linux).
TEST(ZeroWindow, CanBeProbedWithoutData) {
  Config config = testing::plain_config();
  config.tcp.probe_without_data = true;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 0");
  socket.write(100);
  story.expect_after(200ms, ". 0:0(0) ack 1", Why::WindowProbe);
  story.inject(". 1:1(0) ack 1 win 0");
  story.expect_after(400ms, ". 0:0(0) ack 1", Why::WindowProbe);
  story.inject(". 1:1(0) ack 2 win 0");
  story.expect(". 1:1(0) ack 1", Why::AckOfUnsentData);
  story.inject(". 1:1(0) ack 1 win 1000");
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
}

// RFC 9293 §3.8.6.1 says by how much the interval grows, not from when it counts: in Linux from the answer. The times are
// those of its kernel: RTO 200 ms, a round trip of 80 ms.
// Shows: SHLD-29, SHLD-30
TEST(ZeroWindow, NextProbeMayWaitFromTheAnswerToTheLast) {
  Config config = testing::plain_config();
  config.tcp.probe_wait_from_answer = true;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 0");
  socket.write(100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.advance(80ms);
  story.inject(". 1:1(0) ack 1 win 0");
  story.expect_after(400ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.expect_after(800ms, ". 1:2(1) ack 1", Why::WindowProbe);  // without an answer: from the probe
}

// Whoever says again and again that his window is closed cannot put the next probe off.
TEST(ZeroWindow, OneAnswerPutsOffOneProbe) {
  Config config = testing::plain_config();
  config.tcp.probe_wait_from_answer = true;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 0");
  socket.write(100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  for (int i = 0; i < 3; ++i) {
    story.advance(100ms);
    story.inject(". 1:1(0) ack 1 win 0");
  }
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);  // 400 ms from the first answer
}

// RFC 9293 §3.8.6.2.1 (4): the override timeout.
// Shows: MUST-60 (against)
TEST(SillyWindow, IsUsedInTheEnd) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1(0) ack 1 win 100");
  socket.write(3000);
  story.expect_hold(Why::HoldSillyWindow);
  story.expect_after(200ms, ". 1:101(100) ack 1", Why::NewData);
}

// Shows: SHLD-7, RFC 896
TEST(Nagle, KeepsASmallSegmentBackUntilTheOtherIsAcknowledged) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(100);
  story.expect_hold(Why::HoldNagle);
  socket.write(50);
  story.expect_nothing();
  story.inject(". 1:1(0) ack 101 win 65535");
  story.expect("P. 101:251(150) ack 1", Why::LastBufferedData);
}

// Shows: MUST-17
TEST(Nagle, CanBeTurnedOff) {
  Story story;
  auto socket = established(story);
  ASSERT_TRUE(socket.socket().set_no_delay(true));
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(100);
  story.expect("P. 101:201(100) ack 1", Why::LastBufferedData);
}

TEST(Receiving, AcknowledgesTheFirstSegmentsAtOnce) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1001", Why::QuickAck);
  socket.read(1000);
  socket.expect_nothing_to_read();
}

// Shows: MUST-58, SHLD-19
TEST(Receiving, AcknowledgesEverySecondSegment) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect_nothing();
  story.expect_hold(Why::HoldDelayedAck);
  story.inject(". 1001:2001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2001", Why::AckEverySecond);
}

// Shows: SHLD-18, MUST-40
TEST(Receiving, AcknowledgesALoneSegmentAfterAWhile) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect_after(40ms, ". 1:1(0) ack 101", Why::DelayedAckTimeout);
}

TEST(Receiving, LetsDataCarryTheAcknowledgment) {
  Story story(delaying_config());
  auto socket = established(story);
  story.inject("P. 1:101(100) ack 1 win 65535");
  socket.write(200);
  story.expect("P. 1:201(200) ack 101", Why::LastBufferedData);
  story.advance(100ms);
  story.expect_nothing();
}

TEST(Receiving, AcknowledgesPushedDataAtOnceIfToldTo) {
  Config config = delaying_config();
  config.tcp.ack_pushed = true;
  Story story(config);
  auto socket = established(story);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101", Why::AckPushed);
}

TEST(Receiving, PutsSegmentsInOrder) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(". 1001:2001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:2001>", Why::AckOutOfOrder);
  story.inject(". 3001:4001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 3001:4001 1001:2001>", Why::AckOutOfOrder);
  story.inject(". 1001:2001(1000) ack 1 win 65535");  // held already
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2001 <nop,nop,sack 3001:4001>", Why::AckFillsGap);
  story.inject(". 2001:3001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 4001 <>", Why::AckFillsGap);
  socket.read(4000);
}

TEST(Receiving, OwesADuplicateAckForEachSegmentOfABatch) {
  Story story;
  auto socket = established(story);
  story.inject_batch(
      {". 1001:2001(1000) ack 1 win 65535", ". 2001:3001(1000) ack 1 win 65535", ". 3001:4001(1000) ack 1 win 65535"});
  for (int i = 0; i < 3; ++i) story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
}

TEST(Receiving, AnswersOldDataWithTheCurrentNumbers) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1001", Why::QuickAck);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect_drop(Why::DropUnacceptable);
  story.expect(". 1:1(0) ack 1001", Why::AckUnacceptable);
}

TEST(Receiving, TrimsWhatOverlapsAndKeepsTheRest) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1001");
  story.inject(". 501:1501(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1501");
  socket.read(1500);
}

TEST(Peek, TellsWhatAReadWouldTell) {
  Story story;
  auto socket = established(story);
  std::array<std::byte, 10> out{};
  const auto peek = [&] { return socket.socket().peek(out); };
  EXPECT_EQ(peek().error(), Error::WouldBlock);
  story.inject("F. 1:6(5) ack 1 win 65535");
  story.expect(". 1:1(0) ack 7");
  EXPECT_EQ(*peek(), 5U);
  EXPECT_EQ(*peek(), 5U);
  socket.read(5);
  EXPECT_EQ(*peek(), 0U);
  story.inject("R 7:7(0) win 0");
  EXPECT_EQ(peek().error(), Error::ConnectionReset);
}

// RFC 9293 §3.9.1.3: "A TCP receiver MAY pass a received PSH bit to the application layer". Its place counts, wherever segments
// and reads begin and end, and in whatever order they come; one that lies beyond the window was not received.
// Shows: MAY-17, MAY-17 (against)
TEST(Push, IsShownWhereItStands) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4096;
  Story story(config);
  auto socket = established(story);
  EXPECT_FALSE(socket.socket().pushed());
  story.inject("P. 101:201(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1");
  story.inject(". 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 201");
  story.inject(". 201:301(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 301");
  for (const std::size_t part : {100U, 99U, 1U, 100U}) {
    socket.read(part);
    EXPECT_EQ(socket.socket().pushed(), part == 1) << part;
  }
  story.inject("FP. 301:5001(4700) ack 1 win 65535");
  story.expect(". 1:1(0) ack 4097 win 0");
  socket.read(3796);
  EXPECT_FALSE(socket.socket().pushed());
  while (!story.take_packet().empty()) {  // the window opens again
  }
  story.inject("FP. 4097:4107(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 4108");
  socket.read(10);
  EXPECT_TRUE(socket.socket().pushed());
}

TEST(ReceiveWindow, ClosesAndIsOpenedByReading) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = established(story);
  story.inject_batch({". 1:1001(1000) ack 1 win 65535", ". 1001:2001(1000) ack 1 win 65535",
                      ". 2001:3001(1000) ack 1 win 65535", ". 3001:4001(1000) ack 1 win 65535"});
  story.expect(". 1:1(0) ack 4001 win 0", Why::QuickAck);
  story.inject(". 4001:4002(1) ack 1 win 65535");  // a probe
  story.expect(". 1:1(0) ack 4001 win 0", Why::AckUnacceptable);
  socket.read(500);
  story.expect_nothing();
  story.expect_hold(Why::HoldWindowUpdate);
  socket.read(500);
  story.expect(". 1:1(0) ack 4001 win 1000", Why::WindowUpdate);
}

TEST(Reassembly, HasACap) {
  Config config = testing::plain_config();
  config.tcp.max_out_of_order_ranges = 1;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1001:2001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.inject(". 3001:4001(1000) ack 1 win 65535");  // the farthest is given up
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.expect_drop(Why::DropReassemblyFull);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2001", Why::AckFillsGap);
}

}  // namespace
}  // namespace tunic
