// Urgent data: a pointer ahead of the stream. RFC 9293 §3.8.5, §3.10.7.4 (sixth); B12.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// Shows: MUST-30, MUST-62
TEST(UrgentDataSent, PointsToTheOctetBehindIt) {
  Story story;
  auto socket = established(story);
  socket.write_urgent(10);
  story.expect("PU. 1:11(10) ack 1 urg 10");
  socket.write(100);
  story.expect("P. 11:111(100) ack 1", Why::LastBufferedData);  // behind it, and urgent mode knows no Nagle's algorithm
  story.inject(ack(11));
  socket.write(100);
  story.expect_hold(Why::HoldNagle);  // urgent mode is over
  story.inject(ack(111));
  story.expect("P. 111:211(100) ack 1", Why::LastBufferedData);
}

// What was written before is on the way too: the pointer is the same in every segment, and in what is sent again.
// Shows: MUST-62, B50
TEST(UrgentDataSent, PointsThereFromEverySegmentBeforeIt) {
  Story story;
  auto socket = established(story);
  socket.write(1500);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect("P. 1001:1501(500) ack 1", Why::LastBufferedData);
  socket.write_urgent(100);
  story.expect("PU. 1501:1601(100) ack 1 urg 100", Why::LastBufferedData);  // no small segment has to wait
  story.inject(". 1:101(100) ack 1 win 65535");
  story.expect(". 1601:1601(0) ack 101");
  story.expect_after(200ms, "U. 1:1001(1000) ack 101 urg 1600", Why::TimeoutRetransmit);
  story.inject(". 101:101(0) ack 1001 win 65535");
  story.expect("PU. 1001:1601(600) ack 101 urg 600", Why::LossRetransmit);
  story.inject(". 101:101(0) ack 1601 win 65535");
}

// The field has 16 bits; what it can't reach it comes nearer to.
// Shows: MUST-31, B51
TEST(UrgentDataSent, MayBeOfAnyLength) {
  Story story;
  auto socket = established_with_window(story, 2000);
  socket.write_urgent(70'000);
  story.expect("U. 1:1001(1000) ack 1 urg 65535");
  story.expect("U. 1001:2001(1000) ack 1 urg 65535");
  for (std::uint32_t begin = 2001; begin < 70'001; begin += 1000) {
    story.inject(ack(begin - 1000, 2000));
    const std::uint32_t left = std::min(70'001 - begin, 65535U);
    const bool last = begin == 69'001;
    story.expect(fmt::format("{}U. {}:{}(1000) ack 1 urg {}", last ? "P" : "", begin, begin + 1000, left));
  }
  story.inject(ack(70'001, 2000));
}

// A peer that has no room is the one that has to hear.
// Shows: MUST-30
TEST(UrgentDataSent, IsAnnouncedAtAClosedWindow) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 0));
  socket.write_urgent(100);
  story.expect("U. 1:1(0) ack 1 urg 100", Why::UrgentPointer);
  story.expect_after(200ms, "U. 1:2(1) ack 1 urg 100", Why::WindowProbe);
  story.inject(ack(1, 1000));
  story.expect("PU. 1:101(100) ack 1 urg 100");
}

TEST(UrgentDataSent, PassesACork) {
  Story story;
  auto socket = established(story);
  SocketOptions options = socket.socket().options();
  options.cork = true;
  ASSERT_TRUE(socket.socket().set_options(options));
  socket.write(100);
  story.expect_hold(Why::HoldCork);
  socket.write_urgent(1);
  story.expect("PU. 1:102(101) ack 1 urg 101");
}

// The application is told at once, and learns how much is left; its reads stop at the mark.
// Shows: MUST-32, MUST-33
TEST(UrgentDataReceived, IsToldBeforeItIsThere) {
  Story story;
  auto socket = established(story);
  int told = 0;
  socket.socket().on_ready([&](Readiness ready) { told += ready.urgent ? 1 : 0; });
  story.settle();
  story.inject("U. 1:1(0) ack 1 win 65535 urg 150");
  story.expect_nothing();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(socket.socket().octets_to_mark(), 149U);
  story.inject("U. 1:101(100) ack 1 win 65535 urg 150");
  story.expect(". 1:1(0) ack 101");
  story.inject("U. 101:201(100) ack 1 win 65535 urg 60");
  story.expect(". 1:1(0) ack 201");
  EXPECT_EQ(socket.socket().octets_to_mark(), 159U);
  EXPECT_EQ(socket.read_some(100), 100U);
  EXPECT_EQ(socket.socket().octets_to_mark(), 59U);
  EXPECT_EQ(socket.read_some(100), 59U);
  EXPECT_EQ(socket.socket().octets_to_mark(), 0U);
  EXPECT_EQ(socket.read_some(100), 41U);
  EXPECT_EQ(socket.socket().octets_to_mark(), std::nullopt);
  EXPECT_FALSE(socket.socket().readiness().urgent);
}

// Whenever the pointer advances, and only then.
// Shows: MUST-32, B12
TEST(UrgentDataReceived, NeverRecedes) {
  Story story;
  auto socket = established(story);
  int told = 0;
  socket.socket().on_ready([&](Readiness) { ++told; });
  story.settle();
  const int before = told;
  story.inject("U. 1:1(0) ack 1 win 65535 urg 100");
  EXPECT_EQ(told - before, 1);
  for (const std::string_view old : {"urg 0", "urg 1", "urg 99", "urg 100"}) {
    story.inject("U. 1:1(0) ack 1 win 65535 " + std::string(old));
  }
  EXPECT_EQ(told - before, 1);
  EXPECT_EQ(socket.socket().octets_to_mark(), 99U);
  story.inject("U. 1:1(0) ack 1 win 65535 urg 101");
  EXPECT_EQ(told - before, 2);
  EXPECT_EQ(socket.socket().octets_to_mark(), 100U);
}

// 0, behind what has arrived, beyond the segment, as far as the field goes (over the wrap of the numbers too), in a repeated
// segment with another pointer, in segments that are out of order or old: nothing but a mark comes of it.
// Shows: B12, B50
TEST(UrgentDataReceived, ChangesNoOctet) {
  Story story;
  auto socket = established(story);
  for (const std::string_view segment :
       {"U. 1:101(100) ack 1 win 65535 urg 0", "U. 201:301(100) ack 1 win 65535 urg 65535",
        "U. 201:301(100) ack 1 win 65535 urg 7", "U. 101:201(100) ack 1 win 65535 urg 65535",
        "U. 1:101(100) ack 1 win 65535 urg 50", "PU. 301:401(100) ack 1 win 65535 urg 1"}) {
    story.inject(segment);
  }
  discard_sent(story);
  EXPECT_EQ(socket.socket().octets_to_mark(), 65734U);
  socket.read(400);
  EXPECT_EQ(socket.socket().octets_to_mark(), 65334U);
  story.inject("F. 401:401(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 402", Why::AckFin);
  EXPECT_EQ(socket.socket().octets_to_mark(), std::nullopt);  // what it pointed to will not come
  socket.expect_end();
}

// Shows: MUST-66, B12
TEST(UrgentDataReceived, IsHeardOfAtAClosedWindow) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 2000;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1:1001(1000) ack 1 win 65535");
  story.inject(". 1001:2001(1000) ack 1 win 65535");
  discard_sent(story);
  for (const std::string_view segment :
       {"U. 2001:2001(0) ack 1 win 65535 urg 10", "U. 2001:2101(100) ack 1 win 65535 urg 20"}) {
    const auto before = socket.socket().octets_to_mark().value_or(0);
    story.inject(segment);
    discard_sent(story);
    EXPECT_GT(socket.socket().octets_to_mark().value_or(0), before);
  }
  EXPECT_EQ(socket.socket().octets_to_mark(), 2019U);
}

// RFC 9293 §3.10.7.4: in the other states the bit means nothing; nor does it in a SYN.
// Shows: B12
TEST(UrgentDataReceived, MeansNothingWhereNoDataIsTaken) {
  Story story;
  story.listen(80);
  story.inject("SU 0:0(0) win 65535 urg 9 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject(ack(1));
  auto socket = story.accept();
  EXPECT_EQ(socket.socket().octets_to_mark(), std::nullopt);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2", Why::AckFin);
  story.inject("U. 2:2(0) ack 1 win 65535 urg 9");
  EXPECT_EQ(socket.socket().octets_to_mark(), std::nullopt);
}

}  // namespace
}  // namespace tunic
