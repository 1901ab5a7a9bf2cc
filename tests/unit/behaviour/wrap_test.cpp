// Transfers over the borders of the sequence space. RFC 9293 §3.4.
#include <ostream>

#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

struct Numbers {
  std::uint32_t stack;
  std::uint32_t peer;
};

void PrintTo(const Numbers& numbers, std::ostream* out) {
  *out << fmt::format("{:#x}, {:#x}", numbers.stack, numbers.peer);
}

/// B50: the initial sequence numbers of both sides lie just below a border.
class Wrap : public ::testing::TestWithParam<Numbers> {
 protected:
  Wrap() : story_(config()) { story_.set_peer_isn(GetParam().peer); }
  static Config config() {
    Config config = sack_config();
    config.tcp.initial_sequence_number = GetParam().stack;
    return config;
  }

  Story story_;
};

// Shows: B50
TEST_P(Wrap, DoesNotDisturbASender) {
  auto socket = established_with_sack(story_);
  socket.write(60'000);
  expect_flight(story_, 1, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) {
    story_.inject(ack(i * 1000 + 1));
    expect_flight(story_, 8001 + 2000 * i, 2);
  }
  story_.inject(ack(60'001 - 30'000));
  expect_flight(story_, 30'001, 21);
  story_.inject(ack(51'001));
  expect_flight(story_, 51'001, 8);
  story_.expect("P. 59001:60001(1000) ack 1", Why::LastBufferedData);
  story_.inject(ack(60'001));
  EXPECT_EQ(info(story_).unacked, 0U);
}

// Shows: B50
TEST_P(Wrap, DoesNotDisturbSackRecovery) {
  auto socket = established_with_sack(story_);
  socket.write(10'000);
  expect_flight(story_, 1, 9);
  story_.expect("P. 9001:10001(1000) ack 1", Why::LastBufferedData);
  story_.inject(sack(1, "2001:5001"));
  story_.expect(". 1:1001(1000) ack 1", Why::FastRetransmit);
  story_.inject(sack(1, "2001:8001"));
  story_.expect(". 1001:2001(1000) ack 1", Why::FastRetransmit);
  story_.expect("P. 9001:10001(1000) ack 1", Why::RescueRetransmit);
  story_.inject(ack(8001));
  story_.inject(ack(10'001));
  EXPECT_EQ(info(story_).unacked, 0U);
  EXPECT_EQ(info(story_).ssthresh, 5000U);
}

// Shows: B50
TEST_P(Wrap, DoesNotDisturbATimeout) {
  auto socket = established_with_sack(story_);
  socket.write(3000);
  expect_flight(story_, 1, 2);
  story_.expect("P. 2001:3001(1000) ack 1", Why::LastBufferedData);
  story_.inject(sack(1, "1001:2001"));
  story_.expect_after(200ms, ". 1:1001(1000) ack 1", Why::TimeoutRetransmit);
  story_.inject(ack(2001));
  story_.expect("P. 2001:3001(1000) ack 1", Why::LossRetransmit);
  story_.inject(ack(3001));
  EXPECT_EQ(info(story_).unacked, 0U);
}

// Shows: B50
TEST_P(Wrap, DoesNotDisturbAReceiver) {
  auto socket = established_with_sack(story_);
  story_.inject(data(1, 101));
  story_.expect(". 1:1(0) ack 101 <>", Why::QuickAck);
  story_.inject(data(201, 301));
  story_.expect(". 1:1(0) ack 101 <nop,nop,sack 201:301>", Why::AckOutOfOrder);
  story_.inject(data(401, 501));
  story_.expect(". 1:1(0) ack 101 <nop,nop,sack 401:501 201:301>", Why::AckOutOfOrder);
  story_.inject(data(151, 451));
  story_.expect(". 1:1(0) ack 101 <nop,nop,sack 201:301 151:501>", Why::AckOutOfOrder);
  story_.inject(data(51, 151));
  story_.expect(". 1:1(0) ack 501 <nop,nop,sack 51:101>", Why::AckFillsGap);
  story_.inject("F. 501:501(0) ack 1 win 65535");
  story_.expect(". 1:1(0) ack 502", Why::AckFin);
  socket.read(500);
  socket.expect_end();
}

// Shows: B50
TEST_P(Wrap, DoesNotDisturbAClosedWindow) {
  auto socket = established_with_sack(story_);
  story_.inject(ack(1, 0));
  socket.write(300);
  for (std::uint32_t taken = 1; taken < 4; ++taken) {
    story_.expect_after(200ms * (1 << (taken - 1)), fmt::format(". {}:{}(1) ack 1", taken, taken + 1),
                        Why::WindowProbe);
    story_.inject(ack(taken + 1, 0));
  }
  story_.inject(ack(4, 1000));
  story_.expect("P. 4:301(297) ack 1", Why::LastBufferedData);
}

INSTANTIATE_TEST_SUITE_P(At, Wrap,
                         ::testing::Values(Numbers{0xffffff00, 0x7fffff00}, Numbers{0x7fffff00, 0xffffff00},
                                           Numbers{0xfffffffe, 0x7ffffffe}, Numbers{0x7fffffff, 0xffffffff},
                                           Numbers{0xffffe000, 0x7ffffe0c}, Numbers{0, 0}));

}  // namespace
}  // namespace tunic
