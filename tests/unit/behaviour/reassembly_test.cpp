// Data that arrives in another order. RFC 9293 §3.10.7.4.
#include <algorithm>
#include <array>

#include "segment/codec.hpp"
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using test::Story;

// SHLD-31, RFC 9293 §3.10.7.4: whatever the order, the stream is the same; no segment has to come twice.
// Shows: SHLD-31
TEST(Reassembling, TakesFiveSegmentsInAnyOrder) {
  std::array<std::uint32_t, 5> order{0, 1, 2, 3, 4};
  do {
    Story story;
    auto socket = established(story);
    for (const std::uint32_t place : order) {
      story.inject(data(place * 100 + 1, place * 100 + 101));
      discard_sent(story);
    }
    EXPECT_EQ(info(story).rcv_nxt - info(story).irs, 501U);
    EXPECT_EQ(info(story).out_of_order, 0U);
    socket.read(500);
    socket.expect_nothing_to_read();
  } while (std::ranges::next_permutation(order).found);
}

// Shows: B49
TEST(Reassembling, JoinsWhatOverlaps) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(101, 201));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 101:201>", Why::AckOutOfOrder);
  story.inject(data(301, 401));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 301:401 101:201>", Why::AckOutOfOrder);
  story.inject(data(51, 451));  // around both and between
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 101:201 51:451>", Why::AckOutOfOrder);
  story.inject(data(1, 101));
  story.expect(". 1:1(0) ack 451 <nop,nop,sack 51:101>", Why::AckFillsGap);
  socket.read(450);
}

/// The peer's segment with the pattern's octets from `from` on turned over.
void inject_forged(Story& story, std::string_view text, std::size_t from) {
  const auto written = parse_segment(text);
  ASSERT_TRUE(written);
  Segment segment = story.flow().to_live(*written, story.stack().pool());
  std::vector<std::byte> octets = segment.payload.to_vector();
  for (std::size_t i = from; i < octets.size(); ++i) octets[i] = ~octets[i];
  segment.payload = Chain(story.stack().pool().copy(octets));
  story.inject_packet(encode_segment(segment, {.ttl = 64}).to_vector());
}

// Of two versions of an octet the one that came first is read.
// Shows: B49, RFC 2525 §2.4
TEST(Reassembling, KeepsTheOctetsThatCameFirst) {
  Story story;
  auto socket = established(story);
  story.inject(data(101, 201));
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  inject_forged(story, data(151, 201), 0);  // held already
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  inject_forged(story, data(1, 201), 100);  // in order, and across what is held
  story.expect(". 1:1(0) ack 201", Why::AckFillsGap);
  inject_forged(story, data(101, 301), 0);
  story.expect(". 1:1(0) ack 301");
  socket.read(200);
}

// MUST-58, RFC 9293 §3.10.7.4: a FIN beyond a hole counts when the hole is filled.
// Shows: B38
TEST(Reassembling, KeepsAFinUntilItsTurn) {
  Story story;
  auto socket = established(story);
  story.inject("FP. 101:201(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.expect_state(TcpState::Established);
  story.inject(data(1, 101));
  story.expect(". 1:1(0) ack 202");
  story.expect_state(TcpState::CloseWait);
  socket.read(200);
  socket.expect_end();
}

// What lies above a hole is kept.
// Shows: RFC 2525 §2.5, SHLD-31
TEST(Reassembling, RetainsDataAboveAHole) {
  Story story;
  auto socket = established(story);
  for (std::uint32_t begin = 1001; begin < 10'001; begin += 1000) {
    story.inject(data(begin, begin + 1000));
    story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  }
  EXPECT_EQ(info(story).out_of_order, 9000U);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 10001", Why::AckFillsGap);
  socket.read(10'000);
}

// The farthest ranges are given up; what is in order is always taken.
// Shows: B48
TEST(ReassemblyCap, GivesUpTheFarthestRange) {
  Config config = sack_config();
  config.tcp.max_out_of_order_ranges = 3;
  Story story(config);
  auto socket = established_with_sack(story);
  for (const std::uint32_t begin : {701U, 501U, 301U}) {
    story.inject(data(begin, begin + 100));
    story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  }
  story.inject(data(901, 1001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 301:401 501:601 701:801>", Why::AckOutOfOrder);
  story.expect_drop(Why::DropReassemblyFull);
  story.inject(data(101, 201));  // nearer than what is held
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 101:201 301:401 501:601>", Why::AckOutOfOrder);
  story.inject(data(1, 101));
  story.expect(". 1:1(0) ack 201 <nop,nop,sack 301:401 501:601>", Why::AckFillsGap);
  story.inject(data(201, 1001));
  story.expect(". 1:1(0) ack 1001 <nop,nop,sack 301:401>", Why::AckFillsGap);  // RFC 2883: what came twice
  socket.read(1000);
}

// B48 (SegmentSmack): octets with holes between them pin little more than themselves.
// Shows: B48
TEST(ReassemblyCap, CountsWhatTinySegmentsPin) {
  Story story;
  auto socket = established(story);
  const std::size_t before = story.stack().pool().bytes_in_use();
  for (std::uint32_t begin = 20'001; begin > 2; begin -= 2) {
    story.inject(data(begin, begin + 1));
    story.take_packet();
  }
  const ConnectionInfo live = info(story);
  EXPECT_EQ(live.out_of_order, 512U);
  EXPECT_LE(story.stack().pool().bytes_in_use() - before, 512U * 256);
  story.inject(data(1, 20'001));
  story.expect(". 1:1(0) ack 20001", Why::AckFillsGap);
  socket.read(20'000);
}

}  // namespace
}  // namespace tunic
