// The application aborts. RFC 9293 §3.10.5, in every state; MUST-12.
#include <fmt/format.h>

#include "tests/unit/behaviour/flights.hpp"
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using test::Story;

class AbortIn : public ::testing::TestWithParam<TcpState> {
 protected:
  void SetUp() override { reached = reach(story, GetParam()); }
  Story story;
  Reached reached;
};

// "<SEQ=SND.NXT><CTL=RST>"
class AbortThatTells : public AbortIn {};
TEST_P(AbortThatTells, SendsOneRst) {
  reached.socket.abort();
  story.expect(fmt::format("R. {0}:{0}(0) ack {1}", reached.stack_next, reached.peer_next), Why::ResetOnAbort);
  story.expect_state(TcpState::Closed);
  EXPECT_FALSE(reached.socket.socket().valid());
  story.advance(std::chrono::hours(1));
  story.expect_nothing();
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
}
INSTANTIATE_TEST_SUITE_P(States, AbortThatTells,
                         ::testing::Values(TcpState::Established, TcpState::FinWait1, TcpState::FinWait2,
                                           TcpState::CloseWait),
                         [](const auto& each) { return state_name(each.param); });

// RFC 7323 §3.2: "<RST> segments SHOULD contain a TSopt if it was negotiated"; BSD's do not.
TEST(Abort, HasATimestampWhereThatWasAgreedOn) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  story.advance(std::chrono::milliseconds(7));
  socket.abort();
  story.expect("R. 1:1(0) ack 1 <nop,nop,TS val 1007 ecr 100>", Why::ResetOnAbort);
}

TEST(Abort, MayHaveNone) {
  Config config = testing::full_config();
  config.tcp.timestamps_in_reset = false;
  Story story(config);
  auto socket = established_with_all_options(story);
  socket.abort();
  story.expect("R. 1:1(0) ack 1 <>", Why::ResetOnAbort);
}

// Nobody reads it (RFC 9293 §3.10.7.4): Linux tells the window as in any other segment, BSD none.
TEST(Abort, TellsTheWindowOrNone) {
  for (const bool told : {true, false}) {
    Config config = testing::plain_config();
    config.tcp.window_in_reset = told;
    config.tcp.receive_buffer = 60000;
    Story story(config);
    auto socket = established(story);
    socket.abort();
    story.expect(told ? "R. 1:1(0) ack 1 win 60000" : "R. 1:1(0) ack 1 win 0", Why::ResetOnAbort);
  }
}

// "respond 'ok' and delete the TCB": the peer has nothing to learn.
class SilentAbort : public AbortIn {};
TEST_P(SilentAbort, SendsNothing) {
  reached.socket.abort();
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
}
INSTANTIATE_TEST_SUITE_P(States, SilentAbort,
                         ::testing::Values(TcpState::SynSent, TcpState::Closing, TcpState::LastAck),
                         [](const auto& each) { return state_name(each.param); });

// MUST-13 outlives the application's handle.
// Shows: MUST-13
TEST(AbortInTimeWait, LeavesTheWait) {
  Story story;
  auto reached = reach(story, TcpState::TimeWait);
  reached.socket.abort();
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
  EXPECT_EQ(story.so_far().find("TIME-WAIT -> CLOSED"), std::string::npos) << "the record alone says when it ends";
}

TEST(AbortWithQueues, ThrowsThemAway) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("P. 1:101(100) ack 1 win 1000");
  story.expect(". 1:1(0) ack 101");
  reached.socket.write(5000);  // the window takes one segment of them
  story.expect(". 1:1001(1000) ack 101");
  reached.socket.abort();
  story.expect("R. 1001:1001(0) ack 101", Why::ResetOnAbort);
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
  story.inject("P. 101:201(100) ack 1001 win 1000");
  story.expect("R 1001:1001(0)", Why::ResetBadAckInListen);
}

}  // namespace
}  // namespace tunic
