// More than 2^31 octets in one connection: what was remembered of long ago must not come to lie ahead. RFC 9293 §3.4, B50.
#include <gtest/gtest.h>

#include "tcp/connection.hpp"

namespace tunic::tcp {
namespace {

/// One sender and its peer's acknowledgments, without packets.
class LongTransfer : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kIss = 1'000'000;

  LongTransfer() : connection_(context_, {.number = 1}) {
    SynRecord record;
    record.iss = SeqNum(kIss);
    record.agreed.snd_mss = context_.mtu_mss();
    record.agreed.window_scaling = true;
    record.agreed.snd_shift = WindowScale(14);
    record.snd_wnd = RawWindow{65535};
    record.agreed.ecn = true;
    connection_.open(record, now_);
    acknowledge(connection_.tcb().snd.nxt);
  }

  static Config config() {
    Config config;
    config.mtu = 65535;
    return config;
  }

  void acknowledge(SeqNum number, TcpFlags more = {}) {
    Segment segment;
    segment.seq = connection_.tcb().rcv.nxt;
    segment.ack = number;
    segment.flags = more | TcpFlags::Ack;
    segment.wnd = RawWindow{65535};
    connection_.on_segment(std::move(segment), now_);
  }
  /// How many octets leave before the sender waits.
  std::uint32_t sent() {
    std::uint32_t octets = 0;
    while (const auto segment = connection_.next_segment(now_)) octets += segment->len();
    return octets;
  }
  void write(std::size_t octets) {
    EXPECT_EQ(connection_.send(std::span(zeros_).first(octets), now_).value_or(0), octets);
  }
  void transfer_full_segments(std::uint64_t octets) {
    const std::uint32_t flight = 2 * context_.mtu_mss();
    for (std::uint64_t done = 0; done < octets; done += flight) {
      write(flight);
      ASSERT_EQ(sent(), flight);
      acknowledge(connection_.tcb().snd.nxt);
    }
  }

  Config config_ = config();
  BlockPool pool_;
  EventLog log_;
  FastOpenCache fast_open_;
  Context context_{
      .config = config_, .pool = pool_, .log = log_, .isn_key = {}, .timestamp_key = {}, .fast_open = fast_open_};
  Connection connection_;
  Instant now_{};
  std::vector<std::byte> zeros_ = std::vector<std::byte>(200'000);
};

// Shows: B50
TEST_F(LongTransfer, EndsWithASmallSegmentAndMayLoseOne) {
  write(100);
  EXPECT_EQ(sent(), 100U);  // a small segment, long ago
  acknowledge(connection_.tcb().snd.nxt);
  transfer_full_segments((std::uint64_t{1} << 31) + (1 << 20));

  write(100);
  EXPECT_EQ(sent(), 100U) << "Nagle's algorithm waits for a segment of 2^31 octets ago";
  acknowledge(connection_.tcb().snd.nxt);

  write(3 * std::size_t{context_.mtu_mss()});
  sent();
  for (int i = 0; i < 3; ++i) acknowledge(connection_.tcb().snd.una);
  EXPECT_EQ(sent(), context_.mtu_mss()) << "no fast retransmit";
}

// RFC 3168 §6.1.2: however long ago the connection began, a mark halves the window.
// Shows: RFC 3168
TEST_F(LongTransfer, ReactsToAnEchoedMark) {
  transfer_full_segments((std::uint64_t{1} << 31) + (1 << 20));
  write(2 * std::size_t{context_.mtu_mss()});
  sent();
  const std::uint32_t before = connection_.info().cwnd;
  acknowledge(connection_.tcb().snd.una + context_.mtu_mss(), TcpFlags::Ece);
  EXPECT_LT(connection_.info().cwnd, before);
}

}  // namespace
}  // namespace tunic::tcp
