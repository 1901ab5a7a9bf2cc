// Full segments only, as long as the application says that more comes. RFC 9293 §3.9.1.2 (MUST-60), §3.7.4.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

template <typename Change>
void change(test::StorySocket& socket, Story& story, Change&& how) {
  SocketOptions options = socket.socket().options();
  how(options);
  ASSERT_TRUE(socket.socket().set_options(options));
  story.settle();
}
void cork(test::StorySocket& socket, Story& story, bool on) {
  change(socket, story, [on](SocketOptions& options) { options.cork = on; });
}

TEST(Cork, KeepsASegmentThatIsNotFull) {
  Story story;
  auto socket = established(story);
  cork(socket, story, true);
  socket.write(600);
  story.expect_hold(Why::HoldCork);
  story.expect_nothing();
  socket.write(600);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect_hold(Why::HoldCork);
  story.inject(ack(1001));
  story.expect_nothing();
  cork(socket, story, false);
  story.expect("P. 1001:1201(200) ack 1", Why::LastBufferedData);
}

// MUST-60: never for ever: 200 ms, as on Linux, from where nothing is in flight any more.
// Shows: MUST-60, MUST-60 (against)
TEST(Cork, WaitsNoLongerThanItsTime) {
  Story story;
  auto socket = established(story);
  cork(socket, story, true);
  socket.write(1100);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.advance(150ms);
  story.inject(ack(1001));
  story.expect_after(200ms, "P. 1001:1101(100) ack 1", Why::LastBufferedData);
  story.inject(ack(1101));
  socket.write(50);
  story.expect_after(200ms, "P. 1101:1151(50) ack 1", Why::LastBufferedData);
}

// Acknowledgments of nothing new do not prolong it.
TEST(Cork, IsNotProlongedByThePeer) {
  Story story;
  auto socket = established(story);
  cork(socket, story, true);
  socket.write(100);
  story.advance(150ms);
  story.inject(ack(1, 65534));
  story.expect_after(50ms, "P. 1:101(100) ack 1", Why::LastBufferedData);
}

TEST(Cork, GivesWayToTheFin) {
  Story story;
  auto socket = established(story);
  cork(socket, story, true);
  socket.write(100);
  story.expect_nothing();
  socket.shutdown_send();
  story.expect("FP. 1:101(100) ack 1");
}

// As on Linux: what waits leaves when TCP_NODELAY is set, what comes later stays behind the cork.
TEST(Cork, IsOverruledOnceByNoDelay) {
  Story story;
  auto socket = established(story);
  cork(socket, story, true);
  socket.write(100);
  change(socket, story, [](SocketOptions& options) { options.no_delay = true; });
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  socket.write(100);
  story.expect_hold(Why::HoldCork);
  cork(socket, story, false);
  story.expect("P. 101:201(100) ack 1", Why::LastBufferedData);  // Nagle's algorithm is off
}

// Shows: SHLD-27
TEST(AnnouncedWrite, WaitsForTheNext) {
  Story story;
  auto socket = established(story);
  socket.write_more(100);
  story.expect_hold(Why::HoldCork);
  socket.write_more(100);
  story.expect_nothing();
  socket.write(100);
  story.expect("P. 1:301(300) ack 1", Why::LastBufferedData);
}

// MUST-60: the other write may never come.
// Shows: MUST-60
TEST(AnnouncedWrite, WaitsNoLongerThanItsTime) {
  Story story;
  auto socket = established(story);
  socket.write_more(100);
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::LastBufferedData);
}

// As on Linux: an acknowledgment of new data lets Nagle's algorithm decide again.
TEST(AnnouncedWrite, GoesWithTheNextAcknowledgment) {
  Story story;
  auto socket = established(story);
  socket.write_more(1100);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.inject(ack(1001));
  story.expect("P. 1001:1101(100) ack 1", Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
