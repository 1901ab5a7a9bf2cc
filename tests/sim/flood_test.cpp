// Floods from outside against a stack that has honest work to do: none of them takes the work away, and nothing of them
// stays behind. B28, B31, B43, B48; RFC 4987, RFC 5961.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <vector>

#include "base/random.hpp"
#include "flood.hpp"
#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "testing/pattern.hpp"
#include "wire/icmp.hpp"

namespace tunic::test {
namespace {

using namespace std::chrono_literals;
using wire::TcpFlags;

constexpr Port kPort = 80;
constexpr Port kOtherPort = 81;

Endpoint forged_source(std::uint64_t n) {
  return {Ipv4Address(10, 9, static_cast<std::uint8_t>(1 + n / 50000 % 200), static_cast<std::uint8_t>(1 + n % 250)),
          static_cast<Port>(1024 + n % 50021)};
}

// B31: 300,000 forged SYNs at 100 a millisecond, and 200 clients who want to be served meanwhile.
// Shows: B31, RFC 4987
TEST(SynFlood, KeepsNobodyOut) {
  sim::PairSetup setup;
  setup.rightward.delay = setup.leftward.delay = 5ms;
  setup.right.tcp.syn_ack_retransmits = 1;
  sim::Pair pair(setup);
  Stack& server = pair.right();
  sim::Network& network = pair.network();
  const Endpoint address{pair.right_address(), kPort};
  auto listener = TcpListener::listen(server, address, {.backlog = 64}).value();
  std::vector<TcpSocket> served;
  listener.on_ready([&](Readiness) {
    while (auto socket = listener.accept()) served.push_back(std::move(*socket));
  });
  constexpr std::uint64_t kSyns = 300'000;
  constexpr std::uint64_t kBatch = 100;
  constexpr std::size_t kClients = 200;
  std::vector<TcpSocket> clients;
  std::size_t most_memory = 0;
  for (std::uint64_t n = 0; n < kSyns; n += kBatch) {
    for (std::uint64_t i = n; i < n + kBatch; ++i) {
      server.receive(forged(server, between(forged_source(i), address, TcpFlags::Syn, static_cast<std::uint32_t>(i))),
                     network.now());
    }
    if (clients.size() < kClients && n % (14 * kBatch) == 0) {
      clients.push_back(TcpSocket::connect(pair.left(), address).value());
    }
    network.run_for(1ms);
    most_memory = std::max(most_memory, server.info().pool_bytes);
    ASSERT_LE(server.info().listeners.at(0).syn_queue, server.config().tcp.syn_queue);
  }
  network.run_for(100ms);
  ASSERT_EQ(clients.size(), kClients);
  for (const TcpSocket& client : clients) EXPECT_EQ(client.state(), TcpState::Established);
  EXPECT_EQ(served.size(), kClients);
  EXPECT_GT(server.counters().sent(Why::SynCookie), kSyns / 2);
  EXPECT_LE(most_memory, std::size_t{4} << 20);
  clients.clear();
  served.clear();
  network.run_for(5min);
  EXPECT_TRUE(server.info().connections.empty());
  EXPECT_EQ(server.info().pool_bytes, 0U);
}

/// A conversation on a link of 50 Mbit/s, and somebody who throws packets at one end of it.
class Flood {
 public:
  using Packet = std::function<PacketBuffer(std::uint64_t n)>;

  Flood() : pair(setup()) {
    listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort}).value();
    client = sim::connect(pair.network(), pair.left(), {pair.right_address(), kPort}).value();
    server = sim::accept(pair.network(), listener).value();
  }
  static sim::PairSetup setup() {
    sim::PairSetup setup;
    for (link::Conditions* link : {&setup.rightward, &setup.leftward}) {
      link->delay = 5ms;
      link->bits_per_second = 50'000'000;
    }
    return setup;
  }
  Stack& victim() { return pair.right(); }
  Endpoint attacked() const { return server.local(); }
  Endpoint honest() const { return server.remote(); }

  /// How long 2 MB take from left to right, with `per_millisecond` of these packets. All of it must arrive as it was.
  Duration transfer(const Packet& packet, int per_millisecond) {
    constexpr std::size_t kSize = 2'000'000;
    const auto data = testing::pattern(testing::Stream::FromPeer, 0, kSize);
    std::vector<std::byte> received;
    std::vector<std::byte> part(65536);
    std::size_t written = 0;
    std::uint64_t n = 0;
    sim::Network& network = pair.network();
    const Instant begin = network.now();
    while (received.size() < kSize && network.now() - begin < 60s) {
      for (int i = 0; packet && i < per_millisecond; ++i) victim().receive(packet(n++), network.now());
      if (written < kSize) {
        written += client.write_some(std::span(data).subspan(written)).value_or(0);
      }
      while (const auto got = server.read_some(part)) {
        if (*got == 0) break;
        received.insert(received.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*got));
      }
      network.run_for(1ms);
      most_memory = std::max(most_memory, victim().info().pool_bytes);
    }
    EXPECT_TRUE(received == data);
    return network.now() - begin;
  }

  sim::Pair pair;
  TcpListener listener;
  TcpSocket client;
  TcpSocket server;
  std::size_t most_memory = 0;
};

Duration undisturbed() {
  Flood calm;
  return calm.transfer({}, 0);
}

constexpr int kPerMillisecond = 50;

/// The flow keeps at least half of its goodput, memory stays small, and nothing is left when all is closed.
void expect_survival(Flood& flood, const Flood::Packet& packet) {
  const Duration calm = undisturbed();
  const Duration under_attack = flood.transfer(packet, kPerMillisecond);
  EXPECT_LE(under_attack, 2 * calm);
  EXPECT_LE(flood.most_memory, std::size_t{6} << 20);
  EXPECT_EQ(flood.client.state(), TcpState::Established);
  flood.client.abort();
  flood.server.abort();
  flood.pair.network().run_for(10min);
  EXPECT_TRUE(flood.victim().info().connections.empty());
  EXPECT_EQ(flood.victim().info().pool_bytes, 0U);
}

// B25: who knows addresses and ports and tries every number still does not end the connection.
// Shows: B25, B28
TEST(RstFlood, EndsNothing) {
  Flood flood;
  Random random(Seed::numbered(11), Purpose::Fuzz);
  expect_survival(flood, [&](std::uint64_t) {
    const std::uint32_t exact = flood.server.info()->rcv_nxt;
    auto seq = static_cast<std::uint32_t>(random.next());
    if (random.chance(1, 2)) seq = exact + 1 + static_cast<std::uint32_t>(random.below(60000));  // in the window
    if (seq == exact) ++seq;
    return forged(flood.victim(), between(flood.honest(), flood.attacked(), TcpFlags::Rst, seq));
  });
}

// B27, B46: acknowledgments of nothing and of everything.
// Shows: B27, B46
TEST(AckFlood, ChangesNothing) {
  Flood flood;
  Random random(Seed::numbered(12), Purpose::Fuzz);
  expect_survival(flood, [&](std::uint64_t n) {
    const auto guess = static_cast<std::uint32_t>(random.next());
    // Half of them for ports where nobody is.
    const Endpoint to = n % 2 == 0 ? flood.attacked() : Endpoint{flood.attacked().address, static_cast<Port>(n)};
    return forged(flood.victim(), between(flood.honest(), to, TcpFlags::Ack, guess, guess * 7));
  });
}

// B26.
// Shows: B26
TEST(SynFloodOnAConnection, EndsNothing) {
  Flood flood;
  Random random(Seed::numbered(13), Purpose::Fuzz);
  expect_survival(flood, [&](std::uint64_t) {
    return forged(flood.victim(),
                  between(flood.honest(), flood.attacked(), TcpFlags::Syn, static_cast<std::uint32_t>(random.next())));
  });
}

// B15: fragments of datagrams that never become whole.
TEST(FragmentFlood, StarvesNobody) {
  Flood flood;
  expect_survival(flood, [&](std::uint64_t n) {
    std::vector<std::byte> packet(wire::kIpv4HeaderSize + 64);
    wire::Ipv4Header ip;
    ip.source = forged_source(n).address;
    ip.destination = flood.attacked().address;
    ip.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
    ip.total_length = static_cast<std::uint16_t>(packet.size());
    ip.identification = static_cast<std::uint16_t>(n);
    ip.dont_fragment = false;
    ip.more_fragments = n % 2 == 0;
    ip.fragment_offset = static_cast<std::uint16_t>(n % 2 == 0 ? 0 : 8 * (1 + n % 1000));
    wire::emit_ipv4(ip, packet);
    return PacketBuffer(Chain(flood.victim().pool().copy(packet)));
  });
}

PacketBuffer icmp_packet(Stack& to_stack, Ipv4Address from, Ipv4Address to, const wire::IcmpHeader& icmp,
                         const std::vector<std::byte>& payload) {
  constexpr std::size_t kHeaders = wire::kIpv4HeaderSize + 8;
  std::vector<std::byte> packet(kHeaders);
  packet.insert(packet.end(), payload.begin(), payload.end());
  wire::Ipv4Header ip;
  ip.source = from;
  ip.destination = to;
  ip.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Icmp);
  ip.total_length = static_cast<std::uint16_t>(packet.size());
  wire::emit_ipv4(ip, packet);
  const std::array<std::span<const std::byte>, 1> rest{payload};
  wire::emit_icmp(icmp, rest, std::span(packet).subspan(wire::kIpv4HeaderSize));
  return PacketBuffer(Chain(to_stack.pool().copy(packet)));
}

// B21, B22: echo requests, and errors that quote what is not in flight.
// Shows: B22
TEST(IcmpFlood, StarvesNobody) {
  Flood flood;
  Random random(Seed::numbered(14), Purpose::Fuzz);
  expect_survival(flood, [&](std::uint64_t n) {
    const Endpoint from = flood.honest();
    const Endpoint to = flood.attacked();
    if (n % 2 == 0) {
      const wire::IcmpHeader echo{static_cast<std::uint8_t>(wire::IcmpType::Echo), 0, 1, static_cast<std::uint16_t>(n)};
      return icmp_packet(flood.victim(), from.address, to.address, echo, std::vector<std::byte>(56));
    }
    const auto guess = static_cast<std::uint32_t>(random.next());
    return icmp_packet(flood.victim(), from.address, to.address,
                       {static_cast<std::uint8_t>(wire::IcmpType::DestinationUnreachable), 3},
                       encode_segment(between(to, from, TcpFlags::Ack, guess), {.ttl = 64}).to_vector());
  });
}

/// A connection of the attacker's own: three packets, written by hand.
struct Attacker {
  Endpoint self;
  Endpoint target;
  std::uint32_t theirs = 0;  ///< what they sent next

  /// `out` must hear what `stack` says.
  void open(Stack& stack, LastWord& out, std::uint16_t window, Instant now) {
    Segment syn = between(self, target, TcpFlags::Syn, 0);
    syn.wnd = RawWindow{window};
    stack.receive(forged(stack, syn), now);
    stack.advance(now);
    stack.flush(out);
    theirs = out.last->seq.value() + 1;
    Segment ack = between(self, target, TcpFlags::Ack, 1, theirs);
    ack.wnd = RawWindow{window};
    stack.receive(forged(stack, ack), now);
  }
};

// B48: 10^5 single octets with holes between them, from high to low and back, over a connection of the attacker's own.
// Shows: B48
TEST(OutOfOrderFlood, StarvesNobody) {
  Flood flood;
  auto trap = TcpListener::listen(flood.victim(), {flood.pair.right_address(), kOtherPort}).value();
  Attacker attacker{{Ipv4Address(10, 9, 0, 77), 7777}, {flood.pair.right_address(), kOtherPort}, 0};
  LastWord out;
  attacker.open(flood.victim(), out, 65535, flood.pair.network().now());
  auto trapped = trap.accept().value();
  const auto one_octet = [&](std::uint64_t n) {
    const auto place = static_cast<std::uint32_t>(n % 2 == 0 ? 60000 - n % 30000 : 2 + n % 30000);
    Segment segment = between(attacker.self, attacker.target, TcpFlags::Ack, 1 + 2 * (place / 2), attacker.theirs);
    segment.payload = Chain(flood.victim().pool().copy(std::vector<std::byte>(1)));
    return forged(flood.victim(), segment);
  };
  for (std::uint64_t n = 0; n < 100'000; ++n) {
    flood.victim().receive(one_octet(n), flood.pair.network().now());
    if (n % 64 == 0) flood.victim().flush(out);
    if (n % 10'000 == 0) {
      EXPECT_LE(flood.victim().info().pool_bytes, std::size_t{1} << 20);
    }
  }
  expect_survival(flood, [&](std::uint64_t n) {
    if (n == 5000) trapped.abort();
    return one_octet(n);
  });
}

// B43: connections that never take anything, and answer every probe: kept as long as somebody owns them (MUST-37), at a
// cost that is bounded; given up when nobody does.
// Shows: B43
TEST(Sockstress, IsOutlived) {
  constexpr std::uint32_t kConnections = 100'000;
  Config config;
  config.seed = Seed::numbered(15);
  config.tcp.timestamps = config.tcp.window_scaling = config.tcp.sack = false;
  Stack stack(config);
  stack.add_address({Ipv4Address(10, 9, 0, 2), 16});
  const Endpoint target{Ipv4Address(10, 9, 0, 2), kPort};
  auto listener = TcpListener::listen(stack, target).value();
  LastWord out;
  Instant now{1h};
  std::vector<TcpSocket> held;
  held.reserve(kConnections);
  const std::vector<std::byte> answer(100);
  for (std::uint32_t n = 0; n < kConnections; ++n) {
    Attacker attacker{
        {Ipv4Address(10, 9, static_cast<std::uint8_t>(1 + n / 50000), 1), static_cast<Port>(n % 50000 + 1)}, target, 0};
    attacker.open(stack, out, 0, now);
    held.push_back(listener.accept().value());
    ASSERT_EQ(held.back().write_some(answer).value_or(0), answer.size());
    stack.flush(out);
  }
  EXPECT_LE(stack.info().pool_bytes, config.memory_soft);
  EXPECT_EQ(stack.info().connections.size(), kConnections);
  // Probes: after 0.2 s (the RTO), 0.4 s, 0.8 s, …: eight in the first minute.
  const std::uint64_t before = out.count;
  const auto let_pass = [&](Duration duration) {
    for (const Instant end = now + duration; now < end; now = std::min(stack.next_deadline(), end)) {
      stack.advance(now);
      while (stack.run_ready()) {
      }
      stack.flush(out);
    }
  };
  let_pass(60s);
  EXPECT_LE(out.count - before, 8U * kConnections);
  for (TcpSocket& socket : held) socket.close();
  held.clear();
  let_pass(1h);
  EXPECT_TRUE(stack.info().connections.empty());
  EXPECT_EQ(stack.info().pool_bytes, 0U);
}

}  // namespace
}  // namespace tunic::test
