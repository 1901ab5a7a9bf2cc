// The problems of TCP implementations that RFC 2525 lists, as far as they concern data.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// §2.3, Uninitialized CWND: a peer that names no MSS gets the initial window in segments of 536 octets, and no more.
// Shows: RFC 2525 §2.3
TEST(KnownProblems, InitialWindowWithoutAnMssOption) {
  Story story;
  auto socket = established(story, "S 0:0(0) win 65535");
  socket.write(60'000);
  for (std::uint32_t i = 0; i < 10; ++i)
    story.expect(fmt::format(". {}:{}(536) ack 1", i * 536 + 1, (i + 1) * 536 + 1), Why::NewData);
  story.expect_nothing();
}

// §2.1, No Initial Slow Start; §2.3, Uninitialized CWND: whoever opened, and whatever the peer's window.
// Shows: RFC 2525 §2.1, RFC 2525 §2.3
TEST(KnownProblems, TheFirstFlightIsTheInitialWindow) {
  for (const bool active : {false, true}) {
    Story story;
    test::StorySocket socket;
    if (active) {
      socket = story.connect(80);
      story.expect("S 0:0(0)", Why::ActiveOpen);
      story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
      story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
    } else {
      socket = established(story);
    }
    EXPECT_EQ(info(story).cwnd, 10'000U);
    EXPECT_EQ(info(story).ssthresh, 0xffffffffU);
    socket.write(60'000);
    expect_flight(story, 1, 10);
    story.expect_nothing();
    story.expect_hold(Why::HoldCongestionWindow);
    story.inject(ack(1001));
    EXPECT_EQ(info(story).cwnd, 11'000U);
    expect_flight(story, 10'001, 2);
  }
}

// §2.8, Failure of Window Deflation After Loss Recovery: the window ends at ssthresh, or below where little is in flight.
// Shows: RFC 2525 §2.8
TEST(KnownProblems, DeflationAfterRecovery) {
  Story story;
  auto socket = established(story);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  for (int i = 0; i < 20; ++i) {
    story.inject(ack(1));
    discard_sent(story);
  }
  const std::uint32_t recover = info(story).snd_nxt - info(story).iss;
  story.inject(ack(recover));
  EXPECT_EQ(info(story).cwnd, 2000U);
  expect_flight(story, recover, 2);
  story.expect_nothing();
}

// The same where more is in flight than ssthresh: no growth by the acknowledgment that ends the episode.
// Shows: RFC 2525 §2.8
TEST(KnownProblems, DeflationWithAFullPipe) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  story.inject(sack(1, "1001:4001"));
  story.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story.inject(sack(1, "1001:10001"));
  discard_sent(story);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).cwnd, 5000U);
  discard_sent(story);
}

// §2.14, Retransmission Sends Multiple Packets: also when the application writes more meanwhile.
TEST(KnownProblems, OneSegmentPerTimeout) {
  Story story;
  auto socket = established(story);
  socket.write(5000);
  expect_flight(story, 1, 4);
  story.expect("P. 4001:5001(1000) ack 1", Why::LastBufferedData);
  story.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  socket.write(5000);
  story.expect_nothing();
}

// §2.12, Window Probe Deadlock: a probe is answered while our own window is closed, though data waits on our side too.
// Shows: MAY-8, RFC 2525 §2.12
TEST(KnownProblems, ProbesAreAnsweredByAFullReceiver) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = established(story);
  story.inject(data(1, 4001));
  story.expect(". 1:1(0) ack 4001 win 0", Why::QuickAck);
  for (int i = 0; i < 20; ++i) {
    story.inject(". 4001:4002(1) ack 1 win 65535");
    story.expect(". 1:1(0) ack 4001 win 0", Why::AckUnacceptable);
    story.advance(60s);
  }
  socket.read(4000);
  story.expect(". 1:1(0) ack 4001 win 4000", Why::WindowUpdate);
  story.inject(". 4001:4002(1) ack 1 win 65535");
  story.expect(". 1:1(0) ack 4002", Why::QuickAck);
  socket.read(1);
}

// §2.18, Options Missing from TCP MSS Calculation: MUST-16: a segment with SACK blocks fits too.
// Shows: MUST-16 (against), RFC 2525 §2.18
TEST(KnownProblems, SackBlocksDoNotMakeASegmentTooLong) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  story.inject(". 101:201(100) ack 1 win 65535 <nop,nop,TS val 100 ecr 1000>");
  discard_sent(story);
  socket.write(3000);
  const char* const options = "<nop,nop,TS val 1000 ecr 100,nop,nop,sack 101:201>";
  story.expect(fmt::format(". 1:977(976) ack 1 {}", options), Why::NewData);
  story.expect(fmt::format(". 977:1953(976) ack 1 {}", options), Why::NewData);
  story.expect(fmt::format(". 1953:2929(976) ack 1 {}", options), Why::NewData);
  story.expect(fmt::format("P. 2929:3001(72) ack 1 {}", options), Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
