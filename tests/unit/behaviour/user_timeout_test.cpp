// How long the application lets the stack try. RFC 9293 §3.8.3 and §3.10.8 (MUST-20 to MUST-22), RFC 6429 in §3.8.6.1.
#include "tests/unit/behaviour/flights.hpp"
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

void set_user_timeout(test::StorySocket& socket, Duration timeout) {
  SocketOptions options = socket.socket().options();
  options.user_timeout = timeout;
  ASSERT_TRUE(socket.socket().set_options(options));
}

// MUST-21: the time counts from where nothing moved, and no count of retransmissions stands beside it.
// Shows: MUST-20, MUST-21
TEST(UserTimeout, EndsAConnectionThatMakesNoProgress) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 2;
  Story story(config);
  auto socket = established(story);
  set_user_timeout(socket, 3s);
  story.advance(1h);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  for (const auto wait : {200ms, 400ms, 800ms}) {
    story.expect_after(wait, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  }
  story.advance(1600ms - 1ns);
  story.expect_state(TcpState::Established);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  story.expect_nothing();
  socket.expect_error(Error::TimedOut);
}

TEST(UserTimeout, BeginsAgainWithEveryProgress) {
  Story story;
  auto socket = established(story);
  set_user_timeout(socket, 1s);
  socket.write(2000);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:2001(1000) ack 1");
  story.advance(150ms);
  story.inject(ack(1001));
  story.advance(999ms);
  story.expect_state(TcpState::Established);
  discard_sent(story);
  story.advance(1ms);
  story.expect_state(TcpState::Closed);
}

// RFC 6429: a policy of the application may end what the peer keeps closed, though it answers every probe.
// Shows: RFC 6429, B43
TEST(UserTimeout, EndsAWindowThatStaysClosed) {
  Story story;
  auto socket = established(story);
  set_user_timeout(socket, 1s);
  story.inject(ack(1, 0));
  socket.write(100);
  for (const auto wait : {200ms, 400ms}) {
    story.expect_after(wait, ". 1:2(1) ack 1", Why::WindowProbe);
    story.inject(ack(1, 0));
  }
  story.advance(400ms - 1ns);
  story.expect_state(TcpState::Established);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::TimedOut);
}

TEST(UserTimeout, ForgetsAWindowThatHasOpened) {
  Story story;
  auto socket = established(story);
  set_user_timeout(socket, 500ms);
  story.inject(ack(1, 0));
  socket.write(100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.advance(299ms);
  story.inject(ack(1, 1000));
  story.expect("P. 1:101(100) ack 1");
  story.advance(100ms);
  story.inject(ack(101));
  story.advance(1h);
  story.expect_nothing();
  story.expect_state(TcpState::Established);
}

TEST(UserTimeout, MayBeChangedWhileSomethingWaits) {
  for (const Duration later : {0s, 5s}) {
    Story story;
    auto socket = established(story);
    set_user_timeout(socket, 1s);
    socket.write(100);
    story.advance(900ms);
    set_user_timeout(socket, later);
    story.advance(4s);
    story.expect_state(TcpState::Established);
    story.advance(100ms);
    story.expect_state(later == 0s ? TcpState::Established : TcpState::Closed);
    discard_sent(story);
  }
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.advance(900ms);
  set_user_timeout(socket, 1s);  // what has passed was under another rule
  story.advance(1s - 1ns);
  story.expect_state(TcpState::Established);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  discard_sent(story);
}

// MUST-22: the same for SYNs, and TCP_SYNCNT's count.
// Shows: MUST-22
TEST(UserTimeout, EndsAnOpen) {
  Story story;
  auto reached = reach(story, TcpState::SynSent);
  set_user_timeout(reached.socket, 2s);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(1s - 1ns);
  story.expect_state(TcpState::SynSent);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  reached.socket.expect_error(Error::TimedOut);
}

// Shows: MUST-22
TEST(SynRetransmissions, AreCountedByTheSocket) {
  Story story;
  auto reached = reach(story, TcpState::SynSent);
  SocketOptions options = reached.socket.socket().options();
  options.syn_retransmits = 2;
  ASSERT_TRUE(reached.socket.socket().set_options(options));
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.expect_after(2s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(4s - 1ns);
  story.expect_state(TcpState::SynSent);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
}

// As BSD systems do: whoever is there after all hears that the connection is gone.
TEST(GivingUp, MayBeToldWithAReset) {
  Config config = testing::plain_config();
  config.tcp.reset_on_give_up = true;
  config.tcp.retransmits_r2 = 1;
  Story story(config);
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.expect_after(400ms, "R. 101:101(0) ack 1", Why::ResetOnGivingUp);
  socket.expect_error(Error::TimedOut);
}

}  // namespace
}  // namespace tunic
