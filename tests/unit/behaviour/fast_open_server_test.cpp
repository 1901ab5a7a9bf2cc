// Fast Open, the server's side: cookies, data in the SYN before the handshake, its limit, and resets. RFC 7413 §4.2, §5.1.
#include <fmt/format.h>

#include "tests/support/story.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

FastOpenKeys::Key key_of(int octet) {
  FastOpenKeys::Key key;
  key.fill(static_cast<std::byte>(octet));
  return key;
}

/// The cookie of 10.9.0.1 at 10.9.0.2 under key_of(1), by SipHash-2-4 of the eight octets of both addresses.
constexpr std::string_view kCookie = "7c805125732c298e";
/// Under key_of(2).
constexpr std::string_view kOtherCookie = "2cbe768425ef1a6d";

Config with_keys(FastOpenKeys keys) {
  Config config = testing::plain_config();
  config.tcp.fast_open_keys = keys;
  return config;
}

void listen(Story& story, std::uint32_t queue = 8) {
  SocketOptions options = SocketOptions::defaults(story.stack().config());
  options.fast_open_queue = queue;
  story.listen(80, {.options = std::make_shared<const SocketOptions>(options)});
}

std::string syn(std::string_view cookie, int port = 40001, std::size_t data = 100) {
  return fmt::format("{} > 80 S 0:{}({}) win 65535 <mss 1000,FO {},nop,nop>", port, data, data, cookie);
}

class FastOpenServer : public ::testing::Test {
 protected:
  explicit FastOpenServer(std::uint32_t queue = 8) { listen(story, queue); }
  Story story{with_keys({.primary = key_of(1), .backup = key_of(2)})};
};

// RFC 7413 §4.1.2: whoever asks gets one; the data of such a SYN waits for the handshake.
TEST_F(FastOpenServer, GrantsACookie) {
  story.inject("S 0:100(100) win 65535 <mss 1000,FO,nop,nop>");
  story.expect(fmt::format("S. 0:0(0) ack 1 <mss 1460,FO {},nop,nop>", kCookie), Why::FastOpenGrant);
  EXPECT_FALSE(story.listener().readiness().readable);
  story.inject("P. 1:101(100) ack 1 win 65535");
  story.expect(". 1:1(0) ack 101");
  auto socket = story.accept();
  socket.read(100);
}

// RFC 9293 §3.10.4.1: a CLOSE in SYN-RECEIVED waits for ESTABLISHED, but data flows here already, and so does the FIN behind it.
TEST_F(FastOpenServer, MayFinishBeforeTheHandshakeDoes) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  socket.read(100);
  socket.write(10);
  story.expect("P. 1:11(10) ack 101");
  socket.shutdown_send();
  story.expect("F. 11:11(0) ack 101", Why::FinSent);
  story.expect_state(TcpState::SynReceived);
  story.inject("40001 > 80 . 101:101(0) ack 12 win 65535");
  story.expect_state(TcpState::FinWait2);
}

// The repeated SYN-ACK is a plain one.
TEST_F(FastOpenServer, GrantsItOnce) {
  story.inject("S 0:0(0) win 65535 <mss 1000,FO,nop,nop>");
  story.expect(fmt::format("S. 0:0(0) ack 1 <mss 1460,FO {},nop,nop>", kCookie), Why::FastOpenGrant);
  story.expect_after(1s, "S. 0:0(0) ack 1 <mss 1460>", Why::SynAckRetransmit);
}

// RFC 7413 §4.2.1: the data is delivered, and answered, before the handshake is complete.
// Shows: RFC 7413
TEST_F(FastOpenServer, DeliversTheDataOfTheSyn) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101 win 65535 <mss 1460>", Why::FastOpenReply);
  story.expect_state(TcpState::SynReceived);
  EXPECT_EQ(story.listener().info()->fast_open, 1U);
  auto socket = story.accept();
  socket.read(100);
  socket.write(1500);
  story.expect(". 1:1001(1000) ack 101", Why::NewData);
  story.expect("P. 1001:1501(500) ack 101", Why::LastBufferedData);
  story.expect_state(TcpState::SynReceived);
  story.inject(". 101:101(0) ack 1501 win 65535");
  story.expect_state(TcpState::Established);
  EXPECT_EQ(story.listener().info()->fast_open, 0U);
  EXPECT_EQ(socket.socket().info()->unacked, 0U);
  story.inject("P. 101:201(100) ack 1501 win 65535");
  story.expect(". 1501:1501(0) ack 201");
  socket.read(100);
}

// A cookie is enough: there need be no data.
TEST_F(FastOpenServer, AcceptsASynWithoutData) {
  story.inject(syn(kCookie, 40001, 0));
  story.expect("S. 0:0(0) ack 1 <mss 1460>", Why::FastOpenReply);
  auto socket = story.accept();
  socket.write(10);
  story.expect("P. 1:11(10) ack 1");
  story.inject(". 1:1(0) ack 11 win 65535");
  story.expect_state(TcpState::Established);
}

// RFC 7413 §4.1.2: a cookie of any other client, or an old one, opens nothing, and is replaced.
TEST_F(FastOpenServer, RefusesWhatIsNoCookie) {
  for (const char* const wrong : {"0102030405060708", "01020304", "0102030405060708090a0b0c0d0e0f10"}) {
    story.inject(fmt::format("S 0:100(100) win 65535 <mss 1000,FO {},nop,nop>", wrong));
    story.expect(fmt::format("S. 0:0(0) ack 1 <mss 1460,FO {},nop,nop>", kCookie), Why::FastOpenGrant);
    story.inject("R 1:1(0) win 0");
  }
}

// The backup key: believed, and replaced by one of the primary key.
TEST_F(FastOpenServer, RenewsACookieOfTheBackupKey) {
  story.inject(syn(kOtherCookie));
  story.expect(fmt::format("S. 0:0(0) ack 101 <mss 1460,FO {},nop,nop>", kCookie), Why::FastOpenReply);
  auto socket = story.accept();
  socket.read(100);
}

// RFC 7413 §4.1.1: the experimental option is answered in kind.
TEST_F(FastOpenServer, SpeaksTheExperimentalOption) {
  story.inject("S 0:0(0) win 65535 <mss 1000,FOEXP>");
  story.expect(fmt::format("S. 0:0(0) ack 1 <mss 1460,FOEXP {}>", kCookie), Why::FastOpenGrant);
  story.inject("R 1:1(0) win 0");
  story.inject(fmt::format("40002 > 80 S 0:100(100) win 65535 <mss 1000,FOEXP {}>", kCookie));
  story.expect("S. 0:0(0) ack 101 <mss 1460>", Why::FastOpenReply);
}

// The SYN-ACK is lost: it goes again alone, by the timer or because the SYN comes again; the data waits behind it.
TEST_F(FastOpenServer, RepeatsTheSynAck) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  socket.write(10);
  story.expect("P. 1:11(10) ack 101");
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.expect_after(1s, "S. 0:0(0) ack 101 <mss 1460>", Why::SynAckRetransmit);
  story.inject(". 101:101(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
  // RFC 6298 §5.7: after a SYN timeout data waits 3 s.
  story.expect_after(3s, "P. 1:11(10) ack 101", Why::TimeoutRetransmit);
}

// A SYN that is repeated without its data (RFC 7413 §4.2.2) is the same SYN.
TEST_F(FastOpenServer, KnowsTheSynAgain) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.inject("S 0:0(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  EXPECT_EQ(story.listener().info()->accept_queue, 1U);
}

TEST_F(FastOpenServer, GivesUp) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s}) {
    story.expect_after(wait, "S. 0:0(0) ack 101", Why::SynAckRetransmit);
  }
  story.advance(32s);
  story.expect_state(TcpState::Closed);
  socket.read(100);
  socket.expect_error(Error::TimedOut);
  EXPECT_EQ(story.listener().info()->fast_open, 0U);
}

// The application may be through before the handshake is: the FIN leaves, and everything ends in order.
TEST_F(FastOpenServer, MayCloseBeforeTheHandshake) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  socket.read(100);
  socket.write(10);
  story.expect("P. 1:11(10) ack 101");
  socket.close();
  story.expect("F. 11:11(0) ack 101", Why::FinSent);
  story.inject(". 101:101(0) ack 12 win 65535");
  story.expect_state(TcpState::FinWait2);
  story.inject("F. 101:101(0) ack 12 win 65535");
  story.expect(". 12:12(0) ack 102");
  story.expect_state(TcpState::TimeWait);
}

// SHLD-3.
TEST_F(FastOpenServer, ResetsWhenClosedWithUnreadData) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  socket.close();
  story.expect("R. 1:1(0) ack 101", Why::CloseWithUnreadData);
}

TEST_F(FastOpenServer, ResetsWhenTheListenerCloses) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.listener().close();
  story.settle();
  story.expect("R. 1:1(0) ack 101", Why::ResetOnAbort);
}

// A RST before and after accept(): the data is there all the same, then comes the error.
TEST_F(FastOpenServer, MayBeResetBeforeItIsAccepted) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.inject("R. 101:101(0) ack 1 win 65535");
  story.expect_state(TcpState::Closed);
  auto socket = story.accept();
  socket.read(100);
  socket.expect_error(Error::ConnectionReset);
}

TEST_F(FastOpenServer, MayBeResetAfterItIsAccepted) {
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  auto socket = story.accept();
  socket.read(100);
  story.inject("R. 101:101(0) ack 1 win 65535");
  socket.expect_error(Error::ConnectionReset);
}

TEST_F(FastOpenServer, TakesNoMoreThanItsWindow) {
  Config config = with_keys({.primary = key_of(1), .backup = {}});
  config.tcp.receive_buffer = 1024;
  Story small(config);
  listen(small);
  small.inject(fmt::format("S 0:1400(1400) win 65535 <mss 1460,FO {},nop,nop>", kCookie));
  small.expect("S. 0:0(0) ack 1025 win 0", Why::FastOpenReply);
}

class FastOpenQueueOfOne : public FastOpenServer {
 protected:
  FastOpenQueueOfOne() : FastOpenServer(1) {}
};

// RFC 7413 §5.1: beyond the limit there is the usual handshake.
// Shows: RFC 7413
TEST_F(FastOpenQueueOfOne, HasALimit) {
  story.inject(syn(kCookie, 40001));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.inject(syn(kCookie, 40002));
  story.expect_hold(Why::HoldFastOpenLimit);
  story.expect("S. 0:0(0) ack 1 <mss 1460>", Why::PassiveOpenReply);
  story.inject("40001 > 80 . 101:101(0) ack 1 win 65535");
  story.inject(syn(kCookie, 40003));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
}

// RFC 7413 §5.1: a victim's RST does not make room for the next forged SYN at once.
TEST_F(FastOpenQueueOfOne, KeepsThePlaceOfWhatWasReset) {
  story.inject(syn(kCookie, 40001));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
  story.inject("R. 101:101(0) ack 1 win 65535");
  story.inject(syn(kCookie, 40002));
  story.expect_hold(Why::HoldFastOpenLimit);
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject("R 1:1(0) win 0");
  story.advance(60s);
  story.inject(syn(kCookie, 40003));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
}

// A listener that did not ask for it, or a stack that does not do it: the option is unknown to them.
TEST(NoFastOpenServer, IgnoresTheOption) {
  Config config = with_keys({.primary = key_of(1), .backup = {}});
  for (const bool off : {false, true}) {
    config.tcp.fast_open_server = !off;
    Story story(config);
    listen(story, off ? 8 : 0);
    story.inject(syn(kCookie));
    story.expect("S. 0:0(0) ack 1 <mss 1460>", Why::PassiveOpenReply);
  }
}

TEST(FastOpenForAll, NeedsNoOption) {
  Config config = with_keys({.primary = key_of(1), .backup = {}});
  config.tcp.fast_open_all_listeners = true;
  Story story(config);
  story.listen(80, {.backlog = 2});
  story.inject(syn(kCookie));
  story.expect("S. 0:0(0) ack 101", Why::FastOpenReply);
}

TEST(FastOpenWithoutCookies, TakesDataInAnySyn) {
  Config config = with_keys({.primary = key_of(1), .backup = {}});
  config.tcp.fast_open_without_cookie = true;
  Story story(config);
  listen(story);
  story.inject("S 0:100(100) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 101 <mss 1460>", Why::FastOpenReply);
  story.inject("40001 > 80 S 0:0(0) win 65535 <mss 1000>");  // nothing to take early
  story.expect("S. 0:0(0) ack 1 <mss 1460>", Why::PassiveOpenReply);
}

// With all other options.
TEST(FastOpenServerOptions, AreAgreedOn) {
  Config config = testing::full_config();
  config.tcp.fast_open_keys = FastOpenKeys{.primary = key_of(1), .backup = {}};
  Story story(config);
  listen(story);
  story.inject(
      fmt::format("S 0:10(10) win 65535 <mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7,FO {},nop,nop>", kCookie));
  story.expect("S. 0:0(0) ack 11 win 65535 <mss 1460,sackOK,TS val 5 ecr 700,nop,wscale 3>", Why::FastOpenReply);
  auto socket = story.accept();
  socket.write(10);
  story.expect("P. 1:11(10) ack 11 <nop,nop,TS val 5 ecr 700>");
  story.inject(". 11:11(0) ack 11 win 512 <nop,nop,TS val 701 ecr 5>");
  EXPECT_EQ(socket.socket().info()->snd_wnd, 65536U);
}

}  // namespace
}  // namespace tunic
