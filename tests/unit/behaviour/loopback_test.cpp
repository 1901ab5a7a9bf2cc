// Connections to oneself: real packets which never reach the device. RFC 1122 §3.2.1.3, RFC 9293 §3.5 (a connection to its
// own socket is a simultaneous open); B19, B36.
#include <gtest/gtest.h>

#include "testing/pattern.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

constexpr Ipv4Address kStack(10, 9, 0, 2);

class Inside : public ::testing::TestWithParam<Ipv4Address> {};

/// All of `data` through the sockets, both of which are the stack's own.
void transfer(Story& story, TcpSocket& from, TcpSocket& to, const std::vector<std::byte>& data) {
  std::size_t written = 0;
  std::vector<std::byte> got;
  std::vector<std::byte> piece(8192);
  for (int round = 0; got.size() < data.size() && round < 10'000; ++round) {
    if (const auto taken = from.write_some(std::span(data).subspan(written))) written += *taken;
    story.settle();
    while (const auto size = to.read_some(piece)) {
      if (*size == 0) break;
      got.insert(got.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    story.settle();
  }
  EXPECT_EQ(got, data);
}

// Shows: RFC 1122 §3.2.1.3
TEST_P(Inside, ConnectionsCarryDataAndClose) {
  Story story(testing::full_config());
  auto listener = TcpListener::listen(story.stack(), {GetParam(), 80}).value();
  auto client = TcpSocket::connect(story.stack(), {GetParam(), 80}).value();
  story.settle();
  auto server = listener.accept().value();
  EXPECT_EQ(server.remote(), client.local());
  const auto data = testing::pattern(testing::Stream::FromStack, 0, 300'000);
  transfer(story, client, server, data);
  transfer(story, server, client, data);
  ASSERT_TRUE(client.shutdown_send());
  story.settle();
  std::byte octet{};
  EXPECT_EQ(server.read_some({&octet, 1}).value(), 0U);
  server.close();
  story.settle();
  EXPECT_EQ(client.read_some({&octet, 1}).value(), 0U);
  client.close();
  story.advance(2min);
  story.expect_nothing();  // no packet was for the device
  EXPECT_EQ(story.stack().info().connections.size(), 0U);
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
}

TEST_P(Inside, ConnectionsAreRefusedToo) {
  Story story;
  auto client = TcpSocket::connect(story.stack(), {GetParam(), 80}).value();
  story.settle();
  EXPECT_EQ(client.error(), Error::ConnectionRefused);
  story.expect_nothing();
}

// RFC 1122 §3.2.1.3 (g): the whole network 127.
INSTANTIATE_TEST_SUITE_P(To, Inside,
                         ::testing::Values(kStack, Ipv4Address(127, 0, 0, 1), Ipv4Address(127, 255, 255, 254)),
                         [](const auto& each) {
                           std::string name = each.param.to_string();
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

// One socket that is both ends. The SYN crosses itself.
// Shows: B36
TEST(SelfConnect, IsASimultaneousOpen) {
  Story story;
  auto socket = TcpSocket::connect(story.stack(), {kStack, 7000}, {.local_port = 7000}).value();
  story.settle();
  EXPECT_EQ(socket.info()->state, TcpState::Established);
  EXPECT_NE(story.so_far().find("SYN-SENT -> SYN-RECEIVED"), std::string::npos);
  const auto data = testing::pattern(testing::Stream::FromStack, 0, 5000);
  transfer(story, socket, socket, data);
  // Its FIN crosses itself as well.
  ASSERT_TRUE(socket.shutdown_send());
  story.settle();
  EXPECT_EQ(socket.info()->state, TcpState::TimeWait);
  story.expect_nothing();
}

TEST(SelfConnect, ToAListenerOfItsOwnTakesAnotherPort) {
  Config config = testing::plain_config();
  config.first_ephemeral_port = 80;
  config.last_ephemeral_port = 81;
  Story story(config);
  auto listener = TcpListener::listen(story.stack(), {kStack, 80}).value();
  auto client = TcpSocket::connect(story.stack(), {kStack, 80}).value();
  EXPECT_EQ(client.local().port, 81);
  story.settle();
  EXPECT_TRUE(listener.accept().has_value());
}

// The queue inside is capped; TCP makes good what it loses.
TEST(LoopbackQueue, DropsWhatDoesNotFit) {
  Config config = testing::full_config();
  config.max_packets_queued = 4;
  Story story(config);
  auto listener = TcpListener::listen(story.stack(), {kStack, 80}).value();
  auto client = TcpSocket::connect(story.stack(), {kStack, 80}).value();
  story.settle();
  auto server = listener.accept().value();
  const auto data = testing::pattern(testing::Stream::FromStack, 0, 14'000);
  ASSERT_EQ(client.write_some(data).value(), data.size());
  story.settle();
  story.expect_drop(Why::DropQueueFull);
  story.advance(1min);
  std::vector<std::byte> got(20'000);
  EXPECT_EQ(server.read_some(got).value(), data.size());
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
