// What a host can be set to do because other stacks do it: believe RSTs and SYNs in the window, announce all its room.
// RFC 5961 says why the first two are no good idea.
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

testing::StorySocket established(Story& story) {
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>");
  story.take_packet();
  story.inject(". 1:1(0) ack 1 win 65535");
  return story.accept();
}

// B25 turned round: with the knob a RST at the right edge resets, one beyond it does not.
// Shows: B25
TEST(InsecureRst, IsBelievedAnywhereInTheWindow) {
  Config config = testing::plain_config();
  config.tcp.insecure_rst = true;
  Story story(config);
  auto socket = established(story);
  story.inject("R 65536:65536(0) win 0");
  story.expect_nothing();
  story.expect_state(TcpState::Established);
  story.inject("R 65535:65535(0) win 0");
  story.expect_nothing();
  socket.expect_error(Error::ConnectionReset);
}

TEST(InsecureRst, TakesAHandshakeBack) {
  Config config = testing::plain_config();
  config.tcp.insecure_rst = true;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("R 1000:1000(0) win 0");
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
}

// B26 turned round: RFC 793's "error, send a reset".
// Shows: B26
TEST(InsecureSyn, ResetsTheConnection) {
  Config config = testing::plain_config();
  config.tcp.insecure_syn = true;
  Story story(config);
  auto socket = established(story);
  story.inject("S 1:1(0) win 65535");
  story.expect("R. 1:1(0) ack 1", Why::ResetOnSyn);
  socket.expect_error(Error::ConnectionReset);
}

// It counts by its place, as RFC 793 looks at it: also where text behind it reaches into the window.
TEST(InsecureSyn, CountsByItsOwnPlace) {
  Config config = testing::plain_config();
  config.tcp.insecure_syn = true;
  Story story(config);
  auto socket = established(story);
  story.inject("SF 0:3(3) win 65535");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  story.expect_state(TcpState::Established);
}

TEST(InsecureSyn, OutsideTheWindowIsChallengedAllTheSame) {
  Config config = testing::plain_config();
  config.tcp.insecure_syn = true;
  Story story(config);
  auto socket = established(story);
  story.inject("S 70000:70000(0) win 65535");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  story.expect_state(TcpState::Established);
}

// RFC 2883 §4: what came before is reported at once, also where the acknowledgment could wait.
// Shows: RFC 2883
TEST(PartOfASegmentAgain, IsReportedAtOnce) {
  Config config = testing::plain_config();
  config.tcp.sack = true;
  config.tcp.quick_acks = 0;
  Story story(config);
  auto socket = established(story);
  story.inject(". 1:701(700) ack 1 win 65535");
  story.expect_after(40ms, ". 1:1(0) ack 701", Why::DelayedAckTimeout);
  story.inject(". 1:801(800) ack 1 win 65535");
  story.expect(". 1:1(0) ack 801 <nop,nop,sack 1:701>", Why::AckDuplicate);
  socket.read(800);
}

// FreeBSD's formula: buffers go up to a multiple of the MSS, and all the room is told as far as the field can.
TEST(FreeBsdWindow, TellsAllItsRoom) {
  Config config = Config::freebsd_profile();
  config.seed = Seed::numbered(1);
  config.tcp.timestamps = false;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  auto socket = story.accept();
  story.inject(". 1:101(100) ack 1 win 65535");
  story.expect_after(40ms, ". 1:1(0) ack 101 win 65535", Why::DelayedAckTimeout);
  // 65,700 octets, 100 of them unread: the last octet of the room is acceptable, the next is not.
  story.inject("R 65700:65700(0) win 0");
  story.expect(". 1:1(0) ack 101", Why::ChallengeAckRst);
  story.inject("R 65701:65701(0) win 0");
  story.expect_nothing();
  socket.read(100);
}

TEST(FreeBsdWindowScale, FollowsTheLargestBuffer) {
  Config config = Config::freebsd_profile();
  config.tcp.timestamps = false;
  Story story(config);
  auto socket = story.connect(80);
  story.expect("S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,eol,eol>", Why::ActiveOpen);
}

}  // namespace
}  // namespace tunic
