// Echo requests that an application sends, and what comes back: replies, errors, what is nobody's. RFC 792, RFC 1122 §3.2.2,
// RFC 1191; B20, B51. How requests of others are answered is in icmp_test.cpp.
#include <tunic/echo_socket.hpp>

#include <set>

#include "base/endian.hpp"
#include "testing/packets.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/result.hpp"
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::error_of;
using test::Story;
using testing::Octets;

constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kRouter(10, 9, 0, 254);
constexpr Ipv4Address kStack(10, 9, 0, 2);
constexpr std::uint8_t kIcmp = 1;

Octets from(Ipv4Address source, const Octets& message, Ipv4Address to = kStack) {
  return testing::ipv4_packet({.tos = 0x28, .ttl = 9, .protocol = kIcmp, .source = source, .destination = to}, message);
}
Octets reply(std::uint16_t identifier, std::uint16_t sequence, const Bytes& data) {
  return testing::icmp_message({.type = 0, .word1 = identifier, .word2 = sequence}, data);
}
/// A router's error about `packet`.
Octets error(std::uint8_t type, std::uint8_t code, const Octets& packet, std::uint16_t mtu = 0) {
  return from(kRouter, testing::icmp_message({.type = type, .code = code, .word2 = mtu}, testing::quote(packet)));
}

class EchoRequest : public ::testing::Test {
 protected:
  EchoSocket open(const EchoOptions& options = {}) {
    auto socket = EchoSocket::open(story.stack(), options);
    EXPECT_TRUE(socket.has_value());
    return std::move(*socket);
  }
  /// Sends a request and takes the packet.
  Octets request(EchoSocket& socket, std::uint16_t sequence, const Bytes& content = {}, Ipv4Address to = kPeer) {
    const auto sent = socket.send(to, sequence, content);
    EXPECT_TRUE(sent.has_value()) << sent.error().message();
    story.settle();
    return story.take_packet();
  }
  Result<EchoAnswer> receive(EchoSocket& socket) {
    data.resize(65536);
    auto answer = socket.receive(data);
    data.resize(answer ? answer->size : 0);
    return answer;
  }
  void expect_nothing_for(EchoSocket& socket) { EXPECT_EQ(error_of(receive(socket)), Error::WouldBlock); }

  Story story;
  Bytes data;  // of the last answer
};

// RFC 1122 §3.2.2.6: "A host SHOULD also implement an application-layer interface for sending an Echo Request and receiving
// an Echo Reply", and "an ICMP Echo Reply MUST be passed to the ICMP user interface", data included.
// Shows: RFC 792, RFC 1122 §3.2.2.6
TEST_F(EchoRequest, BringsBackTheReply) {
  EchoSocket socket = open({.tos = 0x20, .ttl = 3});
  for (const std::size_t size : {0U, 1U, 56U, 1472U}) {
    const auto sequence = static_cast<std::uint16_t>(0xffff - size);
    const Bytes sent = test::pattern(size);
    const Octets packet = request(socket, sequence, sent);
    const auto ip = wire::parse_ipv4(packet, packet.size());
    ASSERT_TRUE(ip.has_value());
    EXPECT_EQ(ip->source, kStack);
    EXPECT_EQ(ip->tos, 0x20);
    EXPECT_EQ(ip->ttl, 3);
    const auto icmp = wire::parse_icmp(std::span(packet).subspan(20));
    ASSERT_TRUE(icmp.has_value());
    EXPECT_EQ(icmp->type, 8);
    EXPECT_EQ(icmp->code, 0);
    EXPECT_EQ(icmp->word1, socket.identifier());
    EXPECT_EQ(icmp->word2, sequence);
    EXPECT_TRUE(std::equal(packet.begin() + 28, packet.end(), sent.begin(), sent.end()));
    expect_nothing_for(socket);

    story.advance(70ms);
    story.inject_packet(from(kPeer, reply(socket.identifier(), sequence, sent)));
    const auto answer = receive(socket);
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(answer->is_reply());
    EXPECT_EQ(answer->source, kPeer);
    EXPECT_EQ(answer->sequence, sequence);
    EXPECT_EQ(answer->ttl, 9);
    EXPECT_EQ(answer->tos, 0x28);
    EXPECT_EQ(answer->received_at, story.now());
    EXPECT_EQ(data, sent);
  }
  expect_nothing_for(socket);
  story.expect_nothing();
}

// B51: the longest there is goes in fragments, and comes back in fragments.
// Shows: B51, RFC 1122 §3.3.3
TEST_F(EchoRequest, ReachesTheLongestDatagram) {
  EchoSocket socket = open();
  const Bytes sent = test::pattern(EchoSocket::kMaxSize);
  std::vector<Octets> fragments;
  for (Octets packet = request(socket, 1, sent); !packet.empty(); packet = story.take_packet())
    fragments.push_back(packet);
  EXPECT_EQ(fragments.size(), (sent.size() + 8 + 1479) / 1480);
  for (Octets& fragment : fragments) {  // the peer's, with the reply in it
    const bool first = (load_be16(&fragment[6]) & 0x1fff) == 0;
    std::swap_ranges(fragment.begin() + 12, fragment.begin() + 16, fragment.begin() + 16);
    if (first) {
      fragment[20] = std::byte{0};
      const std::uint32_t sum = load_be16(&fragment[22]) + 0x0800U;  // what the type no longer adds (RFC 1624)
      store_be16(&fragment[22], static_cast<std::uint16_t>(sum % 0xffff));
    }
    story.inject_packet(fragment);
  }
  const auto answer = receive(socket);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(data, sent);
  EXPECT_EQ(error_of(socket.send(kPeer, 1, Bytes(EchoSocket::kMaxSize + 1))), Error::MessageSize);
}

// Shows: RFC 1122 §3.2.2.6 (against)
TEST_F(EchoRequest, IsAnsweredByItsIdentifierOnly) {
  EchoSocket first = open();
  EchoSocket second = open();
  ASSERT_NE(first.identifier(), second.identifier());
  story.inject_packet(from(kPeer, reply(second.identifier(), 7, test::pattern(3))));
  expect_nothing_for(first);
  EXPECT_EQ(receive(second)->sequence, 7);
  const std::uint16_t nobody = second.identifier();
  second.close();
  story.inject_packet(from(kPeer, reply(nobody, 8, test::pattern(3))));
  story.expect_drop(Why::DropEchoReply);
  story.inject_packet(from(kPeer, reply(first.identifier(), 8, {}), Ipv4Address(10, 9, 0, 255)));  // B20
  story.expect_drop(Why::DropEchoReply);
  expect_nothing_for(first);
  story.expect_nothing();
}

// RFC 1122 §3.2.2: errors are passed on, with who sent them.
// Shows: RFC 1122 §3.2.2.1, RFC 1122 §3.2.2.4, RFC 1122 §3.2.2.5
TEST_F(EchoRequest, HearsOfErrors) {
  EchoSocket socket = open();
  const std::pair<int, int> errors[] = {{3, 0}, {3, 1}, {3, 13}, {11, 0}, {11, 1}, {12, 0}};
  std::uint16_t sequence = 0xfffd;
  for (const auto& [type, code] : errors) {
    ++sequence;
    story.inject_packet(error(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code),
                              request(socket, sequence, test::pattern(56))));
    const auto answer = receive(socket);
    ASSERT_TRUE(answer.has_value());
    EXPECT_FALSE(answer->is_reply());
    EXPECT_EQ(answer->source, kRouter);
    EXPECT_EQ(answer->destination, kPeer);
    EXPECT_EQ(answer->sequence, sequence);
    EXPECT_EQ(answer->type, type);
    EXPECT_EQ(answer->code, code);
    EXPECT_EQ(answer->size, 0U);
  }
}

// RFC 5927 §4.1: what was never sent is not believed. RFC 6633: source quench is ignored.
TEST_F(EchoRequest, DoesNotBelieveErrorsAboutOthers) {
  EchoSocket socket = open();
  const Octets packet = request(socket, 1);
  Octets other = packet;
  store_be16(&other[24], static_cast<std::uint16_t>(socket.identifier() ^ 1));
  Octets answered = packet;  // a reply of ours: it asks nothing
  answered[20] = std::byte{0};
  Octets foreign = packet;
  foreign[15] = std::byte{7};
  for (const Octets& about : {other, answered, foreign}) {
    story.inject_packet(error(3, 1, about));
    story.expect_drop(Why::DropIcmpQuote);
  }
  story.inject_packet(error(4, 0, packet));
  story.expect_drop(Why::DropIcmpType);
  expect_nothing_for(socket);
}

// Shows: RFC 1191
TEST_F(EchoRequest, FindsThePathMtu) {
  EchoSocket socket = open({.dont_fragment = DontFragment::Always});
  EXPECT_EQ(socket.whole_size(kPeer), 1472U);
  EXPECT_EQ(error_of(socket.send(kPeer, 1, Bytes(1473))), Error::MessageSize);
  const Octets packet = request(socket, 2, test::pattern(1472));
  EXPECT_EQ(load_be16(&packet[6]), 0x4000) << "DF";
  story.inject_packet(error(3, 4, packet, 1000));
  const auto answer = receive(socket);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->next_hop_mtu, 1000);
  EXPECT_EQ(answer->sequence, 2);
  EXPECT_EQ(socket.whole_size(kPeer), 972U);
  EXPECT_EQ(error_of(socket.send(kPeer, 3, Bytes(973))), Error::MessageSize);
  EXPECT_EQ(request(socket, 4, Bytes(972)).size(), 1000U);
  // The path of all: a socket that may leaves in fragments.
  EchoSocket other = open();
  EXPECT_EQ(request(other, 1, Bytes(1472)).size(), 20 + 976U);
  EXPECT_FALSE(story.take_packet().empty());
}

// RFC 6864 §4.1: who lets others fragment gives them an identification.
TEST_F(EchoRequest, MayBeFragmentedByRoutersIfItSaysSo) {
  EchoSocket socket = open({.dont_fragment = DontFragment::Never});
  const Octets first = request(socket, 1, test::pattern(56));
  const Octets second = request(socket, 2, test::pattern(56));
  EXPECT_EQ(load_be16(&first[6]), 0);
  EXPECT_NE(load_be16(&first[4]), load_be16(&second[4]));
  EchoSocket usual = open();
  EXPECT_EQ(load_be16(&request(usual, 1, test::pattern(56))[6]), 0x4000);
}

TEST_F(EchoRequest, ToThisHostStaysInside) {
  EchoSocket socket = open();
  for (const Ipv4Address to : {kStack, Ipv4Address(127, 0, 0, 1)}) {
    ASSERT_TRUE(socket.send(to, 5, test::pattern(2000)).has_value());
    story.settle();
    const auto answer = receive(socket);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->source, to);
    EXPECT_EQ(data, test::pattern(2000));
  }
  story.expect_nothing();
}

// RFC 1122 §3.2.1.3, §3.2.2.6: what is no single host is not asked.
// Shows: RFC 1122 §3.2.1.3 (against)
TEST_F(EchoRequest, NeverLeavesForImpossibleAddresses) {
  EchoSocket socket = open();
  for (const Ipv4Address to : {Ipv4Address(), Ipv4Address(0, 1, 2, 3), Ipv4Address(240, 0, 0, 1)})
    EXPECT_EQ(error_of(socket.send(to, 1, {})), Error::InvalidArgument);
  for (const Ipv4Address to : {Ipv4Address(10, 9, 0, 255), Ipv4Address(255, 255, 255, 255), Ipv4Address(224, 0, 0, 1)})
    EXPECT_EQ(error_of(socket.send(to, 1, {})), Error::AccessDenied);
  EXPECT_EQ(error_of(EchoSocket::open(story.stack(), {.ttl = 0})), Error::InvalidArgument);
  EXPECT_EQ(error_of(EchoSocket::open(story.stack(), {.receive_buffer = 100})), Error::InvalidArgument);
  story.expect_nothing();
}

// Every queue has a cap, and reaching it is counted.
TEST_F(EchoRequest, HasACappedQueue) {
  EchoSocket socket = open({.receive_buffer = 4096});
  constexpr int kReplies = 100;
  for (int i = 0; i < kReplies; ++i) story.inject_packet(from(kPeer, reply(socket.identifier(), 1, test::pattern(10))));
  story.expect_drop(Why::DropEchoQueueFull);
  EXPECT_GE(story.stack().info().bytes_queued, 2048U);
  EXPECT_LE(story.stack().info().bytes_queued, 4096U);
  int count = 0;
  while (receive(socket)) ++count;
  EXPECT_GT(count, 4);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropEchoQueueFull), static_cast<std::uint64_t>(kReplies - count));
  EXPECT_EQ(story.stack().info().bytes_queued, 0U);
  story.inject_packet(from(kPeer, reply(socket.identifier(), 2, test::pattern(10))));
  EXPECT_EQ(receive(socket)->sequence, 2) << "there is room again";
}

TEST_F(EchoRequest, TellsWhenAnAnswerIsThere) {
  EchoSocket socket = open();
  int told = 0;
  socket.on_ready([&](Readiness now) { told += now.readable ? 1 : 0; });
  request(socket, 1);
  EXPECT_EQ(told, 0);
  story.inject_packet(from(kPeer, reply(socket.identifier(), 1, {})));
  EXPECT_EQ(told, 1);
  story.inject_packet(from(kPeer, reply(socket.identifier(), 2, {})));
  EXPECT_EQ(told, 2);
  socket.on_ready([&](Readiness) { socket.close(); });
  story.settle();
  EXPECT_FALSE(socket.valid());
}

TEST(EchoSockets, AreSoManyAndNoMore) {
  Config config = testing::plain_config();
  config.ip.max_echo_sockets = 3;
  Story story(config);
  std::vector<EchoSocket> sockets;
  std::set<std::uint16_t> identifiers;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(std::move(*EchoSocket::open(story.stack())));
    identifiers.insert(sockets.back().identifier());
  }
  EXPECT_EQ(identifiers.size(), 3U);
  EXPECT_EQ(error_of(EchoSocket::open(story.stack())), Error::NoBufferSpace);
  sockets.pop_back();
  EXPECT_TRUE(EchoSocket::open(story.stack()).has_value());
}

TEST(EchoSockets, FillTheQueueOfTheHostNoFurtherThanItGoes) {
  Config config = testing::plain_config();
  config.max_packets_queued = 8;
  Story story(config);
  auto socket = EchoSocket::open(story.stack());
  for (std::uint16_t i = 0; i < 8; ++i) ASSERT_TRUE(socket->send(kPeer, i, {}).has_value());
  EXPECT_EQ(error_of(socket->send(kPeer, 8, {})), Error::NoBufferSpace);
  story.settle();
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(story.take_packet().empty());
  EXPECT_TRUE(socket->send(kPeer, 9, {}).has_value());
  story.settle();
  story.take_packet();
}

}  // namespace
}  // namespace tunic
