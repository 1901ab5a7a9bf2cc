// Slices in and out: data that is written and read without being copied.
#include <limits>

#include "testing/pattern.hpp"
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using test::Story;
using testing::Stream;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Chain from_stack(Story& story, std::size_t size) {
  return Chain(story.stack().pool().copy(testing::pattern(Stream::FromStack, 0, size)));
}

TEST(WriteShared, TakesWhatFitsAndLeavesTheRest) {
  Config config = testing::plain_config();
  config.tcp.send_buffer = 5000;
  Story story(config);
  auto socket = established(story);
  Chain page = from_stack(story, 7000);
  const std::size_t in_use = story.stack().pool().bytes_in_use();
  EXPECT_EQ(socket.socket().write_shared(page).value(), 5000U);
  EXPECT_EQ(page.size(), 2000U);
  story.settle();
  expect_flight(story, 1, 4);
  story.expect("P. 4001:5001(1000) ack 1", Why::LastBufferedData);
  EXPECT_LE(story.stack().pool().bytes_in_use(), in_use + 256);  // shared: what was sent is the page itself
  EXPECT_EQ(socket.socket().write_shared(page).error(), make_error_code(Error::WouldBlock));
  EXPECT_EQ(page.size(), 2000U);
  story.inject(ack(5001));
  EXPECT_EQ(socket.socket().write_shared(page).value(), 2000U);
  EXPECT_TRUE(page.empty());
  story.settle();
  story.expect(". 5001:6001(1000) ack 1", Why::NewData);
  story.expect("P. 6001:7001(1000) ack 1", Why::LastBufferedData);
}

// One block answers two who ask, and both get all of it.
TEST(WriteShared, OneBlockMayBeSentTwice) {
  Story story;
  const Chain page = from_stack(story, 1500);
  auto first = established(story);
  Chain answer = page;
  EXPECT_EQ(first.socket().write_shared(answer).value(), 1500U);
  story.settle();
  story.expect(". 1:1001(1000) ack 1");
  story.expect("P. 1001:1501(500) ack 1");
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 1 win 65535");
  auto second = story.accept();
  answer = page;
  EXPECT_EQ(second.socket().write_shared(answer).value(), 1500U);
  story.settle();
  story.expect(". 1:1001(1000) ack 1");
  story.expect("P. 1001:1501(500) ack 1");
}

TEST(WriteShared, SaysThatMoreFollows) {
  Story story;
  auto socket = established(story);
  Chain part = from_stack(story, 300);
  ASSERT_TRUE(socket.socket().write_shared(part, true));
  story.settle();
  story.expect_hold(Why::HoldCork);
  story.expect_nothing();
}

TEST(WriteShared, FailsAsOtherWritesDo) {
  Story story;
  auto socket = established(story);
  ASSERT_TRUE(socket.socket().shutdown_send());
  Chain part = from_stack(story, 300);
  EXPECT_EQ(socket.socket().write_shared(part).error(), make_error_code(Error::BrokenPipe));
  EXPECT_EQ(part.size(), 300U);
  discard_sent(story);
}

// An echo passes on single octets, each in a block of its own: of what nobody else holds no more memory is kept than by copying.
TEST(WriteShared, GathersSmallPiecesThatNobodyElseHolds) {
  Story story;
  auto socket = established_with_window(story, 1);
  for (std::uint64_t at = 0; at < 500; ++at) {
    Chain octet(story.stack().pool().copy(testing::pattern(Stream::FromStack, at, 1)));
    ASSERT_EQ(socket.socket().write_shared(octet).value(), 1U);
  }
  story.settle();
  discard_sent(story);
  EXPECT_LE(story.stack().pool().bytes_in_use(), 2000U);
  EXPECT_EQ(info(story).unsent + info(story).unacked, 500U);
}

TEST(ReadShared, GivesWhatHasArrivedWithoutCopyingIt) {
  Story story;
  auto socket = established(story);
  EXPECT_EQ(socket.socket().read_shared(kAll).error(), make_error_code(Error::WouldBlock));
  story.inject(data(1, 1001));
  story.inject(data(1001, 2001));
  discard_sent(story);
  const std::size_t in_use = story.stack().pool().bytes_in_use();
  {
    const Chain first = socket.socket().read_shared(1500).value();
    const Chain second = socket.socket().read_shared(kAll).value();
    EXPECT_TRUE(testing::is_pattern(Stream::FromPeer, 0, first.to_vector()));
    EXPECT_TRUE(testing::is_pattern(Stream::FromPeer, 1500, second.to_vector()));
    EXPECT_EQ(first.size(), 1500U);
    EXPECT_EQ(second.size(), 500U);
    EXPECT_EQ(story.stack().pool().bytes_in_use(), in_use);
  }
  EXPECT_EQ(story.stack().pool().bytes_in_use(), 0U);
  story.inject("F. 2001:2001(0) ack 1 win 65535");
  EXPECT_TRUE(socket.socket().read_shared(kAll).value().empty());
  discard_sent(story);
}

// It opens the window as other reads do.
TEST(ReadShared, TellsThePeerOfTheRoom) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = established(story);
  story.inject(data(1, 4001));
  story.expect(". 1:1(0) ack 4001 win 0");
  ASSERT_EQ(socket.socket().read_shared(kAll).value().size(), 4000U);
  story.settle();
  story.expect(". 1:1(0) ack 4001 win 4000", Why::WindowUpdate);
}

// RFC 9293 MUST-33: reads stop before the last urgent octet.
TEST(ReadShared, StopsAtTheUrgentMark) {
  Story story;
  auto socket = established(story);
  story.inject("PU. 1:101(100) ack 1 win 65535 urg 50");
  EXPECT_EQ(socket.socket().read_shared(kAll).value().size(), 49U);
  EXPECT_EQ(socket.socket().octets_to_mark(), 0U);
  EXPECT_EQ(socket.socket().read_shared(kAll).value().size(), 51U);
  discard_sent(story);
}

}  // namespace
}  // namespace tunic
