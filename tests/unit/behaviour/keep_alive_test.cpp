// Keep-alive: whether a peer that says nothing is still there. RFC 9293 §3.8.4.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

void keep_alive(test::StorySocket& socket, const KeepAlive& wanted, Duration user_timeout = {}) {
  SocketOptions options = socket.socket().options();
  options.keep_alive = wanted;
  options.user_timeout = user_timeout;
  ASSERT_TRUE(socket.socket().set_options(options));
}

constexpr KeepAlive kThreeProbes{.on = true, .idle = 10s, .interval = 2s, .count = 3};

// MUST-24, MUST-25: the application asks for it; MUST-28: not before two hours.
// Shows: MUST-24, MUST-25, MUST-25 (against), MUST-28, MAY-5, RFC 2525 §2.11
TEST(KeepAlive, IsOffByDefaultAndWaitsForTwoHours) {
  Story story;
  auto socket = established(story);
  story.advance(24h);
  story.expect_nothing();
  SocketOptions options = socket.socket().options();
  options.keep_alive.on = true;
  ASSERT_TRUE(socket.socket().set_options(options));
  story.expect_after(2h, ". 0:0(0) ack 1", Why::KeepAliveProbe);
}

// SHLD-12: no data; an octet from before SND.UNA, so that a peer answers with its numbers.
// Shows: SHLD-12, MUST-27, MAY-5, MUST-26
TEST(KeepAlive, AsksWithAnOldNumberForAsLongAsThePeerAnswers) {
  Story story;
  auto socket = established(story);
  keep_alive(socket, kThreeProbes);
  for (int i = 0; i < 10; ++i) {
    story.expect_after(10s, ". 0:0(0) ack 1", Why::KeepAliveProbe);
    story.inject(ack(1));
  }
  story.expect_state(TcpState::Established);
}

// MUST-29: "it MUST NOT be interpreted as a dead connection" that one probe was not answered. The last one tells it.
// Shows: MUST-29, MUST-29 (against), RFC 2525 §2.9
TEST(KeepAlive, EndsTheConnectionAfterTheLastProbe) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.inject(ack(101));
  keep_alive(socket, kThreeProbes);
  story.expect_after(10s, ". 100:100(0) ack 1", Why::KeepAliveProbe);
  story.expect_after(2s, ". 100:100(0) ack 1", Why::KeepAliveProbe);
  story.inject(ack(101));
  story.expect_after(10s, ". 100:100(0) ack 1", Why::KeepAliveProbe);
  story.expect_after(2s, ". 100:100(0) ack 1", Why::KeepAliveProbe);
  story.expect_after(2s, ". 100:100(0) ack 1", Why::KeepAliveProbe);
  story.advance(2s - 1ns);
  story.expect_state(TcpState::Established);
  story.expect_after(1ns, "R. 101:101(0) ack 1", Why::ResetOnGivingUp);
  socket.expect_error(Error::TimedOut);
}

// MUST-26: "only ... when no sent data is outstanding, and no data or acknowledgment packets have been received".
// Shows: MUST-26, RFC 2525 §2.11, MUST-26 (against)
TEST(KeepAlive, AsksOnlyWhenNothingIsOutstanding) {
  Config config = testing::plain_config();
  config.tcp.rto_min = config.tcp.rto_initial = 60s;
  Story story(config);
  auto socket = established(story);
  keep_alive(socket, kThreeProbes);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.advance(59s);
  story.expect_nothing();
  story.inject(ack(101));
  story.advance(4s);
  story.inject(". 1:101(100) ack 101 win 65535");
  story.expect(". 101:101(0) ack 101", Why::QuickAck);
  story.expect_after(10s, ". 100:100(0) ack 101", Why::KeepAliveProbe);
}

// A closed window has its own probes.
// Shows: MUST-26 (against), MUST-37 (against)
TEST(KeepAlive, LeavesAClosedWindowToItsProbes) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 0));
  keep_alive(socket, {.on = true, .idle = 1s, .interval = 1s, .count = 1});
  socket.write(100);
  for (const auto wait : {200ms, 400ms, 800ms, 1600ms, 3200ms}) {
    story.expect_after(wait, ". 1:2(1) ack 1", Why::WindowProbe);
    story.inject(ack(1, 0));
  }
  story.expect_state(TcpState::Established);
}

// MUST-27: the intervals can be set at any time; what has passed counts.
// Shows: MUST-24, MUST-27
TEST(KeepAlive, TakesANewIdleTimeAtOnce) {
  Story story;
  auto socket = established(story);
  keep_alive(socket, {.on = true, .idle = 100s, .interval = 50s, .count = 3});
  story.advance(20s);
  keep_alive(socket, {.on = true, .idle = 30s, .interval = 50s, .count = 3});
  story.expect_after(10s, ". 0:0(0) ack 1", Why::KeepAliveProbe);
  story.inject(ack(1));
  story.advance(20s);
  keep_alive(socket, {.on = true, .idle = 5s, .interval = 1s, .count = 3});
  story.settle();
  story.expect(". 0:0(0) ack 1", Why::KeepAliveProbe);
  story.expect_after(1s, ". 0:0(0) ack 1", Why::KeepAliveProbe);
  keep_alive(socket, {.on = false});
  story.advance(24h);
  story.expect_nothing();
}

// Whoever turns it on wants to hear within the idle time from then on, not of the past.
TEST(KeepAlive, CountsFromWhereItIsTurnedOn) {
  Story story;
  auto socket = established(story);
  story.advance(1h);
  keep_alive(socket, kThreeProbes);
  story.advance(10s - 1ns);
  story.expect_nothing();
  story.expect_after(1ns, ". 0:0(0) ack 1", Why::KeepAliveProbe);
}

// MUST-21: a time that the application gives rules over the count.
// Shows: MUST-21
TEST(KeepAlive, EndsWithTheUserTimeout) {
  Story story;
  auto socket = established(story);
  keep_alive(socket, {.on = true, .idle = 10s, .interval = 2s, .count = 1}, 15s);
  for (const auto wait : {10s, 2s, 2s}) story.expect_after(wait, ". 0:0(0) ack 1", Why::KeepAliveProbe);
  story.expect_after(2s, "R. 1:1(0) ack 1", Why::ResetOnGivingUp);
  socket.expect_error(Error::TimedOut);
}

// A peer's connection that has half closed is probed too.
TEST(KeepAlive, GoesOnAfterOurFin) {
  Story story;
  auto socket = established(story);
  keep_alive(socket, kThreeProbes);
  socket.shutdown_send();
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
  story.inject(ack(2));
  story.expect_state(TcpState::FinWait2);
  story.expect_after(10s, ". 1:1(0) ack 1", Why::KeepAliveProbe);
}

// A listener's connections begin with its options.
TEST(KeepAlive, IsInheritedFromTheListener) {
  Story story;
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  options.keep_alive = kThreeProbes;
  story.listen(80, {.options = std::make_shared<const SocketOptions>(options)});
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject(ack(1));
  story.expect_after(10s, ". 0:0(0) ack 1", Why::KeepAliveProbe);
}

// The other side's probes: with an octet of garbage or without one, the answer is our numbers.
TEST(KeepAliveOfThePeer, IsAnswered) {
  Story story;
  auto socket = established(story);
  story.inject(". 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101", Why::QuickAck);
  for (const std::string_view probe : {". 100:100(0) ack 1 win 65535", ". 100:101(1) ack 1 win 65535"}) {
    story.advance(2h);
    story.inject(probe);
    story.expect_drop(Why::DropUnacceptable);
    story.expect(". 1:1(0) ack 101", Why::AckUnacceptable);
  }
  socket.read(100);
  socket.expect_nothing_to_read();
}

}  // namespace
}  // namespace tunic
