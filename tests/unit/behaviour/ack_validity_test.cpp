// Acknowledgments that are wrong or hostile. RFC 9293 §3.10.7.4, RFC 5961 §5, RFC 5681 §3.1.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// RFC 9293 §3.10.7.4, B46: it acknowledges what was never sent; nothing of it counts.
// Shows: B46
TEST(OptimisticAck, OfUnsentDataChangesNothing) {
  Story story;
  auto socket = established(story);
  socket.write(2000);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(2002, 1));
  story.expect_drop(Why::DropAckUnsent);
  story.expect(". 2001:2001(0) ack 1", Why::AckOfUnsentData);
  EXPECT_EQ(info(story).unacked, 2000U);
  EXPECT_EQ(info(story).snd_wnd, 65535U);
  EXPECT_EQ(info(story).cwnd, 10'000U);
  story.inject(fmt::format(". 1:1(0) ack {} win 1", 2001 + (1U << 30)));
  story.expect_drop(Why::DropAckUnsent);
  story.expect(". 2001:2001(0) ack 1", Why::AckOfUnsentData);
  story.inject(ack(2001));
  EXPECT_EQ(info(story).unacked, 0U);
}

// RFC 5961 §5: below SND.UNA - MAX.SND.WND it may be forged; the text is not taken.
// Shows: RFC 5961 §5, B27
TEST(OldAck, OlderThanAnyWindowIsChallenged) {
  Story story;
  auto socket = established_with_window(story, 2000);
  socket.write(4000);
  expect_flight(story, 1, 2);
  story.inject(ack(2001, 2000));
  expect_flight(story, 2001, 1);
  story.expect("P. 3001:4001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(4001, 2000));
  story.inject("P. 1:101(100) ack 2000 win 2000");
  story.expect_drop(Why::DropAckTooOld);
  story.expect(". 4001:4001(0) ack 1", Why::ChallengeAckData);
  socket.expect_nothing_to_read();
  story.inject("P. 1:101(100) ack 2001 win 2000");  // just young enough
  story.expect(". 4001:4001(0) ack 101", Why::QuickAck);
  socket.read(100);
}

// RFC 9293 §3.10.7.4: "If the ACK is a duplicate, it can be ignored."
TEST(OldAck, IsIgnored) {
  Story story;
  auto socket = established(story);
  socket.write(3000);
  expect_flight(story, 1, 2);
  story.expect("P. 2001:3001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(2001));
  for (int i = 0; i < 5; ++i) story.inject(ack(1001, 9));
  story.expect_nothing();
  EXPECT_EQ(info(story).unacked, 1000U);
  EXPECT_EQ(info(story).snd_wnd, 65535U);
}

// B47, RFC 5681 §3.1, RFC 3465: a segment acknowledged in a thousand pieces counts as one.
// Shows: B47, RFC 5681 §3.1
TEST(AckDivision, GainsNothing) {
  Story story;
  auto socket = established(story);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  for (std::uint32_t number = 2; number <= 1001; ++number) story.inject(ack(number));
  EXPECT_EQ(info(story).cwnd, 11'000U);
  expect_flight(story, 10'001, 2);
}

// An acknowledgment of many segments counts as one too.
// Shows: B47
TEST(AckDivision, NorDoesStretching) {
  Story story;
  auto socket = established(story);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  story.inject(ack(10'001));
  EXPECT_EQ(info(story).cwnd, 11'000U);
  expect_flight(story, 10'001, 11);
}

// A thousand forged duplicates move no more than the peer's window allows, and the window ends where the episode
// says it does.
// Shows: B47
TEST(ForgedDuplicates, AreBoundedByThePeersWindow) {
  Story story;
  auto socket = established(story);
  socket.write(200'000);
  expect_flight(story, 1, 10);
  for (int i = 0; i < 1000; ++i) {
    story.inject(ack(1));
    discard_sent(story);
  }
  EXPECT_LE(info(story).unacked, 65'535U);
  EXPECT_EQ(info(story).ssthresh, 5000U);
  EXPECT_EQ(info(story).cwnd, 5000U);
}

class LyingSacks : public ::testing::TestWithParam<const char*> {};

// B6, RFC 2018 §5: blocks that can't be true mark nothing, and lose nothing. 1:5001 is in flight, 1:1001 acknowledged.
// Shows: B6, RFC 2018 §5
TEST_P(LyingSacks, AreIgnored) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  socket.write(5000);
  expect_flight(story, 1, 4);
  story.expect("P. 4001:5001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(1001));
  for (int i = 0; i < 5; ++i) story.inject(sack(1001, GetParam()));
  story.expect_nothing();
  EXPECT_EQ(info(story).in_flight, 4000U);
  story.expect_after(200ms, ". 1001:2001(1000) ack 1", Why::TimeoutRetransmit);
}
INSTANTIATE_TEST_SUITE_P(Blocks, LyingSacks,
                         ::testing::Values("3001:3001", "4001:3001", "1:1001", "501:2001", "1001:2001", "4001:5002",
                                           "5001:6001", "2001:2147485649", "2147485649:2147486649", "1001:5001"));

// B5 (SACK panic): small segments, every second octet acknowledged alone. The books stay small, the stream whole.
// Shows: B5
TEST(SackPanic, IsBounded) {
  Config config = sack_config();
  config.tcp.max_sack_ranges = 16;
  Story story(config);
  auto socket = established(story, "S 0:0(0) win 65535 <mss 48,nop,nop,sackOK>");
  socket.write(480);
  discard_sent(story);
  for (std::uint32_t octet = 479; octet > 1; octet -= 2) {
    story.inject(sack(1, fmt::format("{}:{}", octet, octet + 1)));
    discard_sent(story);
  }
  story.inject(ack(481));
  EXPECT_EQ(info(story).unacked, 0U);
  socket.write(10);
  story.expect("P. 481:491(10) ack 1", Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
