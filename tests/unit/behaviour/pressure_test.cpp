// More arrives than the host can take: connections and sockets come before strangers, and some of those are heard. RFC 4987.
#include <fmt/format.h>

#include <tunic/echo_socket.hpp>
#include <tunic/udp_socket.hpp>

#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/unit/behaviour/flights.hpp"
#include "udp/datagram.hpp"

namespace tunic {
namespace {

using test::Story;

/// For 20 ms the device has had more than the host takes.
void fall_behind(Story& story) {
  for (int i = 0; i < 20; ++i) {
    story.stack().receive({}, story.now(), true);
    story.advance(std::chrono::milliseconds(1));
  }
}

/// 63 SYNs of strangers around one segment of `40000 > 80`.
std::vector<std::string> flooded(const std::string& segment) {
  std::vector<std::string> batch;
  for (int port = 50000; port < 50063; ++port)
    batch.push_back(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1460>", port));
  batch.insert(batch.begin() + 40, segment);
  return batch;
}

// Shows: B31
TEST(Pressure, AConnectionComesBeforeStrangers) {
  Story story;
  auto socket = established(story);
  fall_behind(story);
  story.inject_device_batch(flooded("40000 > 80 P. 1:101(100) ack 1 win 65535"), true);
  story.expect_drop(Why::DropStranger);
  socket.read(100);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 63U - 8U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 1U + 8U);
  discard_sent(story);
}

// Whoever has begun to open a connection is no stranger: what completes the handshake is taken.
// Shows: B31
TEST(Pressure, AHandshakeIsCompleted) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  fall_behind(story);
  story.inject_device_batch(flooded("40000 > 80 . 1:1(0) ack 1 win 65535"), true);
  story.expect_drop(Why::DropStranger);
  EXPECT_EQ(story.accept().socket().state(), TcpState::Established);
  discard_sent(story);
}

constexpr Endpoint kSender{Ipv4Address(10, 9, 0, 1), 5000};
constexpr Endpoint kReceiver{Ipv4Address(10, 9, 0, 2), 53};

/// A datagram of the longest kind, in fragments.
std::vector<testing::Octets> fragments(std::uint16_t identification, Port port) {
  BlockPool pool;
  const auto content = udp::encode_datagram({.source = kSender,
                                             .destination = {kReceiver.address, port},
                                             .payload = Chain(pool.copy(test::pattern(UdpSocket::kMaxSize)))})
                           .to_vector();
  std::vector<testing::Octets> parts;
  for (std::size_t begin = 0; begin < content.size(); begin += 1480) {
    const auto part = std::span(content).subspan(begin, std::min<std::size_t>(1480, content.size() - begin));
    parts.push_back(testing::ipv4_packet({.identification = identification,
                                          .dont_fragment = false,
                                          .more_fragments = begin + part.size() < content.size(),
                                          .fragment_offset = static_cast<std::uint16_t>(begin),
                                          .protocol = 17,
                                          .source = kSender.address,
                                          .destination = kReceiver.address},
                                         part));
  }
  return parts;
}

void receive_under_pressure(Story& story, const std::vector<testing::Octets>& packets) {
  fall_behind(story);
  std::vector<PacketBuffer> batch;
  batch.reserve(packets.size());
  for (const auto& packet : packets) batch.emplace_back(Chain(story.stack().pool().copy(packet)));
  story.stack().receive(batch, story.now(), true);
  story.settle();
}

// A few long datagrams are more packets than a batch has: what belongs to a socket is none of a stranger.
// Shows: B15
TEST(Pressure, ADatagramForASocketComesWithAllItsFragments) {
  Story story;
  auto socket = *UdpSocket::bind(story.stack(), kReceiver);
  test::Bytes room(UdpSocket::kMaxSize);
  for (std::uint16_t id = 1; id < 4; ++id) {
    receive_under_pressure(story, fragments(id, kReceiver.port));
    ASSERT_TRUE(socket.receive_from(room).has_value());
    EXPECT_EQ(room, test::pattern(UdpSocket::kMaxSize));
  }
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
}

TEST(Pressure, AnAnswerThatWasAskedForIsTaken) {
  Story story;
  auto socket = *EchoSocket::open(story.stack());
  const auto reply = [](std::uint16_t identifier) {
    return testing::ipv4_packet({.protocol = 1, .source = kSender.address, .destination = kReceiver.address},
                                testing::icmp_message({.type = 0, .word1 = identifier, .word2 = 1}, test::pattern(56)));
  };
  std::vector<testing::Octets> batch(63, reply(static_cast<std::uint16_t>(socket.identifier() ^ 1)));
  batch.push_back(reply(socket.identifier()));
  receive_under_pressure(story, batch);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 63U - 8U);
  test::Bytes room(56);
  EXPECT_TRUE(socket.receive(room).has_value());
}

// Without pressure nobody is turned away: the device has no more ...
TEST(Pressure, IsOnlyWhereMoreWaits) {
  Story story;
  story.listen(80);
  fall_behind(story);
  story.advance(std::chrono::milliseconds(1));  // 2 ms since it had more
  story.inject_device_batch(flooded("40000 > 80 S 0:0(0) win 65535 <mss 1460>"), false);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 64U);
  discard_sent(story);
}

// ... or it has more since 20 ms at most, as after a burst, ...
TEST(Pressure, IsNotInABurst) {
  Story story;
  story.listen(80);
  for (int i = 0; i < 19; ++i) {
    story.stack().receive({}, story.now(), true);
    story.advance(std::chrono::milliseconds(1));
  }
  story.inject_device_batch(flooded("40000 > 80 S 0:0(0) win 65535 <mss 1460>"), true);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 64U);
  discard_sent(story);
}

// ... or less than half of it are strangers', as where many open connections and use them.
TEST(Pressure, IsNotWhereConnectionsAreOpenedAndUsed) {
  Story story;
  auto socket = established(story);
  fall_behind(story);
  const std::vector<std::string> batch{"50000 > 80 S 0:0(0) win 65535 <mss 1460>",
                                       "40000 > 80 P. 1:101(100) ack 1 win 65535",
                                       "40000 > 80 P. 101:201(100) ack 1 win 65535"};
  story.inject_device_batch(batch, true);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 1U + 1U);
  socket.read(200);
  discard_sent(story);
}

/// What arrives of a peer that sends single octets beyond a hole, and what of them is dropped.
std::vector<std::string> slivers(int count) {
  std::vector<std::string> batch;
  batch.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    batch.push_back(fmt::format("40000 > 80 . {0}:{1}(1) ack 1 win 65535", 3 + 2 * i, 4 + 2 * i));
  return batch;
}

// A connection whose peer sends nothing of use waits with the strangers, until it does again.
// Shows: B31
TEST(Pressure, WhoeverSendsNothingOfUseIsAsAStranger) {
  Story story;
  auto socket = established(story);
  for (const std::string& octet : slivers(253)) story.inject(octet);
  fall_behind(story);
  story.inject_device_batch(slivers(64), true);  // 254 so far: with the handshake's ACK
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
  fall_behind(story);
  story.inject_device_batch(slivers(64), true);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 64U - 8U);
  discard_sent(story);
  story.inject(". 1:5001(5000) ack 1 win 65535");
  fall_behind(story);
  story.inject_device_batch(slivers(64), true);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 64U - 8U);
  discard_sent(story);
}

/// So many batches of 64 strangers in 20 ms, however fast the host is.
void send_strangers(Story& story, int batches) {
  for (int i = 0; i < batches; ++i) {
    story.inject_device_batch(flooded("49999 > 80 S 0:0(0) win 65535 <mss 1460>"), false);
    discard_sent(story);
  }
  story.advance(std::chrono::milliseconds(20));
  story.stack().receive({}, story.now(), false);
}

// Strangers in great numbers are told to the device, also where the host could take them all: others need the time.
// Shows: B31
TEST(Flood, IsToldAndEnds) {
  Story story;
  EXPECT_FALSE(story.stack().flooded());
  send_strangers(story, 24);
  EXPECT_FALSE(story.stack().flooded());  // 3 batches of them were looked at
  send_strangers(story, 32);
  EXPECT_TRUE(story.stack().flooded());
  send_strangers(story, 0);
  EXPECT_FALSE(story.stack().flooded());
}

}  // namespace
}  // namespace tunic
