// Two stacks over a link in virtual time: the driver itself, and conversations that need both ends.
#include "sim/pair.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/blocking.hpp"
#include "testing/pattern.hpp"

namespace tunic::test {
namespace {

using namespace std::chrono_literals;
using testing::pattern;
using testing::Stream;

constexpr Port kPort = 80;

struct Conversation {
  explicit Conversation(const sim::PairSetup& setup = {}) : pair(setup) {
    listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort}).value();
    client = sim::connect(pair.network(), pair.left(), {pair.right_address(), kPort}).value();
    server = sim::accept(pair.network(), listener).value();
  }
  sim::Network& network() { return pair.network(); }

  sim::Pair pair;
  TcpListener listener;
  TcpSocket client;
  TcpSocket server;
};

TEST(Pair, CarriesAStreamEachWay) {
  Conversation talk;
  const auto request = pattern(Stream::FromPeer, 0, 3000);
  const auto answer = pattern(Stream::FromStack, 0, 100'000);
  ASSERT_TRUE(sim::write_all(talk.network(), talk.client, request));
  EXPECT_EQ(sim::read_exactly(talk.network(), talk.server, request.size()).value(), request);
  ASSERT_TRUE(sim::write_all(talk.network(), talk.server, answer));
  EXPECT_EQ(sim::read_exactly(talk.network(), talk.client, answer.size()).value(), answer);
}

TEST(Pair, EndsInTimeWaitAndThenInSilence) {
  Conversation talk;
  talk.client.close();
  EXPECT_TRUE(sim::read_exactly(talk.network(), talk.server, 1).value().empty());
  talk.server.close();
  EXPECT_EQ(talk.network().run_for(1s), sim::Outcome::LimitPassed);
  EXPECT_EQ(talk.pair.left().info().time_wait, 1U);
  EXPECT_TRUE(talk.pair.right().info().connections.empty());
  EXPECT_EQ(talk.network().run_for(2min), sim::Outcome::Idle);
  EXPECT_EQ(talk.pair.left().info().time_wait, 0U);
  EXPECT_EQ(talk.pair.left().info().bytes_queued, 0U);
}

TEST(Pair, TakesAsLongAsItsLinks) {
  Conversation talk({.rightward = {.delay = 30ms}, .leftward = {.delay = 20ms}});
  EXPECT_EQ(talk.network().now() - sim::Network::kStart, 80ms);  // SYN, SYN-ACK, and the server hears the ACK
}

TEST(Pair, ConnectFailsAtOnceAtAClosedPort) {
  sim::Pair pair;
  const auto refused = sim::connect(pair.network(), pair.left(), {pair.right_address(), kPort});
  EXPECT_EQ(refused.error(), Error::ConnectionRefused);
  EXPECT_EQ(pair.network().now(), sim::Network::kStart);
}

TEST(Pair, KnowsItsTimeFromTheBeginning) {
  struct : Observer {
    void on_event(const Event& event) override { first = first.value_or(event.at); }
    std::optional<Instant> first;
  } observer;
  sim::Pair pair;
  pair.left().observe(&observer);
  ASSERT_TRUE(TcpSocket::connect(pair.left(), {pair.right_address(), kPort}));
  EXPECT_EQ(observer.first, sim::Network::kStart);
}

TEST(Network, SaysWhenNothingWillEverHappen) {
  sim::Pair pair;
  EXPECT_EQ(pair.network().run_until([] { return false; }, kNever), sim::Outcome::Idle);
  EXPECT_EQ(pair.network().now(), sim::Network::kStart);
}

TEST(Network, GivesUpAnInstantThatDoesNotEnd) {
  sim::Pair pair;
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort}).value();
  auto client = TcpSocket::connect(pair.left(), {pair.right_address(), kPort}).value();
  // Asks to be called again, again and again.
  std::function<void(Readiness)> again = [&](Readiness) { client.on_ready(again); };
  client.on_ready(again);
  EXPECT_EQ(pair.network().run_until([] { return false; }, kNever), sim::Outcome::Livelock);
  client.on_ready({});
}

TEST(Pair, SurvivesTheLossOfAnySinglePacket) {
  const auto talk_with = [](link::Rule rightward, link::Rule leftward) {
    Conversation talk({.rightward = {.rule = std::move(rightward), .delay = 10ms},
                       .leftward = {.rule = std::move(leftward), .delay = 10ms}});
    const auto data = pattern(Stream::FromPeer, 0, 20'000);
    ASSERT_TRUE(sim::write_all(talk.network(), talk.client, data));
    ASSERT_TRUE(talk.client.shutdown_send());
    ASSERT_EQ(sim::read_exactly(talk.network(), talk.server, data.size() + 1).value(), data);
    talk.server.close();
    ASSERT_TRUE(sim::read_exactly(talk.network(), talk.client, 1).value().empty());
    talk.client.close();
    talk.network().run_for(5min);
    EXPECT_TRUE(talk.pair.left().info().connections.empty());
    EXPECT_TRUE(talk.pair.right().info().connections.empty());
  };
  const auto any = [](const SegmentInfo&) { return true; };
  for (std::uint64_t n = 1; n <= 25; ++n) {
    SCOPED_TRACE("packet " + std::to_string(n));
    talk_with(link::on_nth(n, any, link::Fate::Drop), {});
    talk_with({}, link::on_nth(n, any, link::Fate::Drop));
  }
}

}  // namespace
}  // namespace tunic::test
