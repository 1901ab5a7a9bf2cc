// Options: inheritance, ranges, and what profiles account differently.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "loopback.hpp"

namespace tunic::testing {
namespace {

using namespace posix;
using std::chrono::seconds;
using namespace std::chrono_literals;

TEST(SocketOptions, DefaultsAreTheConfigurations) {
  Config config;
  config.ttl = 33;
  config.tcp.nagle = false;
  config.tcp.receive_buffer = 70'000;
  const SocketOptions options = SocketOptions::defaults(config);
  EXPECT_EQ(options.ttl, 33);
  EXPECT_TRUE(options.no_delay);
  EXPECT_EQ(options.receive_buffer, 70'000U);
  EXPECT_TRUE(options.check());
}

// Shows: MUST-25, MUST-27, MUST-28
TEST(SocketOptions, KeepAliveIsOffAndWaitsTwoHours) {
  EXPECT_FALSE(SocketOptions().keep_alive.on);
  EXPECT_GE(SocketOptions().keep_alive.idle, std::chrono::hours(2));
}

TEST(SocketOptions, ValuesOutsideTheirRangesAreRefused) {
  const auto refused = [](auto change) {
    SocketOptions options;
    change(options);
    return !options.check();
  };
  EXPECT_TRUE(refused([](SocketOptions& o) { o.ttl = 0; }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.tos = 1; }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.max_segment = 87; }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.keep_alive.idle = Duration(1); }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.keep_alive.count = 128; }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.syn_retransmits = 0; }));
  EXPECT_TRUE(refused([](SocketOptions& o) { o.send_buffer = 1023; }));
}

TEST(SocketOptions, AConnectionHasThoseOfItsListener) {
  Loopback net;
  const int listener = net.listener(80);
  net.set(listener, kIpProtoTcp, kTcpKeepIdle, 17).value();
  net.set(listener, kIpProtoIp, kIpTos, 0x20).value();
  const int client = net.socket();
  net.connect(client, 80);
  net.settle();
  const int server = static_cast<int>(net.accept(listener).value());
  EXPECT_EQ(net.get(server, kIpProtoTcp, kTcpKeepIdle), 17);
  EXPECT_EQ(net.get(server, kIpProtoIp, kIpTos), 0x20);
  net.set(server, kIpProtoTcp, kTcpKeepIdle, 18).value();
  EXPECT_EQ(net.get(listener, kIpProtoTcp, kTcpKeepIdle), 17) << "shared until one of them changes";
}

// RFC 7413 §5: one key, or two while keys are changed. As on Linux: 16 or 32 octets, and what is read is what was written.
TEST(SocketOptions, FastOpenKeysAreOneOrTwo) {
  Loopback net;
  const int listener = net.listener(80);
  std::array<std::uint8_t, 32> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<std::uint8_t>(i);
  for (const SockLen size : {16U, 32U}) {
    ASSERT_TRUE(net.table().setsockopt(listener, kIpProtoTcp, kTcpFastOpenKey, keys.data(), size));
    std::array<std::uint8_t, 40> read{};
    SockLen length = read.size();
    ASSERT_TRUE(net.table().getsockopt(listener, kIpProtoTcp, kTcpFastOpenKey, read.data(), &length));
    EXPECT_EQ(length, size);
    EXPECT_TRUE(std::equal(keys.begin(), keys.begin() + size, read.begin()));
  }
  for (const SockLen size : {0U, 4U, 15U, 17U, 31U, 33U}) {
    EXPECT_EQ(net.table().setsockopt(listener, kIpProtoTcp, kTcpFastOpenKey, keys.data(), size).error(),
              Errno::Invalid);
  }
}

TEST(SocketOptions, ListenersReceiveBufferFixesTheOfferedWindow) {
  Loopback net;
  const int listener = net.listener(80);
  net.set(listener, kSolSocket, kSoRcvBuf, 5000).value();
  const int client = net.socket();
  net.connect(client, 80);
  net.settle();
  EXPECT_LE(net.table().connection(client)->snd_wnd, 5000U);
}

TEST(SocketOptions, BuffersAreCountedTwiceOnLinuxAndOnceOnBsd) {
  Loopback linux_net;
  Loopback bsd_net(Loopback::seeded(Config::freebsd_profile()));
  for (Loopback* net : {&linux_net, &bsd_net}) net->set(net->socket(), kSolSocket, kSoSndBuf, 20'000).value();
  EXPECT_EQ(linux_net.get(3, kSolSocket, kSoSndBuf), 40'000);
  EXPECT_EQ(bsd_net.get(3, kSolSocket, kSoSndBuf), 20'000);
  EXPECT_EQ(bsd_net.get(3, kSolSocket, kSoRcvBuf), 65536);
}

TEST(SocketOptions, ASmallerSendBufferKeepsWhatItHas) {
  Loopback net;
  const auto pair = net.connected();
  const std::string text(20'000, 'x');
  EXPECT_EQ(net.send(pair.client, text), 20'000);
  net.set(pair.client, kSolSocket, kSoSndBuf, 3000).value();
  EXPECT_EQ(net.send(pair.client, text), fail(Errno::Again));
  net.settle();
  EXPECT_EQ(net.send(pair.client, text), 3000);
}

TEST(SocketOptions, TcpInfoCountsInSegments) {
  Loopback net;
  const auto pair = net.connected();
  TcpInfo info;
  SockLen length = sizeof info;
  net.table().getsockopt(pair.client, kIpProtoTcp, kTcpInfo, &info, &length).value();
  EXPECT_EQ(length, sizeof info);
  EXPECT_EQ(info.tcpi_state, 1);
  EXPECT_EQ(info.tcpi_snd_cwnd, 10U);
  EXPECT_EQ(info.tcpi_snd_mss, 1448U);
  EXPECT_EQ(info.tcpi_options, 7) << "timestamps, SACK, window scale";
  net.send(pair.client, std::string(3000, 'x')).value();
  net.stack().advance(net.stack().now());
  net.table().getsockopt(pair.client, kIpProtoTcp, kTcpInfo, &info, &length).value();
  EXPECT_EQ(info.tcpi_notsent_bytes, 3000U);
}

TcpInfo info_of(Loopback& net, int fd) {
  TcpInfo info;
  SockLen length = sizeof info;
  net.table().getsockopt(fd, kIpProtoTcp, kTcpInfo, &info, &length).value();
  return info;
}

TEST(SocketOptions, TcpInfoTellsHowLongAgo) {
  Config config = Loopback::seeded(Config::linux_profile());
  config.tcp.ecn = Ecn::Request;
  Loopback net(config);
  const auto pair = net.connected();
  net.pass(1s);
  EXPECT_EQ(info_of(net, pair.client).tcpi_last_data_recv, 0U) << "none has come";
  net.send(pair.client, "once").value();
  net.settle();
  net.pass(250ms);
  const TcpInfo client = info_of(net, pair.client);
  EXPECT_EQ(client.tcpi_last_data_sent, 250U);
  EXPECT_EQ(client.tcpi_last_ack_recv, 250U);
  EXPECT_EQ(client.tcpi_options, 7 + 8) << "and ECN";
  EXPECT_EQ(client.tcpi_pmtu, config.mtu);
  EXPECT_EQ(info_of(net, pair.server).tcpi_last_data_recv, 250U);
}

TEST(SocketOptions, QuickAckIsOfAConnection) {
  Loopback net;
  const auto pair = net.connected();
  EXPECT_EQ(net.get(pair.client, kIpProtoTcp, kTcpQuickAck), 1);
  net.set(pair.client, kIpProtoTcp, kTcpQuickAck, 0).value();
  EXPECT_EQ(net.get(pair.client, kIpProtoTcp, kTcpQuickAck), 0);
  net.set(pair.client, kIpProtoTcp, kTcpQuickAck, 1).value();
  EXPECT_EQ(net.get(pair.client, kIpProtoTcp, kTcpQuickAck), 1);
  net.set(net.socket(), kIpProtoTcp, kTcpQuickAck, 0).value();
}

TEST(SocketOptions, ATunedSendBufferIsTold) {
  Config config = Loopback::seeded(Config::linux_profile());
  config.tcp.send_buffer = 8000;
  Loopback net(config);
  const auto pair = net.connected();
  EXPECT_EQ(net.get(pair.client, kSolSocket, kSoSndBuf), 2 * 8000);
  EXPECT_EQ(net.send(pair.client, std::string(20'000, 'x')), 8000);
  net.settle();
  EXPECT_GE(net.get(pair.client, kSolSocket, kSoSndBuf), 2 * 2 * 14'480) << "twice a window of ten segments";
}

TEST(SocketOptions, TypedSocketsHaveThemToo) {
  Loopback net;
  net.listener(80);
  SocketOptions options;
  options.no_delay = true;
  auto socket = TcpSocket::connect(net.stack(), {Ipv4Address(127, 0, 0, 1), 80},
                                   {.options = std::make_shared<const SocketOptions>(options)});
  ASSERT_TRUE(socket);
  EXPECT_TRUE(socket->options().no_delay);
  options.ttl = 0;
  EXPECT_EQ(socket->set_options(options).error(), Error::InvalidArgument);
  socket->set_no_delay(false).value();
  EXPECT_FALSE(socket->options().no_delay);
}

}  // namespace
}  // namespace tunic::testing
