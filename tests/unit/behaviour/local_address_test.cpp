// Which of its addresses the stack speaks from, who may listen where, and what of the IP header the application sets.
// RFC 9293 §3.9.1.1, §3.9.2, RFC 1122 §3.3.1 and §3.4.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

Ipv4Address source_of(const std::vector<std::byte>& packet) {
  const auto octet = [&packet](std::size_t at) { return std::to_integer<std::uint8_t>(packet.at(at)); };
  return {octet(12), octet(13), octet(14), octet(15)};
}

// Known before the SYN leaves: the address in the network of the peer; beyond all networks, the first one.
// Shows: MUST-44, RFC 1122 §3.3.1
TEST(SourceAddress, IsThatOnTheWayToThePeer) {
  Story story;
  story.stack().add_address({Ipv4Address(10, 10, 0, 2), 24});
  for (const auto& [peer, expected] : {std::pair{Ipv4Address(10, 9, 0, 1), Ipv4Address(10, 9, 0, 2)},
                                       std::pair{Ipv4Address(10, 10, 0, 1), Ipv4Address(10, 10, 0, 2)},
                                       std::pair{Ipv4Address(198, 51, 100, 1), Ipv4Address(10, 9, 0, 2)}}) {
    auto socket = TcpSocket::connect(story.stack(), {peer, 80}).value();
    EXPECT_EQ(socket.local().address, expected);
    story.settle();
    EXPECT_EQ(source_of(story.take_packet()), expected);
  }
}

// Shows: MUST-45
TEST(SourceAddress, StaysWhateverIsAddedLater) {
  Story story;
  auto socket = TcpSocket::connect(story.stack(), {Ipv4Address(198, 51, 100, 1), 80}).value();
  story.settle();
  EXPECT_EQ(source_of(story.take_packet()), Ipv4Address(10, 9, 0, 2));
  story.stack().add_address({Ipv4Address(198, 51, 100, 2), 24});
  story.advance(1s);
  EXPECT_EQ(source_of(story.take_packet()), Ipv4Address(10, 9, 0, 2));  // the SYN again
  EXPECT_EQ(socket.local().address, Ipv4Address(10, 9, 0, 2));
}

// "LISTEN on a port while a connection block with the same local port is in SYN-SENT or SYN-RECEIVED state".
// Shows: MUST-42, MUST-41, MUST-41 (against)
TEST(Listening, BesideAnOpenOnTheSamePort) {
  Story story;
  auto opening = story.connect(80);  // from port 40000
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.listen(40000);
  story.inject("50000 > 40000 S 0:0(0) win 65535");
  story.expect("40000 > 50000 S. 0:0(0) ack 1", Why::PassiveOpenReply);
  auto everywhere = TcpListener::listen(story.stack(), {Ipv4Address(), 40000});  // beside a record in SYN-RECEIVED
  EXPECT_TRUE(everywhere.has_value());
  story.inject("50000 > 40000 . 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  story.inject("80 > 40000 S. 0:0(0) ack 1 win 65535");
  story.expect("40000 > 80 . 1:1(0) ack 1", Why::HandshakeAck);
  auto accepted = story.accept(40000);
}

// DSCP 46, later 10. The two bits of ECN are TCP's own.
// Shows: MUST-48, SHLD-21, SHLD-22, RFC 1122 §3.2.1.6
TEST(TypeOfService, IsTheApplicationsAndMayChange) {
  Story story;
  auto socket = established(story);
  SocketOptions options = socket.socket().options();
  options.tos = 46 << 2 | 1;
  EXPECT_FALSE(socket.socket().set_options(options));
  options.tos = 46 << 2;
  ASSERT_TRUE(socket.socket().set_options(options));
  socket.write(100);
  story.expect("[tos 184] P. 1:101(100) ack 1", Why::LastBufferedData);
  options.tos = 10 << 2;
  ASSERT_TRUE(socket.socket().set_options(options));
  story.inject(data(1, 101));
  story.expect("[tos 40] . 101:101(0) ack 101", Why::QuickAck);
  story.expect_after(200ms, "[tos 40] P. 1:101(100) ack 101", Why::TimeoutRetransmit);
}

}  // namespace
}  // namespace tunic
