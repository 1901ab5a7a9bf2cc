// UDP sockets on the wire: who gets a datagram, what is said where nobody does, and which errors come back. RFC 768, RFC 1122
// §4.1; B20, B21, B51, B52.
#include <tunic/udp_socket.hpp>

#include <set>

#include "base/endian.hpp"
#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/story.hpp"
#include "udp/datagram.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::Story;
using testing::Octets;

constexpr Endpoint kPeer{Ipv4Address(10, 9, 0, 1), 5000};
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr Ipv4Address kBroadcast(10, 9, 0, 255);
constexpr std::uint8_t kUdp = 17;

Octets datagram(const Bytes& payload, const Endpoint& from, const Endpoint& to) {
  BlockPool pool;
  const auto content =
      udp::encode_datagram({.source = from, .destination = to, .payload = Chain(pool.copy(payload))}).to_vector();
  return testing::ipv4_packet(
      {.tos = 0x2e << 2, .ttl = 9, .protocol = kUdp, .source = from.address, .destination = to.address}, content);
}

Octets icmp_error(std::uint8_t type, std::uint8_t code, const Octets& about) {
  return testing::ipv4_packet({.protocol = 1, .source = kPeer.address, .destination = kStack},
                              testing::icmp_message({.type = type, .code = code}, testing::quote(about)));
}

class Udp : public ::testing::Test {
 protected:
  UdpSocket bound(Endpoint local) {
    auto socket = UdpSocket::bind(story.stack(), local);
    EXPECT_TRUE(socket.has_value());
    return std::move(*socket);
  }
  /// What the socket has received: its data, or an error.
  Result<Bytes> read(UdpSocket& socket) {
    Bytes out(65536);
    const auto received = socket.receive_from(out);
    if (!received) return std::unexpected(received.error());
    last = *received;
    out.resize(received->size);
    return out;
  }
  void expect_data(UdpSocket& socket, const Bytes& data) {
    const auto got = read(socket);
    ASSERT_TRUE(got.has_value()) << got.error().message();
    EXPECT_EQ(*got, data);
  }
  void expect_error(UdpSocket& socket, Error error) {
    const auto got = read(socket);
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error(), error);
  }

  Story story;
  UdpReceived last;
};

// What a device has not cut: datagrams keep their borders.
TEST_F(Udp, ArrivesAsManyDatagramsThatADeviceDeliversAtOnce) {
  UdpSocket socket = bound({kStack, 53});
  const Bytes payload = test::pattern(250);
  PacketBuffer packet(Chain(story.stack().pool().copy(datagram(payload, kPeer, {kStack, 53}))));
  packet.offload = {.checksum_valid = true, .checksum_partial = true, .gso_size = 100};
  story.stack().receive(std::move(packet), story.now());
  expect_data(socket, {payload.begin(), payload.begin() + 100});
  expect_data(socket, {payload.begin() + 100, payload.begin() + 200});
  expect_data(socket, {payload.begin() + 200, payload.end()});
  expect_error(socket, Error::WouldBlock);
}

// RFC 1122 §4.1.3.5 and §4.1.4: the application learns both addresses, TOS and TTL.
// Shows: RFC 768, RFC 1122 §3.4
TEST_F(Udp, ArrivesWithItsAddresses) {
  UdpSocket socket = bound({Ipv4Address(), 53});
  for (const std::size_t size : {0U, 1U, 1472U}) {
    const Bytes payload = test::pattern(size);
    story.inject_packet(datagram(payload, kPeer, {kStack, 53}));
    expect_data(socket, payload);
    EXPECT_EQ(last.source, kPeer);
    EXPECT_EQ(last.destination, (Endpoint{kStack, 53}));
    EXPECT_EQ(last.tos, 0x2e << 2);
    EXPECT_EQ(last.ttl, 9);
  }
  expect_error(socket, Error::WouldBlock);
  story.expect_nothing();
}

// Shows: RFC 768
TEST_F(Udp, LeavesAsItWasGiven) {
  UdpSocket socket = bound({kStack, 53});
  UdpOptions options = socket.options();
  options.tos = 0xb8;
  options.ttl = 3;
  ASSERT_TRUE(socket.set_options(options).has_value());
  for (const std::size_t size : {0U, 1U, 1472U}) {
    const Bytes payload = test::pattern(size);
    ASSERT_TRUE(socket.send_to(payload, kPeer).has_value());
    story.settle();
    const Octets packet = story.take_packet();
    const auto ip = wire::parse_ipv4(packet, packet.size());
    ASSERT_TRUE(ip.has_value());
    EXPECT_EQ(ip->tos, 0xb8);
    EXPECT_EQ(ip->ttl, 3);
    EXPECT_EQ(ip->source, kStack);
    BlockPool pool;
    PacketBuffer content(Chain(pool.copy(packet)));
    content.trim_front(20);
    const auto sent = udp::decode_datagram(*ip, std::move(content), pool);
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->destination, kPeer);
    EXPECT_EQ(sent->payload.to_vector(), payload);
  }
}

// B51: the longest there is, in and out, in fragments; one octet more is refused.
// Shows: B51, RFC 1122 §3.3.3
TEST_F(Udp, ReachesTheLongestDatagram) {
  UdpSocket socket = bound({kStack, 53});
  const Bytes payload = test::pattern(UdpSocket::kMaxSize);
  ASSERT_TRUE(socket.send_to(payload, kPeer).has_value());
  story.settle();
  std::vector<Octets> fragments;
  for (Octets packet = story.take_packet(); !packet.empty(); packet = story.take_packet()) fragments.push_back(packet);
  EXPECT_EQ(fragments.size(), (payload.size() + 8 + 1479) / 1480);
  // They come back as if the peer had sent them: the sums do not change when source and destination change places.
  for (Octets& fragment : fragments) {
    std::swap_ranges(fragment.begin() + 12, fragment.begin() + 16, fragment.begin() + 16);
    if ((load_be16(&fragment[6]) & 0x1fff) == 0)
      std::swap_ranges(fragment.begin() + 20, fragment.begin() + 22, fragment.begin() + 22);
    story.inject_packet(fragment);
  }
  expect_data(socket, payload);
  EXPECT_EQ(socket.send_to(Bytes(UdpSocket::kMaxSize + 1), kPeer).error(), Error::MessageSize);
  EXPECT_EQ(socket.unsent(), 0U);
}

// RFC 1122 §4.1.3.1: "UDP SHOULD send an ICMP Port Unreachable message."
// Shows: RFC 1122 §4.1.3.1
TEST_F(Udp, ForNobodyIsUnreachable) {
  UdpSocket socket = bound({kStack, 53});
  story.inject_packet(datagram(test::pattern(9), kPeer, {kStack, 54}));
  story.expect_drop(Why::DropUdpNoPort);
  story.expect_icmp(3, 3, Why::IcmpPortUnreachable);
  socket.close();
  story.inject_packet(datagram(test::pattern(9), kPeer, {kStack, 53}));
  story.expect_icmp(3, 3, Why::IcmpPortUnreachable);
}

// The most particular socket has it; of two alike the younger one.
TEST_F(Udp, GoesToTheSocketThatFitsBest) {
  UdpSocket any = bound({Ipv4Address(), 0});
  const Port port = any.local().port;
  auto open = [&](Ipv4Address address) {
    auto socket = UdpSocket::open(story.stack());
    UdpOptions options = socket->options();
    options.reuse_address = true;
    socket->set_options(options).value();
    EXPECT_TRUE(socket->bind({address, port}).has_value());
    return std::move(*socket);
  };
  auto refused = UdpSocket::bind(story.stack(), {kStack, port});
  EXPECT_EQ(refused.error(), Error::AddressInUse);
  UdpOptions options = any.options();
  options.reuse_address = true;
  any.set_options(options).value();
  UdpSocket particular = open(kStack);
  UdpSocket connected = open(kStack);
  ASSERT_TRUE(connected.connect(kPeer).has_value());

  story.inject_packet(datagram(test::pattern(1), kPeer, {kStack, port}));
  expect_data(connected, test::pattern(1));
  story.inject_packet(datagram(test::pattern(2), {kPeer.address, 5001}, {kStack, port}));
  expect_data(particular, test::pattern(2));
  particular.close();
  story.inject_packet(datagram(test::pattern(3), {kPeer.address, 5001}, {kStack, port}));
  expect_data(any, test::pattern(3));
  UdpSocket younger = open(Ipv4Address());
  story.inject_packet(datagram(test::pattern(4), {kPeer.address, 5001}, {kStack, port}));
  expect_data(younger, test::pattern(4));
  story.expect_nothing();
}

// B20: all who have the port hear it; if nobody has, nobody is told.
// Shows: B20, RFC 1122 §4.1.3.1 (against), RFC 1122 §3.3.6
TEST_F(Udp, ToAGroupGoesToAll) {
  UdpSocket any = bound({Ipv4Address(), 53});
  UdpSocket alone = bound({kStack, 54});
  for (const Ipv4Address group : {kBroadcast, Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1)}) {
    story.inject_packet(datagram(test::pattern(5), kPeer, {group, 53}));
    expect_data(any, test::pattern(5));
    EXPECT_EQ(last.destination.address, group);
    story.inject_packet(datagram(test::pattern(5), kPeer, {group, 54}));
    story.expect_drop(Why::DropUdpNoPort);
    expect_error(alone, Error::WouldBlock);
  }
  story.expect_nothing();
}

// Shows: RFC 1122 §3.3.6 (against)
TEST_F(Udp, ToAGroupMustBeAskedFor) {
  UdpSocket socket = bound({kStack, 53});
  for (const Ipv4Address group : {kBroadcast, Ipv4Address(255, 255, 255, 255)}) {
    EXPECT_EQ(socket.send_to(test::pattern(1), {group, 53}).error(), Error::AccessDenied);
    EXPECT_EQ(socket.connect({group, 53}).error(), Error::AccessDenied);
  }
  UdpOptions options = socket.options();
  options.broadcast = true;
  socket.set_options(options).value();
  for (const Ipv4Address group : {kBroadcast, Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1)}) {
    EXPECT_TRUE(socket.send_to(test::pattern(1), {group, 53}).has_value());
    story.settle();
    const Octets packet = story.take_packet();
    EXPECT_EQ(packet.at(8), std::byte{1}) << "TTL";
  }
}

// RFC 1122 §3.2.1.3: what can be nobody's address is not sent to; and 127/8 does not leave.
// Shows: RFC 1122 §3.2.1.3 (against)
TEST_F(Udp, NeverLeavesForImpossibleAddresses) {
  UdpSocket socket = bound({Ipv4Address(), 53});
  for (const Endpoint to : {Endpoint{Ipv4Address(), 53}, Endpoint{Ipv4Address(0, 1, 2, 3), 53},
                            Endpoint{Ipv4Address(240, 0, 0, 1), 53}, Endpoint{kPeer.address, 0}}) {
    EXPECT_EQ(socket.send_to(test::pattern(1), to).error(), Error::InvalidArgument);
  }
  UdpSocket local = bound({Ipv4Address(127, 0, 0, 1), 0});
  EXPECT_EQ(local.send_to(test::pattern(1), kPeer).error(), Error::InvalidArgument);
  EXPECT_TRUE(local.send_to(test::pattern(1), {Ipv4Address(127, 0, 0, 1), 53}).has_value());
  story.settle();
  expect_data(socket, test::pattern(1));
  story.expect_nothing();
}

// RFC 1122 §4.1.3.3: "UDP MUST pass to the application layer all ICMP error messages that it receives from the IP layer."
// Shows: RFC 1122 §4.1.3.3, RFC 1122 §3.2.2.1, RFC 1122 §3.2.2.4, RFC 1122 §3.2.2.5
TEST_F(Udp, HearsOfErrors) {
  UdpSocket socket = bound({kStack, 53});
  ASSERT_TRUE(socket.connect(kPeer).has_value());
  struct Told {
    std::uint8_t type;
    std::uint8_t code;
    Error error;  // WouldBlock: a passing trouble, told only to who asks
  };
  for (const Told& told :
       {Told{3, 3, Error::ConnectionRefused}, Told{3, 2, Error::ProtocolUnreachable},
        Told{3, 9, Error::NetworkUnreachable}, Told{3, 13, Error::HostUnreachable}, Told{3, 0, Error::WouldBlock},
        Told{3, 1, Error::WouldBlock}, Told{11, 0, Error::WouldBlock}, Told{12, 0, Error::WouldBlock}}) {
    ASSERT_TRUE(socket.send(test::pattern(1)).has_value());
    story.settle();
    story.inject_packet(icmp_error(told.type, told.code, story.take_packet()));
    EXPECT_EQ(socket.readiness().error, told.error != Error::WouldBlock);
    expect_error(socket, told.error);
    expect_error(socket, Error::WouldBlock);
    const auto icmp = socket.take_icmp_error();
    ASSERT_TRUE(icmp.has_value());
    EXPECT_EQ(icmp->type, told.type);
    EXPECT_EQ(icmp->code, told.code);
    EXPECT_EQ(icmp->destination, kPeer);
  }
}

TEST_F(Udp, IsToldOfErrorsWhenSendingToo) {
  UdpSocket socket = bound({kStack, 53});
  ASSERT_TRUE(socket.connect(kPeer).has_value());
  ASSERT_TRUE(socket.send(test::pattern(1)).has_value());
  story.settle();
  story.inject_packet(icmp_error(3, 3, story.take_packet()));
  EXPECT_EQ(socket.send(test::pattern(1)).error(), Error::ConnectionRefused);
  EXPECT_TRUE(socket.send(test::pattern(1)).has_value()) << "it is told once";
  story.settle();
  story.take_packet();
}

// One without a connection would not know which of its peers is meant, and others' errors concern nobody.
TEST_F(Udp, DoesNotFailForOthers) {
  UdpSocket socket = bound({kStack, 53});
  ASSERT_TRUE(socket.send_to(test::pattern(1), kPeer).has_value());
  story.settle();
  const Octets sent = story.take_packet();
  story.inject_packet(icmp_error(3, 3, sent));
  expect_error(socket, Error::WouldBlock);
  EXPECT_TRUE(socket.take_icmp_error().has_value());
  ASSERT_TRUE(socket.connect({kPeer.address, 5001}).has_value());
  story.inject_packet(icmp_error(3, 3, sent));
  story.expect_drop(Why::DropIcmpQuote);
  expect_error(socket, Error::WouldBlock);
  story.inject_packet(icmp_error(4, 0, sent));  // RFC 6633
  story.inject_packet(icmp_error(5, 0, sent));
  EXPECT_FALSE(socket.take_icmp_error().has_value());
}

// Every queue has a cap.
TEST_F(Udp, HasACappedQueue) {
  UdpSocket socket = bound({kStack, 53});
  UdpOptions options = socket.options();
  options.receive_buffer = 4096;
  socket.set_options(options).value();
  for (int i = 0; i < 100; ++i) story.inject_packet(datagram(test::pattern(10), kPeer, {kStack, 53}));
  story.expect_drop(Why::DropUdpQueueFull);
  int count = 0;
  while (read(socket)) ++count;
  EXPECT_GT(count, 4);
  EXPECT_LT(count, 20);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropUdpQueueFull), static_cast<std::uint64_t>(100 - count));
  story.inject_packet(datagram(test::pattern(60000 % 1473), kPeer, {kStack, 53}));
  EXPECT_TRUE(read(socket).has_value()) << "there is room again";
  EXPECT_LE(story.stack().pool().bytes_in_use(), 4096U);
}

TEST_F(Udp, WaitsForRoomToSend) {
  UdpSocket socket = bound({kStack, 53});
  UdpOptions options = socket.options();
  options.send_buffer = 4096;
  socket.set_options(options).value();
  int told = 0;
  socket.on_ready([&](Readiness ready) { told += ready.writable ? 1 : 0; });
  int taken = 0;
  while (taken < 100 && socket.send_to(test::pattern(1000), kPeer)) ++taken;
  EXPECT_EQ(taken, 4);
  EXPECT_EQ(socket.send_to(test::pattern(1000), kPeer).error(), Error::WouldBlock);
  EXPECT_EQ(told, 0);
  story.settle();
  EXPECT_EQ(told, 1);
  for (int i = 0; i < taken; ++i) EXPECT_FALSE(story.take_packet().empty());
  EXPECT_TRUE(socket.send_to(test::pattern(1000), kPeer).has_value());
  story.settle();
  story.take_packet();
}

// RFC 6056: a port of its own, at random, which nobody else has. B30.
// Shows: B30
TEST_F(Udp, GetsARandomPort) {
  std::vector<UdpSocket> sockets;
  std::set<Port> ports;
  int neighbours = 0;
  for (int i = 0; i < 100; ++i) {
    sockets.push_back(bound({Ipv4Address(), 0}));
    const Port port = sockets.back().local().port;
    if (ports.contains(static_cast<Port>(port - 1))) ++neighbours;
    EXPECT_TRUE(ports.insert(port).second);
    EXPECT_GE(port, 32768);
  }
  EXPECT_LT(neighbours, 10);
}

TEST_F(Udp, BindsAsItSays) {
  UdpSocket socket = bound({kStack, 53});
  EXPECT_EQ(UdpSocket::bind(story.stack(), {kStack, 53}).error(), Error::AddressInUse);
  EXPECT_EQ(UdpSocket::bind(story.stack(), {Ipv4Address(), 53}).error(), Error::AddressInUse);
  EXPECT_TRUE(UdpSocket::bind(story.stack(), {Ipv4Address(127, 0, 0, 1), 53}).has_value());
  EXPECT_EQ(UdpSocket::bind(story.stack(), {Ipv4Address(10, 9, 0, 7), 53}).error(), Error::AddressNotAvailable);
  EXPECT_EQ(socket.bind({kStack, 54}).error(), Error::InvalidArgument);
  auto other = UdpSocket::open(story.stack());
  EXPECT_EQ(other->send(test::pattern(1)).error(), Error::NotConnected);
  ASSERT_TRUE(other->connect(kPeer).has_value());
  EXPECT_EQ(other->local().address, kStack);
  EXPECT_EQ(other->remote(), kPeer);
  other->disconnect();
  EXPECT_EQ(other->local(), Endpoint{});
  EXPECT_EQ(other->remote(), std::nullopt);
}

TEST_F(Udp, CanBePeekedAt) {
  UdpSocket socket = bound({kStack, 53});
  story.inject_packet(datagram(test::pattern(100), kPeer, {kStack, 53}));
  Bytes part(10);
  const auto peeked = socket.peek_from(part);
  ASSERT_TRUE(peeked.has_value());
  EXPECT_EQ(peeked->size, 100U);
  EXPECT_EQ(part, test::pattern(10));
  EXPECT_EQ(socket.next_size(), 100U);
  EXPECT_EQ(socket.receive_from(part)->size, 100U);
  EXPECT_EQ(socket.next_size(), std::nullopt) << "what did not fit is lost";
}

// B19: "... MUST discard UDP datagrams with an invalid source address".
// Shows: RFC 1122 §4.1.3.6, RFC 1122 §4.1.3.6 (against)
TEST_F(Udp, FromImpossibleSourcesIsDropped) {
  UdpSocket socket = bound({Ipv4Address(), 53});
  for (const Ipv4Address source : {Ipv4Address(), Ipv4Address(127, 0, 0, 1), Ipv4Address(224, 0, 0, 1), kBroadcast,
                                   Ipv4Address(255, 255, 255, 255), kStack}) {
    story.inject_packet(datagram(test::pattern(1), {source, 5000}, {kStack, 53}));
    story.expect_drop(Why::DropIpSource);
    expect_error(socket, Error::WouldBlock);
  }
  story.expect_nothing();
}

// B52: a port 0 that sends is one that wants no answer (RFC 768); one that receives does not exist.
// Shows: B52
TEST_F(Udp, MayHaveNoSourcePort) {
  UdpSocket socket = bound({kStack, 53});
  story.inject_packet(datagram(test::pattern(1), {kPeer.address, 0}, {kStack, 53}));
  expect_data(socket, test::pattern(1));
  EXPECT_EQ(last.source.port, 0);
}

// Shows: RFC 1122 §4.1.3.4
TEST_F(Udp, CanDoWithoutAChecksum) {
  UdpSocket socket = bound({kStack, 53});
  UdpOptions options = socket.options();
  options.checksum = false;
  socket.set_options(options).value();
  ASSERT_TRUE(socket.send_to(test::pattern(3), kPeer).has_value());
  story.settle();
  const Octets packet = story.take_packet();
  ASSERT_EQ(packet.size(), 31U);
  EXPECT_EQ(load_be16(&packet[26]), 0);
  Octets unchecked = datagram(test::pattern(3), kPeer, {kStack, 53});
  store_be16(&unchecked[26], 0);
  story.inject_packet(unchecked);
  expect_data(socket, test::pattern(3));
}

TEST(UdpSender, HearsWhenTheQueueIsFull) {
  Config config = testing::plain_config();
  config.max_packets_queued = 1;
  Story story(config);
  auto socket = *UdpSocket::bind(story.stack(), {Ipv4Address(10, 9, 0, 2), 53});
  const auto send = [&] { return socket.send_to(test::pattern(10), {Ipv4Address(10, 9, 0, 1), 5000}); };
  EXPECT_TRUE(send());
  EXPECT_EQ(send().error(), Error::NoBufferSpace);
  story.settle();
  EXPECT_FALSE(story.take_packet().empty());
  EXPECT_TRUE(send());
  story.settle();
  EXPECT_FALSE(story.take_packet().empty());
}

}  // namespace
}  // namespace tunic
