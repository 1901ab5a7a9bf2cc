// Echo over UDP: every datagram once, bit-exact, and never to another echo server. RFC 862.
#include "services/udp_echo.hpp"

#include <gtest/gtest.h>

#include "sim/pair.hpp"
#include "tests/support/bytes.hpp"

namespace tunic::services {
namespace {

class UdpEchoTest : public testing::Test {
 protected:
  void run() { pair_.network().run_for(std::chrono::milliseconds(100)); }

  sim::Pair pair_;
  std::unique_ptr<UdpEcho> echo_ = *UdpEcho::start(pair_.right(), {pair_.right_address(), 7});
};

TEST_F(UdpEchoTest, SendsBackWhatCame) {
  auto client = *UdpSocket::bind(pair_.left(), {});
  test::Bytes buffer(65536);
  for (const std::size_t size : {0U, 1U, 1472U, 1473U, 65507U}) {
    const test::Bytes data = test::pattern(size);
    ASSERT_TRUE(client.send_to(data, echo_->local()).has_value());
    run();
    const auto received = client.receive_from(buffer);
    ASSERT_TRUE(received.has_value()) << size;
    EXPECT_EQ(received->source, echo_->local());
    EXPECT_EQ(test::Bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(received->size)), data);
  }
}

TEST_F(UdpEchoTest, DoesNotTalkToItsLike) {
  auto other = *UdpEcho::start(pair_.left(), {pair_.left_address(), 7});
  other->close();
  auto liar = *UdpSocket::bind(pair_.left(), {pair_.left_address(), 7});
  ASSERT_TRUE(liar.send_to(test::pattern(5), echo_->local()).has_value());
  run();
  test::Bytes buffer(100);
  EXPECT_EQ(liar.receive_from(buffer).error(), Error::WouldBlock);
}

}  // namespace
}  // namespace tunic::services
