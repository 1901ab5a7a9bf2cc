// Explicit congestion notification: asking, granting, marking, echoing, reducing. RFC 3168 §6.1, SHLD-8, B34.
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

Config with_ecn(Ecn mode) {
  Config config = testing::plain_config();
  config.tcp.ecn = mode;
  return config;
}

/// A connection from the peer that has agreed on ECN.
testing::StorySocket accepted(Story& story) {
  story.listen(80);
  story.inject("SEW 0:0(0) win 65535 <mss 1460>");
  story.expect("SE. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  return story.accept();
}

// RFC 3168 §6.1.1: a SYN with ECE and CWR is granted with ECE alone.
// Shows: RFC 3168, SHLD-8
TEST(Ecn, IsGrantedToWhoAsks) {
  Story story(with_ecn(Ecn::Accept));
  auto socket = accepted(story);
  socket.write(100);
  story.expect("[ect0] P. 1:101(100) ack 1", Why::LastBufferedData);
}

// A stack without ECN answers such a SYN as any other.
// Shows: B34
TEST(Ecn, IsNotGrantedWhereItIsOff) {
  Story story(with_ecn(Ecn::Off));
  story.listen(80);
  story.inject("SEW 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  auto socket = story.accept();
  socket.write(100);
  story.expect("[noecn] P. 1:101(100) ack 1", Why::LastBufferedData);
}

// RFC 3168 §6.1.1.1: a SYN that is lost again and again is sent without ECN.
// Shows: RFC 3168
TEST(Ecn, IsAskedForUntilASynWasLostTwice) {
  Story story(with_ecn(Ecn::Request));
  auto socket = story.connect(80);
  story.expect("SEW 0:0(0)", Why::ActiveOpen);
  story.expect_after(1s, "SEW 0:0(0)", Why::SynRetransmit);
  story.expect_after(2s, "S 0:0(0)", Why::SynRetransmit);
  story.inject("SE. 0:0(0) ack 1 win 65535 <mss 1460>");  // an answer to what was not asked last
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  socket.write(100);
  story.expect("[noecn] P. 1:101(100) ack 1", Why::LastBufferedData);
}

// RFC 3168 §6.1.1: a SYN-ACK with both flags only reflects ours.
// Shows: RFC 3168
TEST(Ecn, IsNotUsedWhereThePeerReflectsFlags) {
  Story story(with_ecn(Ecn::Request));
  auto socket = story.connect(80);
  story.expect("SEW 0:0(0)", Why::ActiveOpen);
  story.inject("SEW. 0:0(0) ack 1 win 65535 <mss 1460>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  socket.write(100);
  story.expect("[noecn] P. 1:101(100) ack 1", Why::LastBufferedData);
}

// RFC 3168 §6.1.3: a mark is echoed on every ACK until CWR comes.
// Shows: RFC 3168
TEST(Ecn, EchoesAMarkUntilThePeerHasReduced) {
  Story story(with_ecn(Ecn::Accept));
  auto socket = accepted(story);
  story.inject("[ce] . 1:101(100) ack 1 win 65535");
  story.expect("E. 1:1(0) ack 101", Why::QuickAck);
  story.inject("[ect0] . 101:201(100) ack 1 win 65535");
  story.expect("E. 1:1(0) ack 201", Why::QuickAck);
  story.inject("[ect0] W. 201:301(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 301", Why::QuickAck);
  socket.read(300);
}

// RFC 3168 §6.1.2: the window is halved once per window of data, and the next new data says so.
// Shows: RFC 3168, SHLD-8
TEST(Ecn, ReducesOncePerWindowAndSaysSo) {
  Story story(with_ecn(Ecn::Accept));
  auto socket = accepted(story);
  socket.write(14600);
  for (int i = 0; i < 10; ++i) story.take_packet();
  const auto before = story.connection()->cwnd;
  story.inject("E. 1:1(0) ack 1461 win 65535");
  const auto after = story.connection()->cwnd;
  EXPECT_EQ(after, (14600U - 1460U) / 2 / 1460 * 1460);  // whole segments
  EXPECT_LT(after, before);
  story.inject("E. 1:1(0) ack 2921 win 65535");
  EXPECT_EQ(story.connection()->cwnd, after);
  story.inject(". 1:1(0) ack 14601 win 65535");
  socket.write(2920);
  story.expect("[ect0] W. 14601:16061(1460) ack 1", Why::NewData);
  story.expect("[ect0] P. 16061:17521(1460) ack 1", Why::LastBufferedData);
}

// RFC 3168 §6.1.5: what is resent is not marked as ECN-capable, nor is an ACK (§6.1.4).
// Shows: RFC 3168
TEST(Ecn, MarksNewDataOnly) {
  Story story(with_ecn(Ecn::Accept));
  auto socket = accepted(story);
  story.inject("[ect0] . 1:101(100) ack 1 win 65535");
  story.expect("[noecn] . 1:1(0) ack 101", Why::QuickAck);
  socket.write(100);
  story.expect("[ect0] P. 1:101(100) ack 101", Why::LastBufferedData);
  story.expect_after(200ms, "[noecn] P. 1:101(100) ack 101", Why::TimeoutRetransmit);
}

// RFC 3168 §6.1.2: CWR says it once, so it is on one segment, whatever a device would make of many.
// Shows: RFC 3168
TEST(Ecn, SaysInOneSegmentThatItHasReduced) {
  Story story(with_ecn(Ecn::Accept));
  story.take_super_segments();
  auto socket = accepted(story);
  socket.write(40'000);
  story.expect_super("[ect0] . 1:14601(14600) ack 1", 1460);
  story.inject("E. 1:1(0) ack 14601 win 65535");
  story.expect_super("[ect0] W. 14601:16061(1460) ack 1", 0);
  story.expect("[ect0] . 16061:17521(1460) ack 1");
  story.inject(". 1:1(0) ack 17521 win 65535");
  story.expect_super("[ect0] . 17521:20441(2920) ack 1", 1460);
  socket.abort();
  story.expect("R. 20441:20441(0) ack 1");
}

}  // namespace
}  // namespace tunic
