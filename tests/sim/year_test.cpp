// A year in seconds: timestamps wrap seven times, keep-alives ask twelve times a day, and a connection that was silent for a
// month still knows new data from old duplicates. RFC 7323 §5.5, RFC 9293 §3.8.4 (MUST-24 to MUST-29); B10.
#include <gtest/gtest.h>

#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "testing/pattern.hpp"

namespace tunic::test {
namespace {

using namespace std::chrono_literals;
using testing::pattern;
using testing::Stream;

constexpr Port kPort = 80;
constexpr Duration kDay = 24h;

struct Connection {
  TcpSocket client;
  TcpSocket server;
  std::uint64_t sent = 0;
};

Connection open(sim::Pair& pair, TcpListener& listener) {
  Connection made;
  made.client = sim::connect(pair.network(), pair.left(), {pair.right_address(), kPort}).value();
  made.server = sim::accept(pair.network(), listener).value();
  return made;
}

/// A few octets each way, which must arrive at once.
void talk(sim::Pair& pair, Connection& with) {
  constexpr std::size_t kSize = 100;
  const auto request = pattern(Stream::FromPeer, with.sent, kSize);
  const auto answer = pattern(Stream::FromStack, with.sent, kSize);
  with.sent += kSize;
  const Instant begin = pair.network().now();
  ASSERT_TRUE(sim::write_all(pair.network(), with.client, request));
  ASSERT_EQ(sim::read_exactly(pair.network(), with.server, kSize).value(), request);
  ASSERT_TRUE(sim::write_all(pair.network(), with.server, answer));
  ASSERT_EQ(sim::read_exactly(pair.network(), with.client, kSize).value(), answer);
  EXPECT_LT(pair.network().now() - begin, 1s);
}

void keep_alive(TcpSocket& socket) {
  SocketOptions options = socket.options();
  options.keep_alive.on = true;
  ASSERT_TRUE(socket.set_options(options));
}

// Shows: B10, MUST-28
TEST(Year, PassesInSeconds) {
  sim::PairSetup setup;
  setup.rightward.delay = setup.leftward.delay = 10ms;
  sim::Pair pair(setup);
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort}).value();
  Connection kept = open(pair, listener);
  Connection silent = open(pair, listener);
  keep_alive(kept.client);
  const Instant begin = pair.network().now();
  // 30 days: the timestamp clock has gone more than half round, so that a new value looks older than the last one.
  for (int month = 0; month < 12; ++month) {
    for (int day = 0; day < 30; ++day) pair.network().run_for(kDay);
    talk(pair, silent);
    talk(pair, kept);
  }
  EXPECT_GE(pair.network().now() - begin, 360 * kDay);
  EXPECT_EQ(pair.right().counters().dropped(Why::DropPaws), 0U);
  // MUST-28: at least two hours between probes; the timer is exact here, so it is twelve a day.
  const std::uint64_t probes = pair.left().counters().sent(Why::KeepAliveProbe);
  EXPECT_GE(probes, 360U * 12 - 24);
  EXPECT_LE(probes, 360U * 12);
  kept.client.close();
  silent.client.close();
  kept.server.close();
  silent.server.close();
  pair.network().run_for(5min);
  EXPECT_TRUE(pair.left().info().connections.empty());
  EXPECT_TRUE(pair.right().info().connections.empty());
}

// MUST-29: a peer that is gone is found out within two hours and nine more probes.
// Shows: MUST-29
TEST(Year, IsNotWaitedForTheDead) {
  sim::PairSetup setup;
  bool cut = false;
  setup.rightward.rule = [&cut](const SegmentInfo&, std::uint64_t) {
    return cut ? link::Fate::Drop : link::Fate::Pass;
  };
  sim::Pair pair(setup);
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort}).value();
  Connection gone = open(pair, listener);
  keep_alive(gone.client);
  talk(pair, gone);
  cut = true;
  pair.network().run_for(2h + 9 * 75s - 1s);
  EXPECT_EQ(gone.client.state(), TcpState::Established);
  pair.network().run_for(2s);
  EXPECT_EQ(gone.client.error(), Error::TimedOut);
}

}  // namespace
}  // namespace tunic::test
