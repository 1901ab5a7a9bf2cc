// Fast Open, the client's side: asking for a cookie, data in the SYN, and what becomes of it. RFC 7413 §4.
#include "testing/pattern.hpp"
#include "tests/support/story.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

Config plain_numbers() {
  Config config = testing::plain_config();
  config.tcp.rto_initial = 1s;
  return config;
}

/// Opens a connection from `port` with 100 octets that may ride in the SYN.
TcpSocket open_with_data(Story& story, Port port, std::size_t size = 100) {
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  options.fast_open = true;
  const Endpoint peer{Ipv4Address(10, 9, 0, 1), 80};
  auto socket = TcpSocket::connect(story.stack(), peer,
                                   {.local_port = port, .options = std::make_shared<const SocketOptions>(options)});
  const std::vector<std::byte> data = testing::pattern(testing::Stream::FromStack, 0, size);
  EXPECT_EQ(socket->write_some(data).value_or(0), size);
  story.use_flow(peer, {Ipv4Address(10, 9, 0, 2), port});
  story.settle();
  return std::move(*socket);
}

/// Leaves the peer's cookie with the stack.
void learn_cookie(Story& story) {
  auto socket = open_with_data(story, 40001);
  story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460,FO 0102030405060708,nop,nop>");
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.inject("R. 1:1(0) ack 101 win 0");
  story.expect_nothing();
}

// RFC 7413 §4.1.2: the first SYN asks, its data waits for the handshake.
// Shows: RFC 7413
TEST(FastOpen, AsksForACookie) {
  Story story(plain_numbers());
  learn_cookie(story);
}

// RFC 7413 §4.2.2: with a cookie the data rides in the SYN, and is done with if the server takes it.
// Shows: RFC 7413
TEST(FastOpen, SendsDataInTheSyn) {
  Story story(plain_numbers());
  learn_cookie(story);
  auto socket = open_with_data(story, 40002);
  story.expect("S 0:100(100) <mss 1460,FO 0102030405060708,nop,nop>", Why::FastOpenData);
  story.inject("S. 0:0(0) ack 101 win 65535 <mss 1460>");
  story.expect(". 101:101(0) ack 1", Why::HandshakeAck);
  EXPECT_EQ(socket.info()->bytes_out, 100U);
}

// With a cookie at hand an open may wait for its first data (TCP_FASTOPEN_CONNECT); without one it asks at once.
// Shows: RFC 7413
TEST(FastOpen, CanWaitForTheFirstData) {
  Story story(plain_numbers());
  learn_cookie(story);
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  options.fast_open = options.fast_open_connect = true;
  const auto shared = std::make_shared<const SocketOptions>(options);
  const Endpoint known{Ipv4Address(10, 9, 0, 1), 80};
  auto socket = TcpSocket::connect(story.stack(), known, {.local_port = 40002, .options = shared});
  story.use_flow(known, {Ipv4Address(10, 9, 0, 2), 40002});
  story.settle();
  story.expect_hold(Why::HoldFirstData);
  EXPECT_TRUE(socket->readiness().writable);
  story.advance(10s);
  story.expect_nothing();
  const std::vector<std::byte> data = testing::pattern(testing::Stream::FromStack, 0, 100);
  EXPECT_EQ(socket->write_some(data).value_or(0), 100U);
  story.settle();
  story.expect("S 0:100(100) <mss 1460,FO 0102030405060708,nop,nop>", Why::FastOpenData);
  story.inject("S. 0:0(0) ack 101 win 65535 <mss 1460>");
  story.expect(". 101:101(0) ack 1", Why::HandshakeAck);

  const Endpoint unknown{Ipv4Address(10, 9, 0, 3), 80};
  auto other = TcpSocket::connect(story.stack(), unknown, {.local_port = 40003, .options = shared});
  EXPECT_FALSE(other->readiness().writable);
  story.use_flow(unknown, {Ipv4Address(10, 9, 0, 2), 40003});
  story.settle();
  story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
}

TEST(FastOpen, SendsAgainWhatTheServerDidNotTake) {
  Story story(plain_numbers());
  learn_cookie(story);
  auto socket = open_with_data(story, 40002);
  story.expect("S 0:100(100)", Why::FastOpenData);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460,FO 1112131415161718,nop,nop>");
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  // The new cookie counts from now on.
  auto next = open_with_data(story, 40003);
  story.expect("S 0:100(100) <mss 1460,FO 1112131415161718,nop,nop>", Why::FastOpenData);
  story.inject("R. 0:0(0) ack 1 win 0");
}

// RFC 7413 §4.2.2: a segment's worth rides, the rest follows.
// Shows: RFC 7413
TEST(FastOpen, KeepsToOneSegment) {
  Story story(plain_numbers());
  learn_cookie(story);
  auto socket = open_with_data(story, 40002, 2000);
  story.expect("S 0:1420(1420)", Why::FastOpenData);
  story.inject("S. 0:0(0) ack 1421 win 65535 <mss 1460>");
  story.expect("P. 1421:2001(580) ack 1", Why::LastBufferedData);
}

// RFC 7413 §4.1.3.1: a SYN that was lost is sent again without data and without the option.
// Shows: RFC 7413
TEST(FastOpen, RepeatsAPlainSyn) {
  Story story(plain_numbers());
  learn_cookie(story);
  auto socket = open_with_data(story, 40002);
  story.expect("S 0:100(100)", Why::FastOpenData);
  story.expect_after(1s, "S 0:0(0) <mss 1460>", Why::SynRetransmit);
  // The first may have arrived all the same.
  story.inject("S. 0:0(0) ack 101 win 65535 <mss 1460>");
  story.expect(". 101:101(0) ack 1", Why::HandshakeAck);
}

// RFC 7413 §4.1.1: a cookie has 4 to 16 octets, an even number. Anything else turns Fast Open off for a while.
// Shows: RFC 7413
TEST(FastOpen, LeavesAPathAloneThatGivesNoCookie) {
  for (const char* const answer :
       {"S. 0:0(0) ack 1 win 65535 <mss 1460,FO 0102030405,nop>", "S. 0:0(0) ack 1 win 65535 <mss 1460>",
        "S. 0:0(0) ack 1 win 65535 <mss 1460,FO 01,nop>"}) {
    Story story(plain_numbers());
    {
      auto socket = open_with_data(story, 40001);
      story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
      story.inject(answer);
      story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
      story.inject("R. 1:1(0) ack 101 win 0");
    }
    {
      auto socket = open_with_data(story, 40002);
      story.expect("S 0:0(0) <mss 1460>", Why::ActiveOpen);
      story.inject("R. 0:0(0) ack 1 win 0");
    }
    story.advance(15min);
    auto socket = open_with_data(story, 40003);
    story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
    story.inject("R. 0:0(0) ack 1 win 0");
  }
}

// RFC 7413 §4.1.1: older servers know the experimental option only. One that does not answer is asked with it once.
// Shows: RFC 7413
TEST(FastOpen, AsksWithTheExperimentalOptionNext) {
  Config config = plain_numbers();
  config.tcp.fast_open_off = Duration::zero();
  config.tcp.fast_open_experimental = true;
  Story story(config);
  Port port = 40001;
  for (const char* const syn : {"S 0:0(0) <mss 1460,FO,nop,nop>", "S 0:0(0) <mss 1460,FOEXP>",
                                "S 0:0(0) <mss 1460,FO,nop,nop>", "S 0:0(0) <mss 1460,FO,nop,nop>"}) {
    auto socket = open_with_data(story, port++);
    story.expect(syn, Why::ActiveOpen);
    story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
    story.inject("R. 1:1(0) ack 101 win 0");
  }
}

// A cookie goes back in the kind of option that it came in; a server that takes nothing and says nothing leaves it as it is.
// Shows: RFC 7413
TEST(FastOpen, ShowsACookieAsItCame) {
  Config config = plain_numbers();
  config.tcp.fast_open_off = Duration::zero();
  Story story(config);
  {
    auto socket = open_with_data(story, 40001);
    story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
    story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460,FOEXP 0102030405060708>");
    story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
    story.inject("R. 1:1(0) ack 101 win 0");
  }
  for (Port port = 40002; port < 40004; ++port) {
    auto socket = open_with_data(story, port);
    story.expect("S 0:100(100) <mss 1460,FOEXP 0102030405060708>", Why::FastOpenData);
    story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
    story.inject("R. 1:1(0) ack 101 win 0");
  }
}

// The answer to a repeated SYN tells nothing about the option, which only the first one had.
// Shows: RFC 7413
TEST(FastOpen, BelievesNoAnswerToARepeatedSyn) {
  Config config = plain_numbers();
  config.tcp.fast_open_off = Duration::zero();
  config.tcp.fast_open_experimental = true;
  Story story(config);
  {
    auto socket = open_with_data(story, 40001);
    story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
    story.expect_after(1s, "S 0:0(0) <mss 1460>", Why::SynRetransmit);
    story.inject("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
    story.inject("R. 1:1(0) ack 101 win 0");
  }
  auto socket = open_with_data(story, 40002);
  story.expect("S 0:0(0) <mss 1460,FO,nop,nop>", Why::ActiveOpen);
  story.inject("R. 0:0(0) ack 1 win 0");
}

// RFC 7413 §4.2.1: where duplicates do no harm, data rides in any SYN; as much as the smallest MSS has room for.
// Shows: RFC 7413
TEST(FastOpen, NeedsNoCookieWhereToldSo) {
  Config config = plain_numbers();
  config.tcp.fast_open_client_without_cookie = true;
  Story story(config);
  auto socket = open_with_data(story, 40001, 600);
  story.expect("S 0:496(496) <mss 1460>", Why::FastOpenData);
  story.inject("S. 0:0(0) ack 497 win 65535 <mss 1460>");
  story.expect("P. 497:601(104) ack 1", Why::LastBufferedData);
}

// A SYN that waits for data is nothing yet: a close before it ends all without a segment.
// Shows: RFC 7413
TEST(FastOpen, ClosesWithoutASegmentBeforeTheFirstData) {
  Story story(plain_numbers());
  learn_cookie(story);
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  options.fast_open = options.fast_open_connect = true;
  auto socket = TcpSocket::connect(story.stack(), {Ipv4Address(10, 9, 0, 1), 80},
                                   {.local_port = 40002, .options = std::make_shared<const SocketOptions>(options)});
  story.settle();
  story.expect_hold(Why::HoldFirstData);
  socket->close();
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
