// ICMP both ways, beyond its plain course (packets_test.cpp has that): what is quoted, what is never answered, and which
// errors are believed. RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2, RFC 5461, RFC 5927; B20 to B24, MUST-54 to MUST-56.
#include "testing/packets.hpp"

#include "base/endian.hpp"
#include "tests/support/bytes.hpp"
#include "tests/unit/behaviour/states.hpp"
#include "wire/udp.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using testing::icmp_message;
using testing::ipv4_packet;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr std::uint8_t kIcmp = 1;

Octets from_peer(std::uint8_t protocol, const Octets& content, Ipv4Address to = kStack) {
  return ipv4_packet({.protocol = protocol, .source = kPeer, .destination = to}, content);
}

Octets echo_of(std::size_t size, Ipv4Address to = kStack) {
  return from_peer(kIcmp, icmp_message({.type = 8, .word1 = 0xffff, .word2 = 0x8000}, test::pattern(size)), to);
}

Octets udp_to(Port port, std::size_t size, Ipv4Address to = kStack) {
  Octets datagram(8);
  wire::emit_udp({.source_port = 5000, .destination_port = port, .length = static_cast<std::uint16_t>(8 + size)},
                 datagram);
  datagram.resize(8 + size, std::byte{0x5a});
  return from_peer(17, datagram, to);
}

/// An error about `packet`, or about as much of it as is quoted.
Octets error(std::uint8_t type, std::uint8_t code, const Octets& quoted) {
  return from_peer(kIcmp, icmp_message({.type = type, .code = code}, quoted));
}

/// The quote of a segment of ours that begins at this number.
Octets segment_quote(Story& story, std::uint32_t seq) {
  Octets ports_and_number(8);
  store_be16(&ports_and_number[0], story.flow().stack.port);
  store_be16(&ports_and_number[2], story.flow().peer.port);
  store_be32(&ports_and_number[4], story.flow().stack_isn + seq);
  return ipv4_packet({.protocol = 6, .source = kStack, .destination = kPeer}, ports_and_number);
}

// ---- Echo ----

// RFC 1122 §3.2.2.6: "Data received in an ICMP Echo Request MUST be entirely included in the resulting Echo Reply."
// Shows: RFC 1122 §3.2.2.6, RFC 792
TEST(Echo, ReturnsEveryLength) {
  Story story;
  for (const std::size_t size : {0U, 1U, 7U, 8U, 99U, 548U, 1472U}) {
    const Octets request = echo_of(size);
    story.inject_packet(request);
    const Octets reply = story.take_packet();
    ASSERT_EQ(reply.size(), request.size());
    EXPECT_EQ(reply[20], std::byte{0});
    EXPECT_TRUE(std::equal(reply.begin() + 24, reply.end(), request.begin() + 24)) << size;
    EXPECT_TRUE(std::equal(reply.begin() + 12, reply.begin() + 16, request.begin() + 16)) << "from the address asked";
    EXPECT_TRUE(std::equal(reply.begin() + 16, reply.begin() + 20, request.begin() + 12));
  }
}

TEST(Echo, IsNotLimitedAsErrorsAre) {
  Config config = testing::plain_config();
  config.icmp_per_second = 1;
  Story story(config);
  for (int i = 0; i < 50; ++i) {
    story.inject_packet(echo_of(8));
    story.expect_icmp(0, 0, Why::IcmpEchoReply);
  }
}

// To nobody alone.
// Shows: B20, RFC 1122 §3.2.2.6 (against), RFC 1122 §3.3.6 (against)
TEST(Echo, ToAGroupIsNotAnswered) {
  Story story;
  for (const Ipv4Address to :
       {Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1), Ipv4Address(10, 9, 0, 255)}) {
    story.inject_packet(echo_of(8, to));
    story.expect_drop(Why::DropEchoToBroadcast);
    story.expect_nothing();
  }
}

// Shows: RFC 1122 §3.2.2 (against)
TEST(Icmp, IgnoresWhatItHasNoUseFor) {
  Story story;
  for (const int type : {1, 6, 9, 10, 13, 15, 17, 255}) {
    story.inject_packet(from_peer(kIcmp, icmp_message({.type = static_cast<std::uint8_t>(type)}, Octets(12))));
    story.expect_drop(Why::DropIcmpType);
  }
  Octets damaged = echo_of(8);
  damaged.back() ^= std::byte{1};
  story.inject_packet(damaged);
  story.expect_drop(Why::DropIcmpChecksum);
  story.expect_nothing();
}

// ---- Errors that we send ----

// RFC 1122 §3.2.2: the IP header and 8 octets at least; RFC 1812 §4.3.2.3: as much as fits 576 octets.
// Shows: RFC 1122 §3.2.2, RFC 792
TEST(Unreachable, QuotesTheDatagram) {
  Story story;
  for (const std::size_t size : {0U, 1U, 100U, 512U, 1400U}) {
    const Octets datagram = udp_to(9, size);
    story.inject_packet(datagram);
    const Octets message = story.take_packet();
    ASSERT_GE(message.size(), 56U);
    EXPECT_LE(message.size(), 576U);
    const std::size_t quoted = message.size() - 28;
    EXPECT_TRUE(std::equal(message.begin() + 28, message.end(), datagram.begin())) << size;
    EXPECT_GE(quoted, std::min<std::size_t>(28, datagram.size()));
  }
}

// RFC 1122 §3.2.2, "An ICMP error message MUST NOT be sent as the result of receiving ...".
// Shows: B20, B21, RFC 1122 §3.2.2 (against), RFC 1122 §3.2.2
TEST(Unreachable, IsNeverSentAboutAGroup) {
  Story story;
  for (const Ipv4Address to :
       {Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1), Ipv4Address(10, 9, 0, 255)}) {
    story.inject_packet(udp_to(9, 8, to));
    story.expect_drop(Why::DropUdpNoPort);
    story.inject_packet(from_peer(47, Octets(8), to));
    story.expect_drop(Why::DropIpProtocol);
    story.expect_nothing();
  }
}

// Shows: B21, RFC 1122 §3.2.2 (against)
TEST(Unreachable, IsNeverSentAboutAnIcmpError) {
  Story story;
  for (const int type : {3, 4, 5, 11, 12}) {
    story.inject_packet(error(static_cast<std::uint8_t>(type), 0, udp_to(9, 8)));
  }
  story.expect_nothing();
}

// B17: an IP packet within an IP packet is not looked at.
// Shows: B17, RFC 1122 §3.2.2.1
TEST(Unreachable, TellsOfProtocolsThatAreNotSpoken) {
  Story story;
  for (const int protocol : {2, 4, 41, 47, 50, 132, 255}) {
    story.inject_packet(from_peer(static_cast<std::uint8_t>(protocol), echo_of(8)));
    story.expect_drop(Why::DropIpProtocol);
    story.expect_icmp(3, 2, Why::IcmpProtocolUnreachable);
  }
}

// B21: so many a second, all peers together, and not one for one.
// Shows: B21
TEST(Unreachable, IsLimited) {
  Config config = testing::plain_config();
  config.icmp_per_second = 20;
  Story story(config);
  for (int second = 0; second < 3; ++second) {
    int sent = 0;
    for (int i = 0; i < 100; ++i) {
      story.inject_packet(udp_to(9, 8));
      if (!story.take_packet().empty()) ++sent;
    }
    story.expect_hold(Why::HoldIcmpLimit);
    EXPECT_GE(sent, 10);
    EXPECT_LE(sent, 20);
    story.advance(1s);
  }
}

// RFC 1122 §4.1.3.1 speaks of datagrams; one whose checksum is wrong is none.
// Shows: B52, RFC 1122 §4.1.3.4 (against)
TEST(Unreachable, IsNeverSentAboutADatagramWithABadChecksum) {
  Story story;
  Octets damaged = udp_to(9, 8);
  damaged[20 + 6] = damaged[20 + 7] = std::byte{0x55};
  story.inject_packet(damaged);
  story.expect_drop(Why::DropUdpChecksum);
  story.inject_packet(udp_to(0, 8));  // B52
  story.expect_drop(Why::DropUdpPortZero);
  story.expect_nothing();
}

// ---- Errors that we hear ----

struct HeardInSynSent {
  std::uint8_t type;
  std::uint8_t code;
  TcpState state;
  Error error;
};

// RFC 5461 §3.1 and §4: hard errors (protocol, port) end an open; MUST-56: soft ones do not.
// Shows: MUST-54, MUST-55, MUST-55 (against), MUST-56, SHLD-26, RFC 1122 §3.2.2.1, RFC 5461, RFC 5927, RFC 6633, RFC 6633 (against), B24, MUST-56 (against)
TEST(ErrorWhileOpening, EndsItOnlyIfItIsHard) {
  for (const auto& heard : {HeardInSynSent{3, 0, TcpState::SynSent, Error::WouldBlock},
                            HeardInSynSent{3, 1, TcpState::SynSent, Error::WouldBlock},
                            HeardInSynSent{3, 2, TcpState::Closed, Error::ProtocolUnreachable},
                            HeardInSynSent{3, 3, TcpState::Closed, Error::ConnectionRefused},
                            HeardInSynSent{3, 5, TcpState::SynSent, Error::WouldBlock},
                            HeardInSynSent{11, 0, TcpState::SynSent, Error::WouldBlock},
                            HeardInSynSent{12, 0, TcpState::SynSent, Error::WouldBlock},
                            HeardInSynSent{4, 0, TcpState::SynSent, Error::WouldBlock},     // MUST-55, B24
                            HeardInSynSent{5, 1, TcpState::SynSent, Error::WouldBlock}}) {  // B24
    Story story;
    auto reached = reach(story, TcpState::SynSent);
    story.inject_packet(error(heard.type, heard.code, segment_quote(story, 0)));
    story.expect_state(heard.state);
    reached.socket.expect_error(heard.error);
    story.expect_nothing();
  }
}

// FreeBSD: who prohibits refuses, and so does every other hard error.
// Shows: RFC 5461
TEST(ErrorWhileOpening, IsARefusalWhereSoSet) {
  Config config = testing::plain_config();
  config.tcp.icmp_errors = IcmpErrors::Bsd;
  for (int code = 0; code <= 15; ++code) {
    Story story(config);
    auto reached = reach(story, TcpState::SynSent);
    story.inject_packet(error(3, static_cast<std::uint8_t>(code), segment_quote(story, 0)));
    const bool hard = code == 2 || code == 3 || code == 9 || code == 10 || code == 13;
    reached.socket.expect_error(hard ? Error::ConnectionRefused : Error::WouldBlock);
  }
}
TEST(ErrorWhileOpening, EndsNothingWhereSoSet) {
  Config config = testing::plain_config();
  config.tcp.icmp_ends_open = false;
  Story story(config);
  auto reached = reach(story, TcpState::SynSent);
  story.inject_packet(error(3, 3, segment_quote(story, 0)));
  story.expect_state(TcpState::SynSent);
}

// B22, RFC 5461 §4: with the connection established a hard error is soft.
// Shows: B22, RFC 5461, MUST-56 (against), SHLD-26, RFC 5461 (against)
TEST(ErrorOnAConnection, DoesNotEndIt) {
  for (const TcpState state : {TcpState::Established, TcpState::CloseWait}) {
    for (std::uint8_t code = 0; code <= 3; ++code) {
      Story story;
      auto reached = reach(story, state);
      reached.socket.write(100);
      story.expect("P. 1:101(100)");
      story.inject_packet(error(3, code, segment_quote(story, 1)));
      story.expect_nothing();
      story.expect_state(state);
    }
  }
}

// B22, RFC 5927 §4.1: SND.UNA =< the quoted number < SND.NXT.
// Shows: B22, RFC 5927 (against), RFC 5927
TEST(ErrorAboutNothingInFlight, IsNotBelieved) {
  Story story;
  auto reached = reach(story, TcpState::SynSent);
  for (const std::uint32_t seq : {0xffffffffU, 1U, 0x80000000U}) {
    story.inject_packet(error(3, 3, segment_quote(story, seq)));
    story.expect_drop(Why::DropIcmpQuote);
    story.expect_state(TcpState::SynSent);
  }
}

// Shows: B22, RFC 5927 (against)
TEST(ErrorAboutNothingInFlight, IsNotBelievedAboutOthers) {
  Story story;
  auto reached = reach(story, TcpState::SynSent);
  Octets quote = segment_quote(story, 0);
  const auto damaged = [&quote](std::size_t octet) {
    Octets copy = quote;
    copy[octet] ^= std::byte{1};
    return copy;
  };
  for (const std::size_t octet : {9U, 15U, 19U, 21U, 23U}) {  // protocol, source, destination, ports
    story.inject_packet(error(3, 3, damaged(octet)));
    story.expect_drop(Why::DropIcmpQuote);
  }
  for (const std::size_t size : {0U, 19U, 20U, 27U}) {
    story.inject_packet(error(3, 3, Octets(quote.begin(), quote.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  story.expect_nothing();
  story.expect_state(TcpState::SynSent);
}

// A record has nothing that an error could end.
TEST(ErrorAboutARecord, ChangesNothing) {
  for (const TcpState state : {TcpState::SynReceived, TcpState::TimeWait}) {
    Story story;
    auto reached = reach(story, state);
    story.inject_packet(error(3, 3, segment_quote(story, state == TcpState::SynReceived ? 0 : 1)));
    story.expect_drop(Why::DropIcmpQuote);
    story.expect_nothing();
    story.expect_state(state);
  }
}

}  // namespace
}  // namespace tunic
