// A window full of data beyond a hole is held, however much memory its blocks pin. RFC 2018 §8: what a SACK block told the
// peer is here should not be given up; RFC 9293 §3.10.7.4.
#include <fmt/format.h>

#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

TEST(OutOfOrderWindow, FullSegmentsUpToTheEndOfTheWindowAreAllHeld) {
  constexpr std::uint32_t kSize = 1400;  // in a block of 2048 octets
  Config config = sack_config();
  config.tcp.receive_buffer = 65535;
  test::Story story(config);
  test::StorySocket socket = established_with_sack(story);
  const std::uint32_t last = 1 + story.connection()->rcv_wnd - kSize;
  std::uint32_t held = 0;
  for (std::uint32_t start = 1 + kSize; start <= last; start += kSize, held += kSize) {
    story.inject(fmt::format(". {}:{}({}) ack 1 win 65535", start, start + kSize, kSize));
    story.expect(fmt::format(". 1:1(0) ack 1 <nop,nop,sack {}:{}>", 1 + kSize, start + kSize), Why::AckOutOfOrder);
  }
  EXPECT_EQ(story.connection()->out_of_order, held);
  story.inject(fmt::format(". 1:{}({}) ack 1 win 65535", 1 + kSize, kSize));
  story.expect(fmt::format(". 1:1(0) ack {}", 1 + kSize + held), Why::AckFillsGap);
  socket.read(kSize + held);
  story.expect(fmt::format(". 1:1(0) ack {}", 1 + kSize + held), Why::WindowUpdate);
}

}  // namespace
}  // namespace tunic
