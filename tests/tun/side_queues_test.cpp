// The queues that an interface gets in a flood: what the kernel puts where, how much of it is read, and when they go.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <vector>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/tun_device.hpp>

#include "base/endian.hpp"
#include "tests/tun/private_network.hpp"
#include "tun/side_queues.hpp"
#include "wire/ipv4.hpp"

namespace tunic::tun::testing {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Prefix kKernel{Ipv4Address(10, 9, 0, 1), 24};
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr Port kPort = 7;

/// A UDP socket of the kernel's.
class Peer {
 public:
  Peer() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    socklen_t size = sizeof own;
    EXPECT_EQ(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    port_ = ntohs(own.sin_port);
  }
  Port port() const { return port_; }
  void send() const {
    sockaddr_in to{
        .sin_family = AF_INET, .sin_port = htons(kPort), .sin_addr = {htonl(kStack.value())}, .sin_zero = {}};
    EXPECT_EQ(sendto(fd_.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 1);
  }

 private:
  FileDescriptor fd_;
  Port port_ = 0;
};

class SideQueuesTest : public PrivateNetworkTest {
 protected:
  static TunDevice make(const TunOptions& options) {
    auto device = TunDevice::open(options);
    EXPECT_TRUE(device) << device.error().to_string();
    auto up = set_up_interface({.name = device->name(), .address = kKernel});
    EXPECT_TRUE(up) << up.error().to_string();
    return std::move(*device);
  }
  /// An empty datagram from the stack to `peer`.
  void send(TunDevice& device, const Peer& peer, Addressee addressee = Addressee::Known) {
    std::array<std::byte, wire::kIpv4HeaderSize + 8> octets{};
    wire::Ipv4Header ip;
    ip.total_length = octets.size();
    ip.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Udp);
    ip.source = kStack;
    ip.destination = kKernel.address;
    wire::emit_ipv4(ip, octets);
    std::byte* udp = octets.data() + wire::kIpv4HeaderSize;
    store_be16(udp, kPort);
    store_be16(udp + 2, peer.port());
    store_be16(udp + 4, 8);
    PacketBuffer packet(Chain(pool_.copy(octets)));
    packet.addressee = addressee;
    device.send(std::move(packet), now_);
  }
  /// From which ports the datagrams come that are received at this instant, in their order.
  std::vector<Port> receive(TunDevice& device) {
    std::array<PacketBuffer, 256> batch;
    const std::size_t count = device.receive(pool_, batch, now_);
    std::vector<Port> ports;
    for (PacketBuffer& packet : std::span(batch).first(count))
      ports.push_back(load_be16(packet.to_vector().data() + 20));
    return ports;
  }
  /// The same in as many periods as it takes.
  std::size_t receive_all(TunDevice& device) {
    std::size_t all = 0;
    for (int i = 0; i < 10; ++i, now_ += SideQueues::kPeriod) all += receive(device).size();
    return all;
  }

  BlockPool pool_;
  Instant now_{1h};
  std::array<Peer, 80> strangers_;
  Peer known_;
};

TEST_F(SideQueuesTest, WhoWasSentToComesFirst) {
  TunDevice device = make({.name = "sifted"});
  EXPECT_EQ(attached_queues("sifted"), 1U);
  device.sift(now_);
  EXPECT_EQ(attached_queues("sifted"), 1U + SideQueues::kQueues);
  send(device, known_);
  for (const Peer& stranger : strangers_) stranger.send();
  known_.send();
  const auto ports = receive(device);
  const auto place = std::ranges::find(ports, known_.port()) - ports.begin();
  EXPECT_LE(place, 20);  // of 80 strangers one in 16 is in the first queue as well
  EXPECT_EQ(ports.size() + receive_all(device), strangers_.size() + 1);  // and nothing is lost
}

// One place of a turn is one of a period while the first queue has packets: others need the processor.
TEST_F(SideQueuesTest, StrangersHaveSoManyPlaces) {
  TunDevice device = make({.name = "places"});
  device.sift(now_);
  send(device, known_);
  for (const Peer& stranger : strangers_) stranger.send();
  known_.send();
  const std::size_t first = receive(device).size();
  EXPECT_GE(first, 1 + SideQueues::kPlaces);
  EXPECT_LE(first, 20 + SideQueues::kPlaces);
  EXPECT_EQ(device.next_deadline(), now_ + SideQueues::kPeriod);
  now_ += 10us;
  EXPECT_EQ(receive(device).size(), 0U);
  now_ += SideQueues::kPeriod;
  EXPECT_EQ(receive(device).size(), SideQueues::kPlaces);
  EXPECT_EQ(device.next_deadline(), now_);  // the first queue has nothing more: again at once
  now_ += 10us;
  EXPECT_EQ(first + SideQueues::kPlaces + receive(device).size(), strangers_.size() + 1);
  EXPECT_EQ(device.next_deadline(), now_ + SideQueues::kPeriod);
}

// What answers a stranger makes him no acquaintance.
TEST_F(SideQueuesTest, AnAnswerIsNotRemembered) {
  TunDevice device = make({.name = "answers"});
  device.sift(now_);
  send(device, known_);
  for (const Peer& stranger : strangers_) send(device, stranger, Addressee::Stranger);
  for (const Peer& stranger : strangers_) stranger.send();
  known_.send();
  EXPECT_LE(receive(device).size(), 20 + SideQueues::kPlaces);
}

// What a nuisance sends waits with what strangers send, and is found there.
TEST_F(SideQueuesTest, ANuisanceIsOneOfTheStrangers) {
  TunDevice device = make({.name = "nuisance"});
  device.sift(now_);
  const Peer nuisance;
  send(device, known_);
  send(device, nuisance);
  const auto all_come = [&] {
    for (int i = 0; i < 100; ++i) nuisance.send();
    known_.send();
    return receive(device);
  };
  EXPECT_EQ(all_come().size(), 101U);
  send(device, nuisance, Addressee::Nuisance);
  now_ += SideQueues::kPeriod;
  const auto ports = all_come();
  EXPECT_EQ(ports.front(), known_.port());
  EXPECT_EQ(ports.size(), 1 + SideQueues::kPlaces);
  EXPECT_EQ(receive_all(device), 100 - SideQueues::kPlaces);
}

TEST_F(SideQueuesTest, GoAndComeAgain) {
  TunDevice device = make({.name = "again"});
  for (int round = 0; round < 2; ++round) {
    device.sift(now_);
    EXPECT_EQ(attached_queues("again"), 1U + SideQueues::kQueues);
    strangers_[0].send();
    EXPECT_EQ(receive_all(device), 1U);
    now_ += SideQueues::kOpenFor;
    EXPECT_EQ(receive(device).size(), 0U);
    EXPECT_EQ(attached_queues("again"), 1U);
    EXPECT_EQ(device.next_deadline(), kNever);
    for (const Peer& stranger : strangers_) stranger.send();
    EXPECT_EQ(receive(device).size(), strangers_.size());
  }
}

TEST_F(SideQueuesTest, AnInterfaceOfOneQueueKeepsItsOne) {
  {
    const FileDescriptor node(open(kTunNode, O_RDWR | O_CLOEXEC));
    ifreq request{};
    std::ranges::copy(std::string_view("single"), request.ifr_name);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    ASSERT_EQ(ioctl(node.get(), TUNSETIFF, &request), 0);
    ASSERT_EQ(ioctl(node.get(), TUNSETPERSIST, 1), 0);
  }
  EXPECT_EQ(attached_queues("single"), std::nullopt);
  EXPECT_EQ(attached_queues("lo"), std::nullopt);
  TunDevice device = make({.name = "single", .existing = true});
  device.sift(now_);
  EXPECT_EQ(device.next_deadline(), kNever);
  for (const Peer& stranger : strangers_) stranger.send();
  EXPECT_EQ(receive(device).size(), strangers_.size());
  ASSERT_EQ(ioctl(device.fd(), TUNSETPERSIST, 0), 0);
}

}  // namespace
}  // namespace tunic::tun::testing
