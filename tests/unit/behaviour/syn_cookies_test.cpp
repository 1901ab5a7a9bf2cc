// SYN cookies: a full SYN queue keeps nobody out. RFC 4987 §3.6; B31, B35.
#include <fmt/format.h>

#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

/// A listener whose only place in the SYN queue is taken; peers have all options.
Config one_place(Config config) {
  config.tcp.syn_queue = 1;
  config.tcp.syn_ack_retransmits = 0;
  config.tcp.receive_buffer = 1 << 20;
  config.seed = Seed::numbered(7);
  return config;
}

void fill_syn_queue(Story& story) {
  story.listen(80);
  story.inject("39999 > 80 S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
}

// Shows: RFC 4987, B31
TEST(SynCookies, OpenWithoutARecord) {
  Story story(one_place(testing::plain_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1220>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::SynCookie);
  EXPECT_EQ(story.stack().info().connections.size(), 1U);  // the other one
  story.inject(". 1:1(0) ack 1 win 3000");
  story.expect_nothing();
  story.expect_state(TcpState::Established);
  auto socket = story.accept();
  EXPECT_EQ(socket.socket().info()->snd_mss, 1220U);
  EXPECT_EQ(socket.socket().info()->snd_wnd, 3000U);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
}

// The peer's window scale and SACK come back in the timestamp.
// Shows: RFC 4987
TEST(SynCookies, KeepOptionsInTheTimestamp) {
  Story story(one_place(testing::full_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1000 ecr 0,nop,wscale 9>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 0 ecr 1000,nop,wscale 5>", Why::SynCookie);
  story.inject(". 1:1(0) ack 1 win 100 <nop,nop,TS val 1001 ecr 0>");
  auto socket = story.accept();
  EXPECT_EQ(socket.socket().info()->snd_wind_shift, 9);
  EXPECT_EQ(socket.socket().info()->rcv_wind_shift, 5);
  EXPECT_EQ(socket.socket().info()->snd_wnd, 51200U);
  story.inject("P. 101:201(100) ack 1 win 100 <nop,nop,TS val 1002 ecr 0>");  // SACK works
  // The cookie's timestamp was two ticks early, for the sake of its low bits.
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 2 ecr 1001,nop,nop,sack 101:201>", Why::AckOutOfOrder);
}

// Without timestamps there is no place for them, so they are not offered.
TEST(SynCookies, GiveUpOptionsWithoutTimestamps) {
  Story story(one_place(testing::full_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 9>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::SynCookie);
  story.inject(". 1:1(0) ack 1 win 100");
  auto socket = story.accept();
  EXPECT_EQ(socket.socket().info()->snd_wnd, 100U);
}

TEST(SynCookies, KeepEcn) {
  Story story(one_place(testing::full_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 SEW 0:0(0) win 65535 <mss 1460,sackOK,TS val 1000 ecr 0>");
  story.expect("SE. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 0 ecr 1000>", Why::SynCookie);
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 1001 ecr 0>");
  auto socket = story.accept();
  story.inject("[ce] P. 1:101(100) ack 1 win 65535 <nop,nop,TS val 1001 ecr 0>");
  story.expect("E. 1:1(0) ack 101");
}

// B35: what the last segment of the handshake carries is not lost, and neither is it if that is the first to arrive.
// Shows: B35
TEST(SynCookies, KeepTheDataOfTheAcknowledgment) {
  Story story(one_place(testing::plain_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::SynCookie);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101");
  auto socket = story.accept();
  socket.read(100);
}

// A repeated SYN gets the same number again: it is the same promise.
TEST(SynCookies, AreTheSameForARepeatedSyn) {
  Story story(one_place(testing::plain_config()));
  fill_syn_queue(story);
  for (int i = 0; i < 3; ++i) {
    story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460>");
    story.expect("S. 0:0(0) ack 1", Why::SynCookie);  // the flow has learned the number from the first
  }
  story.inject(". 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
}

// What is no cookie of ours is answered as in any listener, so many times a second: a flood of ACKs opens nothing.
// Shows: RFC 4987, B31
TEST(SynCookies, AreNotForged) {
  Config config = one_place(testing::plain_config());
  config.resets_per_second = 3;
  Story story(config);
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::SynCookie);
  for (const char* const guess : {". 1:1(0) ack 2 win 65535", ". 2:2(0) ack 1 win 65535", ". 1:1(0) ack 0 win 65535"}) {
    story.inject(guess);
    story.expect_drop(Why::DropBadCookie);
    story.take_packet();
  }
  for (int i = 0; i < 1000; ++i) {
    story.inject(fmt::format(". 1:1(0) ack {} win 65535", i * 4096 + 7));
    story.expect_drop(Why::DropBadCookie);
    story.expect_hold(Why::HoldResetLimit);
  }
  EXPECT_EQ(story.stack().info().connections.size(), 1U);
}

TEST(SynCookies, Expire) {
  Story story(one_place(testing::plain_config()));
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::SynCookie);
  story.advance(129s);
  story.inject(". 1:1(0) ack 1 win 65535");
  story.expect("R 1:1(0)", Why::ResetBadAckInListen);
  story.expect_drop(Why::DropNotSyn);  // nobody is asked for cookies any more
}

// B32: with a full accept queue the acknowledgment is left unanswered, and is good again when there is room.
// Shows: B32
TEST(SynCookies, WaitForTheAcceptQueue) {
  Config config = one_place(testing::plain_config());
  config.tcp.syn_cookies = SynCookiePolicy::Always;
  Story story(config);
  story.listen(80, {.backlog = 1});
  for (const int port : {40001, 40002}) {
    story.inject(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1460>", port));
    story.expect("S. 0:0(0) ack 1", Why::SynCookie);
  }
  story.inject("40001 > 80 . 1:1(0) ack 1 win 65535");
  story.inject("40002 > 80 . 1:1(0) ack 1 win 65535");
  story.expect_drop(Why::DropAcceptQueueFull);
  story.expect_nothing();
  auto first = story.accept();
  story.inject("P. 1:11(10) ack 1 win 65535");
  story.expect(". 1:1(0) ack 11");
  auto second = story.accept();
  second.read(10);
}

// 0 of Linux's tcp_syncookies.
TEST(SynCookies, CanBeOff) {
  Config config = one_place(testing::plain_config());
  config.tcp.syn_cookies = SynCookiePolicy::Off;
  Story story(config);
  fill_syn_queue(story);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1460>");
  story.expect_drop(Why::DropSynQueueFull);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
