// Resets and SYNs that arrive in a state which expects neither. RFC 5961 §3.2 and §4.2, RFC 9293 §3.10.7.4, RFC 1337.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

class RstIn : public ::testing::TestWithParam<TcpState> {
 protected:
  void SetUp() override { reached = reach(story, GetParam()); }
  void inject_rst(std::uint32_t seq, std::uint32_t length = 0) {
    story.inject(fmt::format("R. {}:{}({}) ack {} win 0", seq, seq + length, length, reached.stack_next));
  }
  std::string current_numbers() const {
    return fmt::format(". {0}:{0}(0) ack {1}", reached.stack_next, reached.peer_next);
  }
  /// The first number beyond the window.
  std::uint32_t right_edge() {
    const bool record = GetParam() == TcpState::SynReceived;
    return reached.peer_next + (record ? 65535 : story.connection()->rcv_wnd);
  }

  Story story{not_limited()};
  Reached reached;

 private:
  static Config not_limited() {
    Config config = testing::plain_config();
    config.tcp.challenge_acks_per_second = 100;
    return config;
  }
};

// RFC 5961 §3.2 (2), B25.
// Shows: RFC 5961 §3, B25, MUST-12
TEST_P(RstIn, AtTheExpectedNumberEndsTheConnection) {
  inject_rst(reached.peer_next);
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
  if (reached.socket.socket().valid()) reached.socket.expect_error(Error::ConnectionReset);
}

// "a TCP implementation SHOULD allow a received RST segment to include data".
// Shows: SHLD-2
TEST_P(RstIn, MayCarryData) {
  inject_rst(reached.peer_next, 20);
  story.expect_nothing();
  story.expect_state(TcpState::Closed);
}

// RFC 5961 §3.2 (3): the first and the last number in the window that are not the expected one.
// Shows: RFC 5961 §3, RFC 5961 §3 (against), B25
TEST_P(RstIn, ElsewhereInTheWindowIsChallenged) {
  for (const std::uint32_t seq : {reached.peer_next + 1, right_edge() - 1}) {
    inject_rst(seq);
    story.expect_drop(Why::DropRstNotExact);
    story.expect(current_numbers(), Why::ChallengeAckRst);
    story.expect_state(GetParam());
    if (GetParam() == TcpState::SynReceived) story.advance(100ms);  // a record is challenged so often
  }
}

// RFC 5961 §3.2 (1).
// Shows: RFC 5961 §3 (against), B25
TEST_P(RstIn, OutsideTheWindowIsIgnored) {
  for (const std::uint32_t seq : {reached.peer_next - 1, right_edge(), reached.peer_next + 0x80000000}) {
    inject_rst(seq);
    story.expect_drop(Why::DropRstOutOfWindow);
    story.expect_nothing();
    story.expect_state(GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(EveryState, RstIn,
                         ::testing::Values(TcpState::SynReceived, TcpState::Established, TcpState::FinWait1,
                                           TcpState::FinWait2, TcpState::CloseWait, TcpState::Closing,
                                           TcpState::LastAck),
                         [](const auto& each) { return state_name(each.param); });

// "A TCP receiver MUST process the RST and URG fields of all incoming segments, even when the receive window is
// zero".
// Shows: MUST-66
TEST(RstAtAClosedWindow, IsBelievedAtTheExpectedNumberOnly) {
  Config config = testing::plain_config();
  config.tcp.receive_buffer = 4096;
  Story story(config);
  auto socket = established(story);
  for (const std::uint32_t seq : {1U, 1025U, 2049U, 3073U}) {
    story.inject(fmt::format("P. {}:{}(1024) ack 1 win 65535", seq, seq + 1024));
    story.expect(fmt::format(". 1:1(0) ack {}", seq + 1024));
  }
  story.inject("R. 4098:4098(0) ack 1 win 0");
  story.expect_drop(Why::DropRstOutOfWindow);
  story.inject("R. 4097:4107(10) ack 1 win 0");
  story.expect_state(TcpState::Closed);
  socket.read(4096);  // what came before it is not lost
  socket.expect_error(Error::ConnectionReset);
}

class SynIn : public RstIn {};

// RFC 5961 §4.2, B26: "irrespective of the sequence number". With data and with FIN too.
// Shows: RFC 5961 §4, B26, RFC 5961 §4 (against)
TEST_P(SynIn, IsChallengedWhereverItStands) {
  for (const std::uint32_t seq : {0U, 1U, 2U, 1000U, 0xc0000000U}) {
    if (GetParam() == TcpState::TimeWait && seq > reached.peer_next && seq < 0xc0000000U) continue;  // reopens
    for (const auto* rest : {"S {0}:{0}(0) win 65535", "S {0}:{1}(10) win 65535", "S. {0}:{0}(0) ack 1 win 65535"}) {
      story.inject(fmt::format(fmt::runtime(rest), seq, seq + 10));
      story.expect(current_numbers(),
                   GetParam() == TcpState::TimeWait ? std::nullopt : std::optional(Why::ChallengeAckSyn));
      story.expect_state(GetParam());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryState, SynIn, ::testing::ValuesIn(kSynchronized),
                         [](const auto& each) { return state_name(each.param); });

// The last ACK of the handshake was lost: the SYN-ACK comes again.
TEST(RepeatedSynAck, IsAcknowledgedAgain) {
  Story story;
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::HandshakeAck);
  story.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  story.expect_state(TcpState::Established);
}

// RFC 9293 §3.5.1, figure 9: the peer has lost its memory and opens again.
TEST(HalfOpenConnection, IsDiscoveredByThePeersNewSyn) {
  Story story;
  auto socket = established(story);
  story.inject("S 4000000:4000000(0) win 65535 <mss 1000>");
  story.expect_drop(Why::DropSynInConnection);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
  story.inject("R 1:1(0) win 0");  // its number is our ACK's: exact
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::ConnectionReset);
  story.inject("S 4000000:4000000(0) win 65535 <mss 1000>");
  story.expect("S. 0:0(0) ack 4000001", Why::PassiveOpenReply);
}

// RFC 9293 §3.5.1, figure 10: the peer knows nothing of the connection and says so.
TEST(HalfOpenConnection, IsDiscoveredByOurData) {
  Story story;
  auto socket = established(story);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.inject("R 1:1(0) win 0");
  story.expect_state(TcpState::Closed);
  socket.expect_error(Error::ConnectionReset);
}

// RFC 9293 §3.10.7.1.
TEST(NobodyThere, ResetsWithNumbersThatThePeerBelieves) {
  Story story;
  story.inject("SF 7:17(10) win 65535");  // SEG.LEN counts SYN, FIN and data
  story.expect("R. 0:0(0) ack 19 win 0", Why::ResetNoConnection);
  story.inject("FP. 7:17(10) ack 4096 win 65535");
  story.expect("R 4096:4096(0) win 0", Why::ResetNoConnection);
  story.inject("R. 7:7(0) ack 4096 win 0");
  story.expect_drop(Why::DropNoConnection);
  story.expect_nothing();
}

}  // namespace
}  // namespace tunic
