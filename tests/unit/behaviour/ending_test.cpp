// FINs that are lost, repeated, early, together with data, or for an application that is gone. RFC 9293 §3.6, §3.10.4,
// §3.10.7.4 (eighth step), SHLD-3; RFC 2525 §2.17; B38, B39, B40.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// One FIN has one sequence number, however often it is sent.
// Shows: B38
TEST(OurFin, IsRepeatedUntilAcknowledged) {
  Story story;
  auto reached = reach(story, TcpState::FinWait1);
  story.expect_after(200ms, "F. 1:1(0) ack 1", Why::FinRetransmit);
  story.expect_after(400ms, "F. 1:1(0) ack 1", Why::FinRetransmit);
  story.inject(". 1:1(0) ack 2 win 65535");
  story.expect_state(TcpState::FinWait2);
  story.advance(10min);  // owned by an application, it may wait for ever
  story.expect_state(TcpState::FinWait2);
}

// Shows: B38
TEST(OurFin, IsRepeatedInLastAck) {
  Story story;
  auto reached = reach(story, TcpState::LastAck);
  story.expect_after(200ms, "F. 1:1(0) ack 2", Why::FinRetransmit);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_state(TcpState::Closed);
}

TEST(OurFin, RidesOnTheLastData) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject(". 1:1(0) ack 1 win 1500");
  reached.socket.write(1800);
  story.expect(". 1:1001(1000) ack 1", Why::NewData);
  story.expect_nothing();
  reached.socket.shutdown_send();  // while data still waits for the window
  story.expect_nothing();
  story.inject(". 1:1(0) ack 1001 win 1500");
  story.expect("FP. 1001:1801(800) ack 1", Why::LastBufferedData);
  story.inject(". 1:1(0) ack 1801 win 1500");  // the data, not the FIN
  story.expect_state(TcpState::FinWait1);
  story.expect_after(200ms, "F. 1801:1801(0) ack 1", Why::FinRetransmit);
  story.inject(". 1:1(0) ack 1802 win 1500");
  story.expect_state(TcpState::FinWait2);
}

TEST(OurFin, LostWithItsDataIsRepeatedWithIt) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(10);
  story.expect("P. 1:11(10) ack 1");
  reached.socket.write(100);  // Nagle's algorithm holds it
  reached.socket.shutdown_send();
  story.expect("FP. 11:111(100) ack 1", Why::LastBufferedData);
  story.inject(". 1:1(0) ack 11 win 65535");
  story.expect_after(200ms, "FP. 11:111(100) ack 1", Why::TimeoutRetransmit);
}

// RFC 9293 §3.8.6: a FIN needs no window.
TEST(OurFin, PassesAClosedWindow) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject(". 1:1(0) ack 1 win 0");
  reached.socket.shutdown_send();
  story.expect("F. 1:1(0) ack 1", Why::FinSent);
}

// FIN-WAIT-1 straight to TIME-WAIT: figure 5's second note.
TEST(ThePeersFin, TogetherWithTheAckOfOurs) {
  Story story;
  auto reached = reach(story, TcpState::FinWait1);
  story.inject("F. 1:1(0) ack 2 win 65535");
  story.expect(". 2:2(0) ack 2", Why::AckFin);
  story.expect_state(TcpState::TimeWait);
}

// RFC 9293 §3.6, figure 13, with every single loss.
// Shows: B38
TEST(SimultaneousClose, SurvivesTheLossOfOurFin) {
  Story story;
  auto reached = reach(story, TcpState::FinWait1);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 2:2(0) ack 2", Why::AckFin);
  story.expect_state(TcpState::Closing);
  story.expect_after(200ms, "F. 1:1(0) ack 2", Why::FinRetransmit);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_state(TcpState::TimeWait);
}

// Shows: B38
TEST(SimultaneousClose, SurvivesTheLossOfOurAck) {
  Story story;
  auto reached = reach(story, TcpState::Closing);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 2:2(0) ack 2", Why::AckUnacceptable);
  story.expect_state(TcpState::Closing);
  story.inject(". 2:2(0) ack 2 win 65535");
  story.expect_state(TcpState::TimeWait);
}

// The ACK that the first of them owes is given by the record that takes the connection's place with the second.
TEST(SimultaneousClose, BothInOneBatch) {
  Story story;
  auto reached = reach(story, TcpState::FinWait1);
  story.inject_batch({"F. 1:1(0) ack 1 win 65535", ". 2:2(0) ack 2 win 65535"});
  story.expect(". 2:2(0) ack 2", Why::AckFin);
  story.expect_state(TcpState::TimeWait);
}

// FIN ahead of a hole. RFC 9293 §3.10.7.4: a segment beyond RCV.NXT is held for later.
// Shows: B38
TEST(ThePeersFin, AheadOfAHoleWaitsForIt) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("F. 11:11(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.expect_state(TcpState::Established);
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 12");
  story.expect_state(TcpState::CloseWait);
  reached.socket.read(10);
  reached.socket.expect_end();
}

// Shows: B38
TEST(ThePeersFin, WithDataAheadOfAHoleWaitsForIt) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  story.inject("FP. 11:21(10) ack 2 win 65535");
  story.expect(". 2:2(0) ack 1", Why::AckOutOfOrder);
  story.inject("P. 1:11(10) ack 2 win 65535");
  story.expect(". 2:2(0) ack 22");
  story.expect_state(TcpState::TimeWait);
  reached.socket.read(20);
  reached.socket.expect_end();
}

// Shows: B38
TEST(ThePeersFin, ComesOnlyOnce) {
  Story story;
  auto reached = reach(story, TcpState::CloseWait);
  story.inject("F. 1:1(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 2", Why::AckUnacceptable);
  story.inject("FP. 2:12(10) ack 1 win 65535");  // RFC 9293: "This should not occur ... Ignore the segment text."
  story.expect_nothing();
  story.expect_state(TcpState::CloseWait);
  reached.socket.expect_end();
}

// A forged FIN beyond a hole must not hide the true one.
TEST(ThePeersFin, BeliedByDataIsForgotten) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("F. 11:11(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  story.inject("P. 1:21(20) ack 1 win 65535");
  story.expect(". 1:1(0) ack 21");
  story.inject("F. 21:21(0) ack 1 win 65535");
  story.expect(". 1:1(0) ack 22", Why::AckFin);
  story.expect_state(TcpState::CloseWait);
  reached.socket.read(20);
  reached.socket.expect_end();
}

// "a RST to show that data was lost", wherever received data can be pending.
// Shows: SHLD-3, B40, RFC 2525 §2.17
TEST(CloseWithUnread, ResetsInEveryState) {
  for (const TcpState state : {TcpState::Established, TcpState::FinWait1, TcpState::FinWait2}) {
    Story story;
    auto reached = reach(story, state);
    story.inject(fmt::format("P. 1:11(10) ack {} win 65535", state == TcpState::FinWait1 ? 1 : reached.stack_next));
    story.expect(fmt::format(". {0}:{0}(0) ack 11", reached.stack_next));
    reached.socket.close();
    story.expect(fmt::format("R. {0}:{0}(0) ack 11", reached.stack_next), Why::CloseWithUnreadData);
    story.expect_state(TcpState::Closed);
  }
}

// Shows: B40
TEST(CloseWithUnread, ResetsAfterThePeersFinToo) {
  for (const bool finished : {false, true}) {
    Story story;
    auto reached = reach(story, TcpState::Established);
    story.inject("FP. 1:11(10) ack 1 win 65535");
    story.expect(". 1:1(0) ack 12");
    if (finished) {
      reached.socket.shutdown_send();
      story.expect("F. 1:1(0) ack 12", Why::FinSent);
      story.expect_state(TcpState::LastAck);
    }
    reached.socket.close();
    story.expect(finished ? "R. 2:2(0) ack 12" : "R. 1:1(0) ack 12", Why::CloseWithUnreadData);
    story.expect_state(TcpState::Closed);
  }
}

// In TIME-WAIT the peer has all it needs; the record answers alone.
TEST(CloseWithUnread, SaysNothingInTimeWait) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  story.inject("FP. 1:11(10) ack 2 win 65535");
  story.expect(". 2:2(0) ack 12");
  reached.socket.close();
  story.expect_nothing();
  story.expect_state(TcpState::TimeWait);
}

// "if new data is received after CLOSE is called".
// Shows: SHLD-3, B40, MAY-1, RFC 2525 §2.16
TEST(DataAfterClose, ResetsInFinWait) {
  for (const TcpState state : {TcpState::FinWait1, TcpState::FinWait2}) {
    Story story;
    auto reached = reach(story, state);
    reached.socket.close();
    const int ack = state == TcpState::FinWait1 ? 1 : 2;
    story.inject(fmt::format("P. 1:11(10) ack {} win 65535", ack));
    story.expect(fmt::format("R {0}:{0}(0)", ack), Why::DataAfterClose);
    story.expect_state(TcpState::Closed);
  }
}

// Shows: SHLD-3 (against)
TEST(DataAfterClose, IsNotWhatWasReadBefore) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 11");
  reached.socket.read(10);
  reached.socket.close();
  story.expect("F. 1:1(0) ack 11", Why::FinSent);
  story.inject("P. 1:11(10) ack 1 win 65535");  // our ACK was lost
  story.expect(". 2:2(0) ack 11", Why::AckUnacceptable);
  story.expect_state(TcpState::FinWait1);
}

// RFC 5961 §5: data that somebody else forged into the window must not reset.
// Shows: RFC 5961 §5 (against)
TEST(DataAfterClose, MustAcknowledgeCredibly) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  reached.socket.close();
  story.inject("P. 1:11(10) ack 3 win 65535");
  story.expect(". 2:2(0) ack 1", Why::AckOfUnsentData);
  story.inject("P. 1:11(10) ack 2000000000 win 65535");
  story.expect(". 2:2(0) ack 1");
  story.inject("P 1:11(10) win 65535");
  story.expect_drop(Why::DropNoAck);
  story.expect_state(TcpState::FinWait2);
}

// RFC 9293 §3.10.4: CLOSE "is allowed to take a long time": what was written is sent first.
TEST(CloseWithUnsent, SendsItFirst) {
  Story story;
  auto reached = reach(story, TcpState::CloseWait);
  story.inject(". 2:2(0) ack 1 win 1000");
  reached.socket.write(2500);
  story.expect(". 1:1001(1000) ack 2");
  reached.socket.close();
  story.expect_state(TcpState::LastAck);
  story.inject(". 2:2(0) ack 1001 win 1000");
  story.expect(". 1001:2001(1000) ack 2");
  story.inject(". 2:2(0) ack 2001 win 1000");
  story.expect("FP. 2001:2501(500) ack 2", Why::LastBufferedData);
  story.inject(". 2:2(0) ack 2502 win 1000");
  story.expect_state(TcpState::Closed);
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
}

TEST(ShutdownTwice, IsAnError) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  EXPECT_EQ(reached.socket.socket().shutdown_send().error(), Error::NotConnected);
  const std::byte octet{};
  EXPECT_EQ(reached.socket.socket().write_some({&octet, 1}).error(), Error::BrokenPipe);
}

}  // namespace
}  // namespace tunic
