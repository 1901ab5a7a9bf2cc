// Datagrams between the stack and the kernel: every length, both ways, in fragments, and over a link that loses them.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "tests/support/bytes.hpp"
#include "tests/tun/kernel_peer.hpp"
#include "tunic/tun/blocking_udp.hpp"

namespace tunic::tun::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

sockaddr_in kernel_address(Endpoint endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.address.value());
  return address;
}

/// A UDP socket of the kernel.
class KernelDatagrams {
 public:
  KernelDatagrams() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in own = kernel_address({kKernelSide.address, 0});
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
  }
  Endpoint local() const {
    sockaddr_in own{};
    socklen_t length = sizeof own;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &length);
    return {kKernelSide.address, ntohs(own.sin_port)};
  }
  bool connect(Endpoint remote) const {
    const sockaddr_in to = kernel_address(remote);
    return ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  bool send(std::span<const std::byte> data) const {
    return ::send(fd_.get(), data.data(), data.size(), 0) == static_cast<ssize_t>(data.size());
  }
  /// The next datagram; nullopt: none came in time, or an error.
  std::optional<test::Bytes> receive(milliseconds limit) {
    pollfd one{fd_.get(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(limit.count())) != 1) return std::nullopt;
    test::Bytes data(65536);
    const ssize_t count = ::recv(fd_.get(), data.data(), data.size(), 0);
    error = count < 0 ? errno : 0;
    if (count < 0) return std::nullopt;
    data.resize(static_cast<std::size_t>(count));
    return data;
  }
  int error = 0;

 private:
  FileDescriptor fd_;
};

constexpr std::array<std::size_t, 14> kSizes{0,    1,    2,    511,   1472,  1473,  1480,
                                             2952, 2953, 9000, 32768, 65000, 65506, 65507};

// Shows: RFC 768, B51, RFC 815, RFC 791 §3.2
TEST_F(KernelPeerTest, DatagramsOfAnyLengthArriveBothWays) {
  start();
  auto stack = *BlockingUdpSocket::bind(*engine, {kStackSide.address, 0});
  KernelDatagrams kernel;
  ASSERT_TRUE(kernel.connect(stack.local()));
  test::Bytes buffer(65536);
  for (const std::size_t size : kSizes) {
    const test::Bytes data = test::pattern(size, static_cast<std::uint8_t>(size));
    ASSERT_TRUE(kernel.send(data)) << size;
    const auto received = stack.receive_from(buffer, seconds(5));
    ASSERT_TRUE(received.has_value()) << size << ": " << received.error().message();
    EXPECT_EQ(received->source, kernel.local());
    EXPECT_TRUE(test::Bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(received->size)) == data)
        << size;
    ASSERT_TRUE(stack.send_to(data, kernel.local()).has_value()) << size;
    EXPECT_TRUE(kernel.receive(seconds(5)) == data) << size;
  }
}

// Whoever wants them all asks again, as programs over UDP do.
TEST_F(KernelPeerTest, DatagramsArriveThroughLossIfOneAsksAgain) {
  impair({.seed = 7, .drop = 500, .duplicate = 200, .reorder = 500, .corrupt = 100});
  start();
  auto stack = *BlockingUdpSocket::bind(*engine, {kStackSide.address, 0});
  KernelDatagrams kernel;
  ASSERT_TRUE(kernel.connect(stack.local()));
  test::Bytes buffer(65536);
  for (const std::size_t size : {0U, 1U, 1473U, 9000U}) {
    const test::Bytes data = test::pattern(size, 3);
    bool arrived = false;
    for (int round = 0; round < 100 && !arrived; ++round) {
      ASSERT_TRUE(kernel.send(data));
      const auto received = stack.receive_from(buffer, milliseconds(50));
      if (!received) continue;
      buffer.resize(received->size);
      EXPECT_TRUE(buffer == data);
      buffer.resize(65536);
      ASSERT_TRUE(stack.send_to(data, kernel.local()).has_value());
      arrived = kernel.receive(milliseconds(50)) == data;
    }
    EXPECT_TRUE(arrived) << size;
  }
}

// Shows: RFC 1122 §4.1.3.1, RFC 1122 §4.1.3.3
TEST_F(KernelPeerTest, RefusedDatagramsAreToldBothWays) {
  start();
  auto stack = *BlockingUdpSocket::bind(*engine, {kStackSide.address, 0});
  Endpoint nobody{kKernelSide.address, 0};
  {
    KernelDatagrams gone;
    nobody.port = gone.local().port;
  }
  ASSERT_TRUE(stack.connect(nobody).has_value());
  ASSERT_TRUE(stack.send(test::pattern(9)).has_value());
  test::Bytes buffer(100);
  EXPECT_EQ(stack.receive_from(buffer, seconds(5)).error(), Error::ConnectionRefused);

  KernelDatagrams kernel;
  ASSERT_TRUE(kernel.connect({kStackSide.address, 9}));
  ASSERT_TRUE(kernel.send(test::pattern(9)));
  EXPECT_FALSE(kernel.receive(seconds(5)).has_value());
  EXPECT_EQ(kernel.error, ECONNREFUSED);
}

// Shows: RFC 815, RFC 791 §3.2, RFC 1122 §3.2.2.6
TEST_F(KernelPeerTest, KernelsLongPingIsAnswered) {
  if (std::system("ping -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "no ping here";
  start();
  for (const char* size : {"1473", "9000", "60000", "65507"}) {
    const std::string command = std::string("ping -c 2 -i 0.01 -W 5 -s ") + size + " 10.9.0.2 >/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << size;
  }
}

}  // namespace
}  // namespace tunic::tun::testing
