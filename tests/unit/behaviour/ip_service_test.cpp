// What TCP asks of IP: DSCP and TTL by connection, no open to a group, and messages that mean nothing. RFC 9293 §3.9.2, RFC 1122
// §3.2.1.6, §3.2.1.7 and §3.2.2.3, RFC 6633; MUST-46, MUST-48, MUST-49, MUST-55, B24.
#include "testing/packets.hpp"

#include "base/endian.hpp"
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using test::Story;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kStack(10, 9, 0, 2);

// "The application ... SHOULD be able to change the Diffserv field during the connection lifetime", and TCP passes it on.
// Shows: MUST-48, SHLD-21, SHLD-22, RFC 1122 §3.2.1.6, RFC 1122 §3.4
TEST(Dscp, CanBeChangedWhileConnected) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  for (const int tos : {0xb8, 0x28, 0x00}) {
    SocketOptions options = reached.socket.socket().options();
    options.tos = static_cast<std::uint8_t>(tos);
    options.no_delay = true;
    ASSERT_TRUE(reached.socket.socket().set_options(options).has_value());
    reached.socket.write(100);
    const Octets packet = story.take_packet();
    ASSERT_FALSE(packet.empty());
    EXPECT_EQ(packet[1], static_cast<std::byte>(tos));
  }
}

// Shows: MUST-49, RFC 1122 §3.2.1.7, RFC 1122 §3.2.1.7 (against)
TEST(Ttl, CanBeSetAndIsNeverZero) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  SocketOptions options = reached.socket.socket().options();
  options.ttl = 0;
  EXPECT_EQ(reached.socket.socket().set_options(options).error(), Error::InvalidArgument);
  for (const int ttl : {1, 7, 255}) {
    options.ttl = static_cast<std::uint8_t>(ttl);
    options.no_delay = true;
    ASSERT_TRUE(reached.socket.socket().set_options(options).has_value());
    reached.socket.write(100);
    EXPECT_EQ(story.take_packet().at(8), static_cast<std::byte>(ttl));
  }
}

// "MUST reject a local OPEN call for an invalid remote IP address."
// Shows: MUST-46, MUST-46 (against), RFC 1122 §3.2.1.3
TEST(Open, ToAGroupIsRejected) {
  Story story;
  for (const Ipv4Address to : {Ipv4Address(10, 9, 0, 255), Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1),
                               Ipv4Address(239, 1, 2, 3), Ipv4Address(), Ipv4Address(240, 0, 0, 1)}) {
    EXPECT_EQ(TcpSocket::connect(story.stack(), {to, 80}).error(), Error::InvalidArgument);
  }
  story.expect_nothing();
}

// The network beyond the device's prefix is reached the same way: one device, one default route.
// Shows: RFC 1122 §3.3.1
TEST(Route, LeadsEverywhere) {
  Story story;
  for (const Ipv4Address to : {kPeer, Ipv4Address(192, 0, 2, 1), Ipv4Address(8, 8, 8, 8)}) {
    auto socket = TcpSocket::connect(story.stack(), {to, 80});
    ASSERT_TRUE(socket.has_value());
    EXPECT_EQ(socket->local().address, kStack);
    story.settle();
    const Octets packet = story.take_packet();
    EXPECT_EQ(load_be32(&packet.at(16)), to.value());
    socket->abort();
    story.settle();
  }
}

// Source quench and redirects: RFC 6633, CVE-2004-0791.
// Shows: MUST-55, MUST-55 (against), RFC 6633, RFC 6633 (against), B24
TEST(SourceQuenchAndRedirects, ChangeNothing) {
  Story story;
  auto reached = reach(story, TcpState::Established);
  reached.socket.write(100);
  const Octets sent = story.take_packet();
  const auto before = story.connection();
  for (const int type : {4, 5}) {
    for (int i = 0; i < 100; ++i) {
      story.inject_packet(testing::ipv4_packet(
          {.protocol = 1, .source = kPeer, .destination = kStack},
          testing::icmp_message({.type = static_cast<std::uint8_t>(type), .code = 1}, testing::quote(sent))));
      story.expect_drop(Why::DropIcmpType);
    }
  }
  story.expect_nothing();
  EXPECT_EQ(story.connection()->cwnd, before->cwnd);
  EXPECT_EQ(story.connection()->rto, before->rto);
  story.expect_state(TcpState::Established);
}

}  // namespace
}  // namespace tunic
