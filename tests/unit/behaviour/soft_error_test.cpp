// What goes wrong without ending a connection, and how the application learns of it. RFC 9293 §3.8.3 (R1), §3.9.1.8 and
// §3.9.2.2, RFC 5461 §3.
#include "testing/packets.hpp"

#include "base/endian.hpp"
#include "tests/unit/behaviour/flights.hpp"
#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using testing::Octets;

/// ICMP tells that our segment which begins at `seq` did not get there.
void icmp(Story& story, std::uint8_t type, std::uint8_t code, std::uint32_t seq) {
  constexpr Ipv4Address kPeer(10, 9, 0, 1);
  constexpr Ipv4Address kStack(10, 9, 0, 2);
  Octets ports_and_number(8);
  store_be16(&ports_and_number[0], story.flow().stack.port);
  store_be16(&ports_and_number[2], story.flow().peer.port);
  store_be32(&ports_and_number[4], story.flow().stack_isn + seq);
  const Octets quoted = testing::ipv4_packet({.protocol = 6, .source = kStack, .destination = kPeer}, ports_and_number);
  story.inject_packet(testing::ipv4_packet({.protocol = 1, .source = kPeer, .destination = kStack},
                                           testing::icmp_message({.type = type, .code = code}, quoted)));
}

struct Told {
  std::uint8_t type;
  std::uint8_t code;
  Error error;
};

// MUST-47, MUST-56, SHLD-25: unreachable 0, 1 and 5, time exceeded and parameter problem are there to be asked for; so is,
// with the connection established, what is hard elsewhere (RFC 5461 §3).
// Shows: MUST-47, MUST-54, MUST-56, MUST-56 (against), SHLD-25, RFC 5461, RFC 1122 §3.2.2.4, RFC 1122 §3.2.2.5
TEST(SoftError, IsThereForTheApplicationUntilSomethingIsAcknowledged) {
  for (const Told told :
       {Told{3, 0, Error::NetworkUnreachable}, Told{3, 1, Error::HostUnreachable}, Told{3, 5, Error::HostUnreachable},
        Told{11, 0, Error::HostUnreachable}, Told{11, 1, Error::HostUnreachable}, Told{12, 0, Error::HostUnreachable},
        Told{3, 2, Error::ProtocolUnreachable}, Told{3, 3, Error::ConnectionRefused},
        Told{3, 6, Error::NetworkUnreachable}}) {
    Story story;
    auto socket = established(story);
    socket.write(100);
    story.expect("P. 1:101(100) ack 1");
    icmp(story, told.type, told.code, 1);
    EXPECT_EQ(socket.socket().soft_error(), told.error);
    EXPECT_FALSE(socket.socket().readiness().trouble);
    socket.expect_nothing_to_read();
    story.expect_state(TcpState::Established);
    story.inject(ack(101));
    EXPECT_FALSE(socket.socket().soft_error());
  }
}

// SHLD-20: an application may have no use for such news; who wants them is told at once, and once each.
// Shows: SHLD-20, MUST-47
TEST(SoftError, IsToldToWhoWantsToHear) {
  for (const bool wanted : {false, true}) {
    Story story;
    auto socket = established(story);
    SocketOptions options = socket.socket().options();
    options.tell_soft_errors = wanted;
    ASSERT_TRUE(socket.socket().set_options(options));
    socket.write(100);
    story.expect("P. 1:101(100) ack 1");
    int told = 0;
    socket.socket().on_ready([&](Readiness ready) { told += ready.trouble ? 1 : 0; });
    story.settle();
    icmp(story, 3, 1, 1);
    EXPECT_EQ(told, wanted ? 1 : 0);
    EXPECT_EQ(socket.socket().take_soft_error(), Error::HostUnreachable);
    EXPECT_FALSE(socket.socket().take_soft_error());
    EXPECT_FALSE(socket.socket().readiness().trouble);
  }
}

// MUST-20, SHLD-9, SHLD-10: R1 is the third retransmission.
// Shows: MUST-20, SHLD-9, SHLD-10
TEST(SoftError, TellsOfR1) {
  Story story;
  auto socket = established(story);
  SocketOptions options = socket.socket().options();
  options.tell_soft_errors = true;
  ASSERT_TRUE(socket.socket().set_options(options));
  socket.write(100);
  story.expect("P. 1:101(100) ack 1");
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.expect_after(400ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  EXPECT_FALSE(socket.socket().readiness().trouble);
  story.expect_after(800ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  EXPECT_TRUE(socket.socket().readiness().trouble);
  EXPECT_EQ(socket.socket().soft_error(), Error::TimedOut);
  story.inject(ack(101));
  EXPECT_FALSE(socket.socket().readiness().trouble);
}

// RFC 5461 §3: the cause is better news than that time has passed; both for an open (MUST-22) ...
// Shows: MUST-22, SHLD-25
TEST(SoftError, IsWhyAnOpenFailed) {
  Config config = testing::plain_config();
  config.tcp.syn_retransmits = 1;
  Story story(config);
  auto reached = reach(story, TcpState::SynSent);
  icmp(story, 3, 1, 0);
  story.expect_state(TcpState::SynSent);
  story.expect_after(1s, "S 0:0(0)", Why::SynRetransmit);
  story.advance(2s);
  story.expect_state(TcpState::Closed);
  reached.socket.expect_error(Error::HostUnreachable);
}

// ... and for data, but not if something was acknowledged since.
TEST(SoftError, IsWhyAConnectionWasGivenUp) {
  for (const bool acknowledged : {false, true}) {
    Config config = testing::plain_config();
    config.tcp.retransmits_r2 = 1;
    Story story(config);
    auto socket = established(story);
    socket.write(100);
    story.expect("P. 1:101(100) ack 1");
    icmp(story, 3, 0, 1);
    if (acknowledged) story.inject(ack(1));
    story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
    story.advance(400ms);
    story.expect_state(TcpState::Closed);
    socket.expect_error(acknowledged ? Error::TimedOut : Error::NetworkUnreachable);
  }
}

}  // namespace
}  // namespace tunic
