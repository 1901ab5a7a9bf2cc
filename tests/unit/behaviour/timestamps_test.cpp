// PAWS and which timestamp is echoed. RFC 7323 §3.2, §4.3, §5.3 to §5.5; B9, B10, B11.
#include "base/endian.hpp"
#include "tests/unit/behaviour/opening.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;
using test::StorySocket;

/// The peer's clock stands at the border of its space. Quick ACKs end with the second one.
class Paws : public ::testing::Test {
 protected:
  void SetUp() override {
    story.listen(80);
    story.inject("S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 4294967290 ecr 0>");
    story.expect("S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 1 ecr 4294967290>");
    story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 4294967295 ecr 1>");
    socket = story.accept();
  }
  static Config config() {
    Config config = testing::plain_config();
    config.tcp.timestamps = true;
    return config;
  }
  Story story{config()};
  StorySocket socket;
};

// §5.2: "s is less than t in [0, 2^31) mod 2^32".
// Shows: RFC 7323 §5, RFC 7323 §5 (against)
TEST_F(Paws, TimestampsWrap) {
  story.inject("P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 5 ecr 1>");
  story.expect(". 1:1(0) ack 11 <nop,nop,TS val 1 ecr 5>");
  story.inject("P. 11:21(10) ack 1 win 65535 <nop,nop,TS val 4294967295 ecr 1>");
  story.expect_drop(Why::DropPaws);
  story.expect(". 1:1(0) ack 11 <nop,nop,TS val 1 ecr 5>", Why::PawsAck);
  story.inject("P. 11:21(10) ack 1 win 65535 <nop,nop,TS val 5 ecr 1>");  // an equal one is not older
  story.expect(". 1:1(0) ack 21 <nop,nop,TS val 1 ecr 5>");
}

// §4.3 (2): what is echoed is from the segment that moved the left edge of the window, not from one beyond a hole.
// Shows: RFC 7323 §4 (against)
TEST_F(Paws, OutOfOrderSegmentsAreNotEchoed) {
  story.inject("P. 11:21(10) ack 1 win 65535 <nop,nop,TS val 7 ecr 1>");
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1 ecr 4294967295>", Why::AckOutOfOrder);
  story.inject("P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 6 ecr 1>");
  story.expect(". 1:1(0) ack 21 <nop,nop,TS val 1 ecr 6>", Why::AckFillsGap);
}

// A huge value in a segment that is not acceptable must not make the true ones look old.
// Shows: B10, RFC 7323 §4 (against)
TEST_F(Paws, UnacceptableSegmentsAreNotEchoed) {
  story.inject(". 0:0(0) ack 1 win 65535 <nop,nop,TS val 2000000000 ecr 1>");
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1 ecr 4294967295>", Why::AckUnacceptable);
  story.inject(". 70000:70000(0) ack 1 win 65535 <nop,nop,TS val 2000000000 ecr 1>");
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1 ecr 4294967295>", Why::AckUnacceptable);
  story.inject("P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 0 ecr 1>");
  story.expect(". 1:1(0) ack 11 <nop,nop,TS val 1 ecr 0>");
}

// §5.5: "an idle connection ... more than 24 days" makes TS.Recent invalid.
// Shows: RFC 7323 §5, RFC 7323 §5 (against), B10
TEST_F(Paws, OldValuesCountForTwentyFourDays) {
  story.advance(24h * 24);
  story.inject("P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 4000000000 ecr 1>");
  story.expect_drop(Why::DropPaws);
  story.expect(". 1:1(0) ack 1", Why::PawsAck);
  story.advance(1s);
  story.inject("P. 1:11(10) ack 1 win 65535 <nop,nop,TS val 4000000000 ecr 1>");
  story.expect(". 1:1(0) ack 11", Why::QuickAck);
}

// §5.2: "RST segments ... MUST NOT be subjected to the PAWS check".
// Shows: RFC 7323 §5, B10
TEST_F(Paws, ResetsAreExempt) {
  story.inject("R 1:1(0) win 0 <nop,nop,TS val 4000000000 ecr 0>");
  story.expect_state(TcpState::Closed);
}

// The peer has restarted and does not use timestamps any more: RFC 5961 §4.2 answers every SYN.
// Shows: RFC 5961 §4
TEST_F(Paws, ASynWithoutTimestampIsChallenged) {
  story.inject("S 500000:500000(0) win 65535");
  story.expect_drop(Why::DropSynInConnection);
  story.expect(". 1:1(0) ack 1", Why::ChallengeAckSyn);
}

// §3.2: "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop the segment."
// Shows: B9
TEST_F(Paws, SegmentsWithoutATimestampAreDropped) {
  story.inject("FP. 1:11(10) ack 1 win 65535");
  story.expect_drop(Why::DropNoTimestamp);
  story.expect_nothing();
  story.inject("R 1:1(0) win 0");
  story.expect_state(TcpState::Closed);
}

TEST_F(Paws, AnswersAreLimited) {
  for (int i = 0; i < 10; ++i) {
    story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 4000000000 ecr 1>");
    story.expect(". 1:1(0) ack 1", Why::PawsAck);
  }
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 4000000000 ecr 1>");
  story.expect_hold(Why::HoldDuplicateAckLimit);
  story.expect_nothing();
}

// §3.2's SHOULD drop would leave the listener's record to time out.
// Shows: B9
TEST(ThirdAckWithoutTimestamp, CompletesTheHandshake) {
  Story story(testing::full_config());
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 70 ecr 0>");
  story.expect("S. 0:0(0) ack 1");
  story.inject(". 1:1(0) ack 1 win 65535");
  story.expect_state(TcpState::Established);
}

TEST(OldThirdAck, IsAnsweredByTheRecord) {
  Story story(testing::full_config());
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 70 ecr 0>");
  story.expect("S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 1 ecr 70>");
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 69 ecr 1>");
  story.expect_drop(Why::DropPaws);
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1 ecr 70>", Why::PawsAck);
  story.expect_state(TcpState::SynReceived);
}

// §5.4, B11: one clock with an offset per connection, so that its value tells neither uptime nor which host it is.
// Shows: B11, RFC 7323 §5.4 (against)
TEST(TimestampOffsets, DifferBetweenConnections) {
  Story story(testing::full_config());
  story.listen(80);
  std::vector<std::uint32_t> values;
  for (const auto* syn : {"40001 > 80 S 0:0(0) win 65535 <nop,nop,TS val 7 ecr 0>",
                          "40002 > 80 S 0:0(0) win 65535 <nop,nop,TS val 7 ecr 0>"}) {
    story.inject(syn);
    const auto packet = story.take_packet();
    values.push_back(load_be32(&packet.at(20 + 20 + 8)));  // behind mss, nop, nop and the option's kind and length
  }
  const std::uint32_t distance = values[0] - values[1];
  EXPECT_GT(distance, 1000000U);
  EXPECT_LT(distance, 0U - 1000000U);
}

}  // namespace
}  // namespace tunic
