// Nagle's algorithm. RFC 9293 §3.7.4.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// SHLD-7, RFC 9293 §3.7.4: full segments never wait.
// Shows: SHLD-7
TEST(NagleAlgorithm, LetsFullSegmentsGo) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(2500);
  story.expect(". 101:1101(1000) ack 1", Why::NewData);
  story.expect(". 1101:2101(1000) ack 1", Why::NewData);
  story.expect_hold(Why::HoldNagle);
  story.inject(ack(101));
  story.expect("P. 2101:2601(500) ack 1", Why::LastBufferedData);
}

// Deviation (RFC 9293 §3.7.4), as its appendix A.3 describes: a small segment waits for small ones only, so that the end of
// a large write is not delayed by the peer's delayed acknowledgment (B45).
// Shows: B45
TEST(NagleAlgorithm, LetsTheTailOfALargeWriteGo) {
  Story story;
  auto socket = established(story);
  socket.write(3001);
  expect_flight(story, 1, 3);
  story.expect("P. 3001:3002(1) ack 1", Why::LastBufferedData);
  socket.write(1);
  story.expect_hold(Why::HoldNagle);
}

TEST(NagleAlgorithm, WaitsForTheSmallSegmentNotForWhatWentBefore) {
  Story story;
  auto socket = established(story);
  socket.write(1500);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:1501(500) ack 1", Why::LastBufferedData);
  socket.write(10);
  story.expect_hold(Why::HoldNagle);
  story.inject(ack(1001));
  story.expect_nothing();
  story.inject(ack(1501));
  story.expect("P. 1501:1511(10) ack 1", Why::LastBufferedData);
}

// A lone small segment is sent at once.
// Shows: SHLD-7, MUST-60
TEST(NagleAlgorithm, DoesNotDelayWhenNothingIsOutstanding) {
  Story story;
  auto socket = established(story);
  for (std::uint32_t i = 0; i < 3; ++i) {
    socket.write(1);
    story.expect(fmt::format("P. {}:{}(1) ack 1", i + 1, i + 2), Why::LastBufferedData);
    story.inject(ack(i + 2));
  }
}

// The write-write-read pattern ends with the FIN where nothing more will come.
TEST(NagleAlgorithm, EndsWithTheLastData) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(100);
  story.expect_nothing();
  socket.shutdown_send();
  story.expect("FP. 101:201(100) ack 1");
}

// The application may turn it off, also for what waits already.
// Shows: MUST-17
TEST(NagleAlgorithm, TurnedOffSendsWhatWaits) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(100);
  story.expect_nothing();
  ASSERT_TRUE(socket.socket().set_no_delay(true));
  story.settle();
  story.expect("P. 101:201(100) ack 1", Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
