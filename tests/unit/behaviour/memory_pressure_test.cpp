// Packet memory runs short: data beyond holes gives way first, then connections that nobody owns, then nothing new is let
// in; at the hard limit nothing is taken that takes memory, and all of it passes. RFC 2018 §8, RFC 6429; B39, B43, B48.
#include <fmt/format.h>

#include <tunic/echo_socket.hpp>
#include <tunic/udp_socket.hpp>

#include "testing/packets.hpp"
#include "testing/pattern.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/behaviour/states.hpp"
#include "udp/datagram.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using test::Story;

constexpr std::size_t kBlock = 2048;  // what a segment of 1460 octets pins
constexpr int kSegment = 1460;

Config with_memory(std::size_t soft, std::size_t hard) {
  Config config = testing::plain_config();
  config.memory_soft = soft;
  config.memory_hard = hard;
  return config;
}

void forget_packets(Story& story) {
  while (!story.take_packet().empty()) {
  }
}

test::StorySocket open(Story& story, int port, int window = 65535) {
  story.inject(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1460>", port));
  story.expect("S. 0:0(0) ack 1");
  story.inject(fmt::format(". 1:1(0) ack 1 win {}", window));
  return story.accept();
}

/// The n-th segment of what the peer at `port` sends.
std::string segment(int port, int n) {
  const int begin = 1 + n * kSegment;
  return fmt::format("{} > 80 . {}:{}({}) ack 1 win 65535", port, begin, begin + kSegment, kSegment);
}

void send_in_order(Story& story, int port, int from, int to) {
  for (int n = from; n < to; ++n) story.inject(segment(port, n));
  forget_packets(story);
}

/// Packets that change nothing, so that the stack goes round its connections.
void let_it_search(Story& story) {
  for (int i = 0; i < 20; ++i) story.inject("50000 > 81 R 1:1(0) win 0");
}

// Shows: B48
TEST(TightMemory, TakesBackWhatLiesBeyondHoles) {
  Story story(with_memory(20 * kBlock, 1000 * kBlock));
  story.listen(80);
  auto first = open(story, 40001);
  auto second = open(story, 40002);
  for (int n = 1; n < 6; ++n) story.inject(segment(40001, n));
  forget_packets(story);
  EXPECT_EQ(first.socket().info()->out_of_order, 5U * kSegment);
  send_in_order(story, 40002, 0, 20);
  let_it_search(story);
  EXPECT_EQ(first.socket().info()->out_of_order, 0U);
  EXPECT_EQ(second.socket().info()->unread, 20U * kSegment);  // what was acknowledged stays
  EXPECT_EQ(story.stack().counters().dropped(Why::DropReneged), 1U);
  // More of it is not taken now, what is in order is.
  story.inject(segment(40001, 1));
  story.expect_drop(Why::DropNoMemory);
  story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  send_in_order(story, 40001, 0, 6);
  first.read(6 * kSegment);
  second.read(20 * kSegment);
  story.inject(segment(40001, 8));  // and with room again everything is
  forget_packets(story);
  EXPECT_EQ(first.socket().info()->out_of_order, std::uint32_t{kSegment});
}

// Shows: B39, B43
TEST(TightMemory, TakesOrphansNext) {
  Story story(with_memory(40 * 1024, 1 << 20));
  story.listen(80);
  auto orphan = open(story, 40001, 0);
  auto owned = open(story, 40002, 0);
  for (auto* socket : {&orphan, &owned}) EXPECT_EQ(socket->write_some(30'000), 30'000U);
  orphan.close();
  let_it_search(story);
  story.expect("80 > 40001 R. 1:1(0) ack 1", Why::OrphanGivenUp);
  story.expect_nothing();
  EXPECT_EQ(story.stack().counters().dropped(Why::OrphanGivenUp), 1U);
  EXPECT_EQ(owned.socket().state(), TcpState::Established);
}

TEST(TightMemory, LetsNothingNewInThen) {
  Story story(with_memory(20 * kBlock, 1000 * kBlock));
  story.listen(80);
  auto socket = open(story, 40001);
  send_in_order(story, 40001, 0, 25);
  let_it_search(story);
  const auto connect = [&] { return TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 80}); };
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect_drop(Why::DropNoMemory);
  story.expect_nothing();
  EXPECT_EQ(connect().error(), Error::NoBufferSpace);
  socket.read(25 * kSegment);
  story.inject("40002 > 80 S 0:0(0) win 65535");
  story.expect("S. 0:0(0) ack 1");
  EXPECT_TRUE(connect());
  story.settle();
  forget_packets(story);
}

TEST(SpentMemory, TakesNoText) {
  Story story(with_memory(10 * kBlock, 20 * kBlock));
  story.listen(80);
  auto reader = open(story, 40001);
  auto writer = open(story, 40002);
  writer.write(100);
  forget_packets(story);
  send_in_order(story, 40001, 0, 30);
  EXPECT_LE(story.stack().info().pool_bytes, 21 * kBlock);  // what arrived last may go beyond
  const std::uint32_t unread = reader.socket().info()->unread;
  EXPECT_LT(unread, 30U * kSegment);
  // The acknowledgment of a segment counts, its text does not.
  story.inject("40002 > 80 P. 1:101(100) ack 101 win 65535");
  story.expect_drop(Why::DropNoMemory);
  EXPECT_EQ(writer.socket().info()->unacked, 0U);
  EXPECT_EQ(writer.socket().info()->unread, 0U);
  forget_packets(story);
  // The application waits, and is told when there is room.
  send_in_order(story, 40001, static_cast<int>(unread) / kSegment, 30);
  EXPECT_EQ(writer.write_some(100), 0U);
  EXPECT_FALSE(writer.socket().readiness().writable);
  int told = 0;
  writer.socket().on_ready([&](Readiness now) { told += now.writable ? 1 : 0; });
  story.settle();
  EXPECT_EQ(told, 0);
  reader.read(unread);
  story.settle();
  forget_packets(story);
  EXPECT_EQ(told, 1);
  writer.write(100);
  story.expect("80 > 40002 P. 101:201(100)");
  // Nothing was lost that was acknowledged.
  send_in_order(story, 40001, static_cast<int>(unread) / kSegment, 30);
  reader.read(30 * kSegment - unread);
}

// ---- What is not TCP ----

constexpr Endpoint kAsker{Ipv4Address(10, 9, 0, 1), 5000};
constexpr Endpoint kSocket{Ipv4Address(10, 9, 0, 2), 53};

testing::Octets datagram(std::size_t size) {
  BlockPool pool;
  const auto content =
      udp::encode_datagram({.source = kAsker, .destination = kSocket, .payload = Chain(pool.copy(test::pattern(size)))})
          .to_vector();
  return testing::ipv4_packet({.protocol = 17, .source = kAsker.address, .destination = kSocket.address}, content);
}

testing::Octets fragment(std::uint16_t identification) {
  return testing::ipv4_packet({.identification = identification,
                               .dont_fragment = false,
                               .more_fragments = true,
                               .protocol = 17,
                               .source = kAsker.address,
                               .destination = kSocket.address},
                              test::pattern(1480));
}

/// Unread data of one connection uses up all memory.
test::StorySocket use_up(Story& story, int segments) {
  story.listen(80);
  auto reader = open(story, 40001);
  send_in_order(story, 40001, 0, segments);
  return reader;
}

// What waits in sockets that nobody reads is what TCP cannot have: from the soft limit on each keeps one datagram.
TEST(TightMemory, LeavesASocketOneDatagram) {
  Story story(with_memory(20 * kBlock, 1000 * kBlock));
  auto socket = UdpSocket::bind(story.stack(), kSocket);
  auto echo = EchoSocket::open(story.stack());
  test::Bytes room(1472);
  for (int i = 0; i < 100; ++i) story.inject_packet(datagram(1000));
  story.expect_drop(Why::DropNoMemory);
  const StackInfo full = story.stack().info();
  EXPECT_LE(full.pool_bytes, 21 * kBlock);
  EXPECT_GE(full.bytes_queued, full.pool_bytes);
  ASSERT_EQ(full.udp.size(), 1U);
  EXPECT_EQ(full.udp.front().local, kSocket);
  EXPECT_EQ(full.udp.front().receive_queue, full.bytes_queued);
  EXPECT_EQ(full.udp.front().dropped, story.stack().counters().dropped(Why::DropNoMemory));
  // Another one can still be asked and answered, one by one.
  const auto reply = testing::icmp_message({.type = 0, .word1 = echo->identifier(), .word2 = 1}, test::pattern(56));
  const auto packet =
      testing::ipv4_packet({.protocol = 1, .source = kAsker.address, .destination = kSocket.address}, reply);
  for (int i = 0; i < 3; ++i) {
    story.inject_packet(packet);
    story.inject_packet(packet);
    story.expect_drop(Why::DropNoMemory);
    EXPECT_TRUE(echo->receive(room).has_value());
    EXPECT_EQ(error_of(echo->receive(room)), Error::WouldBlock);
  }
  while (socket->receive_from(room)) {
  }
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
  for (int i = 0; i < 5; ++i) story.inject_packet(datagram(1000));
  EXPECT_EQ(story.stack().info().udp.front().dropped, full.udp.front().dropped) << "there is room again";
}

// B15: fragments wait for others that may never come.
// Shows: B15
TEST(SpentMemory, TakesNoFragments) {
  Story story(with_memory(10 * kBlock, 20 * kBlock));
  auto reader = use_up(story, 30);
  const std::size_t before = story.stack().info().pool_bytes;
  for (std::uint16_t id = 0; id < 50; ++id) {
    story.inject_packet(fragment(id));
    story.expect_drop(Why::DropNoMemory);
  }
  EXPECT_EQ(story.stack().info().pool_bytes, before);
  reader.read(reader.socket().info()->unread);
  story.settle();
  forget_packets(story);
  story.inject_packet(fragment(50));
  EXPECT_EQ(story.stack().info().pool_bytes, kBlock) << "with room again it waits";
}

TEST(SpentMemory, TakesNoDatagramsEitherWay) {
  Story story(with_memory(10 * kBlock, 20 * kBlock));
  auto socket = UdpSocket::bind(story.stack(), kSocket);
  auto echo = EchoSocket::open(story.stack());
  auto reader = use_up(story, 30);
  story.inject_packet(datagram(10));
  story.expect_drop(Why::DropNoMemory);
  EXPECT_EQ(error_of(socket->send_to(test::pattern(10), kAsker)), Error::NoBufferSpace);
  story.expect_hold(Why::HoldMemory);
  story.settle();
  EXPECT_EQ(error_of(echo->send(kAsker.address, 1, test::pattern(10))), Error::NoBufferSpace);
  story.expect_hold(Why::HoldMemory);
  reader.read(reader.socket().info()->unread);
  EXPECT_TRUE(socket->send_to(test::pattern(10), kAsker).has_value());
  EXPECT_TRUE(echo->send(kAsker.address, 1, test::pattern(10)).has_value());
  story.settle();
  forget_packets(story);
}

// Answers without a connection wait in a queue with a cap.
TEST(Replies, AreCapped) {
  Config config = testing::plain_config();
  config.max_packets_queued = 1;
  Story story(config);
  story.inject_batch({"40001 > 81 S 0:0(0) win 65535", "40002 > 81 S 0:0(0) win 65535"});
  story.expect_drop(Why::DropQueueFull);
  story.expect("81 > 40001 R. 0:0(0) ack 1", Why::ResetNoConnection);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
