// Callbacks: who is told, and what a callback may do to itself.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using test::Story;

TEST(Readiness, ACallbackStaysUntilItIsReplaced) {
  Story story;
  auto socket = established(story);
  int told = 0;
  socket.socket().on_ready([&](Readiness) { ++told; });
  story.settle();
  const int at_first = told;
  story.inject(data(1, 101));
  story.inject(data(101, 201));
  EXPECT_EQ(told, at_first + 2);
  discard_sent(story);
}

// on_ready({}) removes it, also where the callback itself says so.
TEST(Readiness, ACallbackMayRemoveItself) {
  Story story;
  auto socket = established(story);
  int told = 0;
  socket.socket().on_ready([&](Readiness) {
    ++told;
    socket.socket().on_ready({});
  });
  story.settle();
  story.inject(data(1, 101));
  story.inject(data(101, 201));
  EXPECT_EQ(told, 1);
  discard_sent(story);
}

TEST(Readiness, ACallbackOfAListenerMayRemoveItself) {
  Story story;
  story.listen(80);
  int told = 0;
  story.listener().on_ready([&](Readiness) {
    ++told;
    story.listener().on_ready({});
  });
  for (const std::string_view port : {"40000", "40001"}) {
    story.inject(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1000>", port));
    story.expect("S. 0:0(0) ack 1");
    story.inject(". 1:1(0) ack 1 win 65535");
  }
  EXPECT_EQ(told, 1);
}

TEST(Readiness, ACallbackMayPutAnotherInItsPlace) {
  Story story;
  auto socket = established(story);
  std::string told;
  socket.socket().on_ready([&](Readiness) {
    told += 'a';
    socket.socket().on_ready([&](Readiness ready) { told += ready.readable ? 'b' : '-'; });
  });
  story.settle();
  story.inject(data(1, 101));
  EXPECT_EQ(told.front(), 'a');
  EXPECT_EQ(told.back(), 'b');
  EXPECT_EQ(std::ranges::count(told, 'a'), 1);
  discard_sent(story);
}

}  // namespace
}  // namespace tunic
