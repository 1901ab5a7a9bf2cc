// Round-trip samples and what the RTO makes of them. RFC 6298, RFC 7323 §4.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// RFC 6298 §2.2 and §2.3, Karn's algorithm (§3).
// Shows: RFC 6298 §2, MUST-18
TEST(RoundTrip, IsMeasuredByTheHandshakeAndByData) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.advance(100ms);
  story.inject(ack(1));
  auto socket = story.accept();
  EXPECT_EQ(info(story).srtt, 100ms);
  EXPECT_EQ(info(story).rttvar, 50ms);
  EXPECT_EQ(info(story).rto, 300ms);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.advance(180ms);
  story.inject(ack(101));
  EXPECT_EQ(info(story).srtt, 110ms);      // 7/8 × 100 + 1/8 × 180
  EXPECT_EQ(info(story).rttvar, 57500us);  // 3/4 × 50 + 1/4 × 80
  EXPECT_EQ(info(story).rto, 340ms);
}

// RFC 6298 §3: which of the two sendings is answered? No sample, and the wait stays as long as it became.
// Shows: MUST-18 (against)
TEST(RoundTrip, IsNotMeasuredByWhatWasResent) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  const Duration srtt = info(story).srtt;
  story.advance(30ms);
  story.inject(ack(101));
  EXPECT_EQ(info(story).srtt, srtt);
  EXPECT_EQ(info(story).rto, 400ms);
  socket.write(100);
  story.expect("P. 101:201(100) ack 1", Why::LastBufferedData);
  story.expect_after(400ms, "P. 101:201(100) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(201));
  socket.write(100);
  story.expect("P. 201:301(100) ack 1", Why::LastBufferedData);
  story.inject(ack(301));  // sent once: a sample
  EXPECT_EQ(info(story).rto, 200ms);
  EXPECT_EQ(info(story).backoff, 0U);
}

// An acknowledgment of several segments, one of which was resent, measures the peer's waiting, not the network.
// Shows: MUST-18 (against)
TEST(RoundTrip, IsNotMeasuredAcrossAHole) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(5000);
  expect_flight(story, 1, 4);
  story.expect("P. 4001:5001(1000) ack 1", Why::LastBufferedData);
  const Duration srtt = info(story).srtt;
  story.advance(50ms);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.advance(50ms);
  story.inject(ack(5001));
  EXPECT_EQ(info(story).srtt, srtt);
}

// RFC 7323 §4.1, RFC 6298 §3: a timestamp tells which sending is answered.
// Shows: RFC 7323 §4
TEST(RoundTrip, IsMeasuredByTimestampsOfWhatWasResent) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1 <nop,nop,TS val 1000 ecr 100>", Why::LastBufferedData);
  story.expect_after(200ms, "P. 1:101(100) ack 1 <nop,nop,TS val 1200 ecr 100>", Why::TimeoutRetransmit);
  EXPECT_EQ(info(story).backoff, 1U);
  story.advance(40ms);
  story.inject(". 1:1(0) ack 101 win 65535 <nop,nop,TS val 340 ecr 1200>");
  EXPECT_EQ(info(story).backoff, 0U);
  EXPECT_EQ(info(story).rto, 200ms);
  EXPECT_GE(info(story).srtt, 5ms);  // 1/8 × 40
  EXPECT_LT(info(story).srtt, 6ms);
}

// A timestamp from the future or from long ago is no sample.
// Shows: B10
TEST(RoundTrip, IsNotMeasuredByImpossibleTimestamps) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  for (const std::uint32_t echo : {9'000'000U, 1U + (1U << 31)}) {
    socket.write(100);
    discard_sent(story);
    story.advance(info(story).rto);
    discard_sent(story);
    const Duration srtt = info(story).srtt;
    const std::uint32_t next = info(story).snd_nxt - info(story).iss;
    story.inject(fmt::format(". 1:1(0) ack {} win 65535 <nop,nop,TS val 340 ecr {}>", next, echo));
    EXPECT_EQ(info(story).unacked, 0U);
    EXPECT_EQ(info(story).srtt, srtt);
  }
}

// RFC 6298 §2.1, RFC 2525 §2.7: without a sample a second at least, in every profile.
// Shows: RFC 6298 §2, RFC 2525 §2.7
TEST(RoundTrip, IsAssumedToBeASecondAtFirst) {
  EXPECT_GE(Config::linux_profile().tcp.rto_initial, 1s);
  EXPECT_GE(Config::freebsd_profile().tcp.rto_initial, 1s);
}

}  // namespace
}  // namespace tunic
