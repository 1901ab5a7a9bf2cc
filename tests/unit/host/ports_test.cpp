// Which port an active open gets: any of the range, each once for a peer, and not to be guessed. RFC 6056 §3.3; B30.
#include "host/host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tunic::host {
namespace {

constexpr Endpoint kServer{Ipv4Address(10, 9, 0, 1), 80};

class Ports : public ::testing::Test {
 protected:
  static Config config(std::uint64_t seed, Port first, Port last) {
    Config made;
    made.seed = Seed::numbered(seed);
    made.first_ephemeral_port = first;
    made.last_ephemeral_port = last;
    return made;
  }
  /// The ports of `count` connections to the same peer that are open at the same time.
  static std::vector<Port> ports_of(const Config& config, int count, Endpoint peer = kServer) {
    Host host(config);
    host.add_address({Ipv4Address(10, 9, 0, 2), 24});
    std::vector<Port> ports;
    for (int i = 0; i < count; ++i) ports.push_back(connect(host, peer));
    return ports;
  }
  static Port connect(Host& host, Endpoint peer) {
    const auto key = host.connect(peer, {});
    return key ? host.find(*key)->connection.local().port : Port{0};
  }
};

// Shows: RFC 6056
TEST_F(Ports, AreUsedOnceEachUntilNoneIsLeft) {
  auto ports = ports_of(config(1, 50000, 50099), 101);
  EXPECT_EQ(ports.back(), 0);  // AddressNotAvailable
  ports.pop_back();
  std::ranges::sort(ports);
  for (std::size_t i = 0; i < ports.size(); ++i) EXPECT_EQ(ports[i], 50000 + i);
}

TEST_F(Ports, MayServeAnotherPeerAsWell) {
  Host host(config(1, 50000, 50000));
  host.add_address({Ipv4Address(10, 9, 0, 2), 24});
  EXPECT_EQ(connect(host, kServer), 50000);
  EXPECT_EQ(connect(host, {kServer.address, 81}), 50000);
  EXPECT_EQ(connect(host, kServer), 0);
}

TEST_F(Ports, OfListenersAreNotTaken) {
  Host host(config(1, 50000, 50001));
  host.add_address({Ipv4Address(10, 9, 0, 2), 24});
  ASSERT_TRUE(host.listen({Ipv4Address(), 50000}, {}));
  EXPECT_EQ(connect(host, kServer), 50001);
  EXPECT_EQ(connect(host, kServer), 0);
  EXPECT_EQ(host.listen({Ipv4Address(), 0}, {}).has_value(), true);  // 50001 serves a peer, a listener may share it
}

// Neither the next one nor the same distance again, and another seed gives others.
// Shows: RFC 6056 (against), B30
TEST_F(Ports, AreNotToBeGuessed) {
  const auto ports = ports_of(config(1, 32768, 60999), 1000);
  std::set<int> steps;
  int neighbours = 0;
  int upper_half = 0;
  for (std::size_t i = 1; i < ports.size(); ++i) {
    const int step = ports[i] - ports[i - 1];
    steps.insert(step);
    neighbours += step == 1 ? 1 : 0;
    upper_half += ports[i] > 46883 ? 1 : 0;
  }
  EXPECT_GT(steps.size(), 950U);
  EXPECT_LT(neighbours, 10);
  EXPECT_NEAR(upper_half, 500, 100);  // six standard deviations
  const auto others = ports_of(config(2, 32768, 60999), 1000);
  const auto same =
      std::ranges::count_if(ports, [&, i = std::size_t{0}](Port port) mutable { return port == others[i++]; });
  EXPECT_LT(same, 10);
}

TEST_F(Ports, NeedASourceAddress) {
  Host host(config(1, 50000, 50001));
  EXPECT_EQ(host.connect(kServer, {}).error(), Error::NetworkUnreachable);
}

}  // namespace
}  // namespace tunic::host
