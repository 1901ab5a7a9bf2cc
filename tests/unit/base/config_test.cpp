// Profiles are data, and the defaults keep the MUSTs that are numbers.
#include <gtest/gtest.h>

#include <tunic/config.hpp>
#include <tunic/tcp_state.hpp>

namespace tunic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Config, LinuxIsTheDefault) {
  const TcpConfig tcp = Config::linux_profile().tcp;
  EXPECT_EQ(tcp.syn_option_layout, SynOptionLayout::MssSackTsWscale);
  EXPECT_EQ(tcp.rto_min, milliseconds(200));
  EXPECT_EQ(tcp.receive_buffer, 131072U);
}

TEST(Config, FreebsdDiffersInWhatTheRfcsLeaveFree) {
  const TcpConfig tcp = Config::freebsd_profile().tcp;
  EXPECT_EQ(tcp.syn_option_layout, SynOptionLayout::MssWscaleSackTs);
  EXPECT_EQ(tcp.receive_buffer, 65536U);
  EXPECT_EQ(tcp.quick_acks, 0);
}

// Shows: MUST-23
TEST(Config, SynsAreRepeatedForThreeMinutesAtLeast) {
  for (const Config& config : {Config::linux_profile(), Config::freebsd_profile()}) {
    Duration waited{};
    Duration rto = config.tcp.rto_initial;
    for (int i = 0; i <= config.tcp.syn_retransmits; ++i) {
      waited += rto;
      rto = std::min(rto * 2, config.tcp.rto_max);
    }
    EXPECT_GE(waited, std::chrono::minutes(3));
  }
}

// Shows: MUST-40
TEST(Config, AcknowledgmentsAreDelayedByLessThanHalfASecond) {
  EXPECT_LT(Config::linux_profile().tcp.delayed_ack, milliseconds(500));
  EXPECT_LT(Config::freebsd_profile().tcp.delayed_ack, milliseconds(500));
}

TEST(TcpState, NamesAreTheRfcs) {
  EXPECT_EQ(to_string(TcpState::Closed), "CLOSED");
  EXPECT_EQ(to_string(TcpState::SynReceived), "SYN-RECEIVED");
  EXPECT_EQ(to_string(TcpState::FinWait2), "FIN-WAIT-2");
  EXPECT_EQ(to_string(TcpState::CloseWait), "CLOSE-WAIT");
  EXPECT_EQ(to_string(TcpState::TimeWait), "TIME-WAIT");
  static_assert(static_cast<std::size_t>(TcpState::TimeWait) + 1 == kTcpStateCount);
}

TEST(Time, NeverStaysNever) {
  EXPECT_EQ(later(Instant(seconds(1)), seconds(2)), Instant(seconds(3)));
  EXPECT_EQ(later(kNever - seconds(1), seconds(2)), kNever);
  EXPECT_EQ(later(kNever, Duration{}), kNever);
}

}  // namespace
}  // namespace tunic
