// Fields of 16 bits at their ends: windows of 65535 octets and of a gibibyte, a datagram of 65535. RFC 9293 §3.1, RFC 7323
// §2; B51.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using test::Story;

// With its highest bit set a window is large, not negative.
// Shows: MUST-1, B51
TEST(PeersWindow, IsUnsigned) {
  Story story;
  auto socket = established(story);
  for (const std::uint32_t window : {32767U, 32768U, 65535U}) {
    story.inject(ack(1, window));
    EXPECT_EQ(info(story).snd_wnd, window);
  }
  socket.write(60'000);
  expect_flight(story, 1, 10);
}

// Both windows as far as scaling goes: the peer's is 65535 × 2^14, ours the largest buffer there is.
// Shows: REC-1, B51
TEST(PeersWindow, MayBeAGibibyte) {
  Config config = testing::full_config();
  config.tcp.receive_buffer = 16 * 1024 * 1024;
  Story story(config);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,nop,wscale 14>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 9>", Why::PassiveOpenReply);
  story.inject(ack(1));
  auto socket = story.accept();
  EXPECT_EQ(info(story).snd_wnd, 65535U << 14);
  socket.write(60'000);
  expect_flight(story, 1, 10);
  story.inject(data(1, 1001));
  EXPECT_GE(info(story).rcv_wnd, 16U * 1024 * 1024 - 1000);
  discard_sent(story);
}

// Text, FIN and headers fill the datagram: SEG.LEN and the total length are at their ends.
// Shows: B51
TEST(LargestDatagram, IsTakenWhole) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 65535;
  Story story(config);
  auto socket = established(story);
  story.inject("FP. 1:65496(65495) ack 1 win 65535");
  story.expect(". 1:1(0) ack 65497", Why::QuickAck);
  story.expect_state(TcpState::CloseWait);
  socket.read(65495);
  socket.expect_end();
  discard_sent(story);  // the window opens again
}

}  // namespace
}  // namespace tunic
