// A closed window, and how it is probed. RFC 9293 §3.8.6.1.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// The peer has closed its window while `waiting` octets are to be sent.
test::StorySocket closed_window(Story& story, std::size_t waiting) {
  auto socket = established(story);
  story.inject(ack(1, 0));
  socket.write(waiting);
  story.expect_hold(Why::HoldPeerWindow);
  story.expect_nothing();
  return socket;
}

// First after the retransmission timeout, then doubled, up to a cap; for
// as long as the peer answers.
// Shows: MUST-35, MUST-36, MUST-37, SHLD-29, SHLD-30, B43, MUST-37 (against)
TEST(ClosedWindow, IsProbedForEverWhileThePeerAnswers) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 3;
  config.tcp.persist_max = 1s;
  Story story(config);
  auto socket = closed_window(story, 100);
  for (const auto wait : {200ms, 400ms, 800ms}) {
    story.expect_after(wait, ". 1:2(1) ack 1", Why::WindowProbe);
    story.inject(ack(1, 0));
  }
  for (int i = 0; i < 30; ++i) {
    story.expect_after(1s, ". 1:2(1) ack 1", Why::WindowProbe);
    story.inject(ack(1, 0));
  }
  story.expect_state(TcpState::Established);
  story.inject(ack(1));
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.inject(ack(101));
  story.advance(10min);
  story.expect_nothing();
}

// RFC 9293 §3.8.3: a peer that does not answer at all is gone (R2).
// Shows: MUST-20
TEST(ClosedWindow, OfAPeerThatIsGoneEndsTheConnection) {
  Config config = testing::plain_config();
  config.tcp.retransmits_r2 = 3;
  Story story(config);
  auto socket = closed_window(story, 100);
  for (const auto wait : {200ms, 400ms, 800ms}) story.expect_after(wait, ". 1:2(1) ack 1", Why::WindowProbe);
  story.advance(1600ms);
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::TimedOut);
}

TEST(ClosedWindow, IsNotProbedWithoutNeed) {
  Story story;
  auto socket = established(story);
  story.inject(ack(1, 0));
  story.advance(10min);
  story.expect_nothing();
}

// RFC 9293 §3.8.6.1: a peer may take the octet.
TEST(ClosedWindow, MovesOnWhenTheProbeIsTaken) {
  Story story;
  auto socket = closed_window(story, 100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(ack(2, 0));
  story.expect_after(400ms, ". 2:3(1) ack 1", Why::WindowProbe);
  story.inject(ack(3, 1000));
  story.expect("P. 3:101(98) ack 1", Why::LastBufferedData);
}

// The probe was lost, or the peer threw the octet away: it is sent again with the rest.
TEST(ClosedWindow, SendsTheProbedOctetAgainIfItWasNotTaken) {
  Story story;
  auto socket = closed_window(story, 100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(ack(1, 1000));
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
}

// The segment that opened the window was lost; a probe finds out.
// Shows: B44, RFC 2525 §2.12
TEST(ClosedWindow, IsFoundOpenAfterALostUpdate) {
  Story story;
  auto socket = closed_window(story, 2500);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(ack(2, 5000));
  expect_flight(story, 2, 2);
  story.expect("P. 2002:2501(499) ack 1", Why::LastBufferedData);
}

// An answer to the probe may cross the update: neither confuses the numbers.
TEST(ClosedWindow, SurvivesALateAcknowledgmentOfTheProbe) {
  Story story;
  auto socket = closed_window(story, 100);
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(ack(1, 1000));
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.inject(ack(2, 999));
  story.inject(ack(101));
  EXPECT_EQ(info(story).unacked, 0U);
}

// The window closes behind data in flight: its retransmission does the asking.
TEST(ClosedWindow, BehindDataInFlightIsAskedByTheRetransmission) {
  Story story;
  auto socket = established(story);
  socket.write(2000);
  expect_flight(story, 1, 1);
  story.expect("P. 1001:2001(1000) ack 1", Why::LastBufferedData);
  story.inject(ack(1001, 0));
  socket.write(500);
  story.expect_after(200ms, ". 1001:2001(1000) ack 1", Why::TimeoutRetransmit);
  story.inject(ack(2001, 0));
  story.expect_after(400ms, ". 2001:2002(1) ack 1", Why::WindowProbe);  // backed off: Karn's algorithm allows no sample
}

// FIN behind data: the data has to wait, so the FIN does.
TEST(ClosedWindow, KeepsTheFinBehindTheData) {
  Story story;
  auto socket = closed_window(story, 100);
  socket.shutdown_send();
  story.expect_after(200ms, ". 1:2(1) ack 1", Why::WindowProbe);
  story.inject(ack(2, 1000));
  story.expect("FP. 2:101(99) ack 1");
}

/// Our window is closed as well: 4000 octets wait for a reader.
test::StorySocket both_closed(Story& story) {
  auto socket = established(story);
  for (std::uint32_t begin = 1; begin < 4001; begin += 1000) {
    story.inject(fmt::format(". {}:{}(1000) ack 1 win 0", begin, begin + 1000));
    story.expect(fmt::format(". 1:1(0) ack {}", begin + 1000), Why::QuickAck);
  }
  socket.write(100);
  story.expect_nothing();
  return socket;
}

// Of a segment that finds our window closed the acknowledgment and the window count, though its text does not
// ("special allowance", RFC 9293 §3.10.7.4). Else two full sides would be stuck for ever.
// Shows: B44
TEST(BothWindowsClosed, AProbeBringsTheOtherSidesWindow) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = both_closed(story);
  story.inject(". 4001:4002(1) ack 1 win 0");
  story.expect_drop(Why::DropUnacceptable);
  story.expect(". 1:1(0) ack 4001 win 0", Why::AckUnacceptable);
  story.inject(". 4001:4002(1) ack 1 win 1000");
  story.expect("P. 1:101(100) ack 4001 win 0", Why::LastBufferedData);
  socket.read(4000);
  story.expect(". 101:101(0) ack 4001 win 4000", Why::WindowUpdate);
}

TEST(BothWindowsClosed, EachSideProbes) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4000;
  Story story(config);
  auto socket = both_closed(story);
  story.expect_after(200ms, ". 1:2(1) ack 4001 win 0", Why::WindowProbe);
  story.inject(". 4001:4001(0) ack 1 win 0");
  story.expect_after(400ms, ". 1:2(1) ack 4001 win 0", Why::WindowProbe);
  story.inject(". 4001:4001(0) ack 2 win 500");
  story.expect("P. 2:101(99) ack 4001 win 0", Why::LastBufferedData);
}

}  // namespace
}  // namespace tunic
