// What an application sets and segments show: segment size, options, type of service and TTL, how much waits unsent, and how
// long an orphan may live. RFC 9293 §3.7.1, §3.9.1, §3.6.
#include "testing/packets.hpp"
#include "tests/unit/behaviour/flights.hpp"
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

template <typename Change>
SharedOptions with(Story& story, Change&& how) {
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  how(options);
  return std::make_shared<const SocketOptions>(options);
}

template <typename Change>
void change(test::StorySocket& socket, Change&& how) {
  SocketOptions options = socket.socket().options();
  how(options);
  ASSERT_TRUE(socket.socket().set_options(options));
}

test::StorySocket open(Story& story, SharedOptions options) {
  auto socket = TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 80},
                                   {.local_port = 40000, .options = std::move(options)});
  EXPECT_TRUE(socket);
  story.use_flow({Ipv4Address(10, 9, 0, 1), 80}, {Ipv4Address(10, 9, 0, 2), 40000});
  story.settle();
  return {story, std::move(*socket)};
}

// MUST-14, MUST-67: less than the MTU would allow may be offered; and no more is sent, whatever the peer takes.
// Shows: MUST-14, MUST-16, MUST-67
TEST(MaxSegment, BoundsWhatIsOfferedAndWhatIsSent) {
  Story story;
  auto socket = open(story, with(story, [](SocketOptions& o) { o.max_segment = 500; }));
  story.expect("S 0:0(0) <mss 500>", Why::ActiveOpen);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  socket.write(700);
  story.expect(". 1:501(500) ack 1", Why::NewData);
  story.expect("P. 501:701(200) ack 1", Why::LastBufferedData);
}

TEST(MaxSegment, IsOfferedByAListener) {
  Story story;
  story.listen(80, {.options = with(story, [](SocketOptions& o) { o.max_segment = 500; })});
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 1 <mss 500>", Why::PassiveOpenReply);
  story.inject(ack(1));
  auto socket = story.accept();
  socket.write(600);
  story.expect(". 1:501(500) ack 1", Why::NewData);
  story.expect("P. 501:601(100) ack 1", Why::LastBufferedData);
}

TEST(MaxSegment, MayBeMadeSmallerAfterwards) {
  Story story;
  auto socket = established(story);
  change(socket, [](SocketOptions& o) { o.max_segment = 400; });
  socket.write(600);
  story.expect(". 1:401(400) ack 1", Why::NewData);
  story.expect("P. 401:601(200) ack 1", Why::LastBufferedData);
}

// RFC 9293 §3.7.1: no option is needed. Then none is agreed on: what the peer offers is not taken up (RFC 7323 §2.2).
TEST(NoOptions, MakesABareSyn) {
  Story story(testing::full_config());
  auto socket = open(story, with(story, [](SocketOptions& o) { o.no_options = true; }));
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject("S. 0:0(0) ack 1 win 1000 <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 7>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  EXPECT_EQ(info(story).snd_wind_shift, 0);
  EXPECT_EQ(info(story).snd_mss, 1000);
}

TEST(NoOptions, MakesABareSynAck) {
  Story story(testing::full_config());
  story.listen(80, {.options = with(story, [](SocketOptions& o) { o.no_options = true; })});
  story.inject("S 0:0(0) win 65535 <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 7>");
  story.expect("S. 0:0(0) ack 1 win 65535", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  auto socket = story.accept();
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
}

/// TOS and TTL of the oldest packet.
std::pair<int, int> next_marks(Story& story) {
  const auto packet = story.take_packet();
  if (packet.size() < 20) return {-1, -1};
  return {std::to_integer<int>(packet[1]), std::to_integer<int>(packet[8])};
}

// MUST-48, MUST-49: from the SYN-ACK on, and still in TIME-WAIT.
// Shows: MUST-48, MUST-49, SHLD-22, RFC 1122 §3.2.1.6
TEST(TypeOfService, IsTheListenersFromTheFirstSegmentToTheLast) {
  Story story;
  story.listen(80, {.options = with(story, [](SocketOptions& o) {
                      o.tos = 0x20;
                      o.ttl = 7;
                    })});
  const std::pair wanted{0x20, 7};
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  EXPECT_EQ(next_marks(story), wanted);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  EXPECT_EQ(next_marks(story), wanted);
  story.inject(". 70000:70000(0) ack 1 win 65535");
  EXPECT_EQ(next_marks(story), wanted);
  story.inject(ack(1));
  auto socket = story.accept();
  socket.shutdown_send();
  EXPECT_EQ(next_marks(story), wanted);
  story.inject("F. 1:1(0) ack 2 win 65535");
  EXPECT_EQ(next_marks(story), wanted);
  story.expect_state(TcpState::TimeWait);
  story.inject("F. 1:1(0) ack 2 win 65535");
  EXPECT_EQ(next_marks(story), wanted);
}

// SHLD-21: "The DSCP field can be changed during the life of a connection".
// Shows: SHLD-21, MUST-48
TEST(TypeOfService, MayBeChangedWhileConnected) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  EXPECT_EQ(next_marks(story), (std::pair{0, 64}));
  change(socket, [](SocketOptions& o) { o.tos = 0xe0; });
  story.inject(ack(101));
  socket.write(100);
  EXPECT_EQ(next_marks(story), (std::pair{0xe0, 64}));
}

// ---- Low water ----

// Writable only while little waits unsent, and told when it is: by sending, not by the peer's acknowledgment alone.
TEST(LowWater, BoundsWhatWaitsUnsent) {
  Story story;
  auto socket = established_with_window(story, 3000);
  change(socket, [](SocketOptions& o) { o.not_sent_low_water = 1500; });
  EXPECT_EQ(socket.write_some(10'000), 5000U);  // what the window lets go at once, and whole segments beyond
  for (const int begin : {1, 1001, 2001}) {
    story.expect(fmt::format(". {}:{}(1000) ack 1", begin, begin + 1000));
  }
  EXPECT_FALSE(socket.socket().readiness().writable);
  EXPECT_EQ(socket.write_some(10'000), 0U);
  int told = 0;
  socket.socket().on_ready([&](Readiness ready) { told += ready.writable ? 1 : 0; });
  story.settle();
  EXPECT_EQ(told, 0);
  story.inject(ack(1001, 3000));
  story.expect(". 3001:4001(1000) ack 1");
  EXPECT_EQ(told, 1);
}

// Whoever fills the buffer by more than two thirds and waits is told, though his last write was taken whole.
TEST(Writability, IsToldWhoeverWaitsForIt) {
  Config config = testing::plain_config();
  config.tcp.send_buffer = 9000;
  Story story(config);
  auto socket = established(story);
  socket.write(9000);
  EXPECT_FALSE(socket.socket().readiness().writable);
  int told = 0;
  socket.socket().on_ready([&](Readiness ready) { told += ready.writable ? 1 : 0; });
  story.settle();
  story.inject(ack(2001));
  EXPECT_EQ(told, 0);
  story.inject(ack(3001));
  EXPECT_EQ(told, 1);
  discard_sent(story);
}

// ---- Orphans: B39 ----

// Shows: B39
TEST(OrphansPatience, IsTheSockets) {
  Story story;
  auto reached = reach(story, TcpState::FinWait2);
  change(reached.socket, [](SocketOptions& o) { o.fin_wait_2 = 5s; });
  reached.socket.close();
  story.advance(5s - 1ns);
  story.expect_state(TcpState::FinWait2);
  story.advance(1ns);
  story.expect_state(TcpState::Closed);
  story.expect_nothing();
}

// As TCP_LINGER2 below zero on Linux: FIN-WAIT-2 is not waited in.
TEST(OrphansPatience, MayBeNone) {
  for (const TcpState state : {TcpState::FinWait1, TcpState::FinWait2}) {
    Story story;
    auto reached = reach(story, state);
    change(reached.socket, [](SocketOptions& o) { o.fin_wait_2 = 0s; });
    reached.socket.close();
    if (state == TcpState::FinWait1) story.inject(ack(2));
    story.expect("R. 2:2(0) ack 1", Why::OrphanTimedOut);
    story.expect_state(TcpState::Closed);
  }
}

// Shows: B39
TEST(Orphans, AreCapped) {
  Config config = testing::plain_config();
  config.max_orphans = 1;
  Story story(config);
  story.listen(80);
  for (const std::string_view ports : {"40001 > 80 ", "40002 > 80 ", "40003 > 80 "}) {
    story.inject(std::string(ports) + "S 0:0(0) win 65535 <mss 1000>");
    story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
    story.inject(ack(1));
  }
  auto first = story.accept();
  auto second = story.accept();
  auto third = story.accept();
  first.close();
  story.expect("80 > 40001 F. 1:1(0) ack 1", Why::FinSent);
  second.close();
  story.expect("80 > 40002 R. 1:1(0) ack 1", Why::TooManyOrphans);
  EXPECT_EQ(story.stack().counters().sent(Why::TooManyOrphans), 1U);
  story.inject("40001 > 80 R. 1:1(0) ack 2 win 0");
  third.close();
  story.expect("80 > 40003 F. 1:1(0) ack 1", Why::FinSent);
}

// An open may ask for buffers of its own; the other options are the stack's.
TEST(Connect, TakesBuffersOfItsOwn) {
  Story story;
  story.use_flow({Ipv4Address(10, 9, 0, 1), 80}, {Ipv4Address(10, 9, 0, 2), 40000});
  ConnectOptions options;
  options.local_port = 40000;
  options.send_buffer = 5000;
  options.receive_buffer = 6000;
  const auto socket = TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 80}, options);
  ASSERT_TRUE(socket);
  story.settle();
  story.expect("S 0:0(0) win 6000", Why::ActiveOpen);
  EXPECT_EQ(socket->options().send_buffer, 5000U);
  EXPECT_EQ(socket->options().ttl, SocketOptions::defaults(story.stack().config()).ttl);
}

}  // namespace
}  // namespace tunic
