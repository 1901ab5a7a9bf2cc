// What LISTEN and a SYN-RECEIVED record decide, as tables. RFC 9293 §3.10.7.2 and §3.10.7.4, RFC 5961.
#include "tcp/listen.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tunic::tcp {
namespace {

using Do = Reaction::Do;

TEST(Listen, ChecksRstThenAckThenSyn) {
  for (std::uint16_t bits = 0; bits < 64; ++bits) {
    Segment segment;
    segment.flags = TcpFlags(bits);
    const Reaction reaction = arrives_in_listen(segment, Config().tcp);
    const TcpFlags flags = segment.flags;
    Do expected = Do::Drop;
    if (!flags.rst() && flags.ack()) expected = Do::Reset;
    if (!flags.rst() && !flags.ack() && flags.syn() && !flags.fin()) expected = Do::Promote;
    EXPECT_EQ(reaction.action, expected) << bits;
  }
}

/// The record's numbers lie on both sides of borders: IRS + 1 = 2^32 - 10 with a window of 100, ISS + 1 = 2^31.
constexpr std::uint32_t kRcvNxt = 0xfffffff6;
constexpr std::uint32_t kSndNxt = 0x80000000;

SynRecord half_open() {
  SynRecord record;
  record.irs = SeqNum(kRcvNxt - 1);
  record.iss = SeqNum(kSndNxt - 1);
  record.rcv_wnd = 100;
  record.agreed.timestamps = true;
  record.agreed.ts_recent = 1000;
  return record;
}

struct Case {
  std::string name;
  TcpFlags flags;
  std::uint32_t seq;
  std::uint32_t ack;
  Do action;
  Why why;
  std::optional<std::uint32_t> timestamp = {};
};

class SynReceivedDecision : public ::testing::TestWithParam<Case> {};

TEST_P(SynReceivedDecision, IsAsTheTableSays) {
  Segment segment;
  segment.flags = GetParam().flags;
  segment.seq = SeqNum(GetParam().seq);
  segment.ack = SeqNum(GetParam().ack);
  wire::TcpOptions options;
  if (GetParam().timestamp) options.timestamps = wire::Timestamps{.value = *GetParam().timestamp};
  const Reaction reaction = arrives_in_syn_received(half_open(), segment, options, TcpConfig{});
  EXPECT_EQ(reaction.action, GetParam().action);
  EXPECT_EQ(name(reaction.why), name(GetParam().why));
}

constexpr TcpFlags kSyn = TcpFlags::Syn;
constexpr TcpFlags kAck = TcpFlags::Ack;
constexpr TcpFlags kRst = TcpFlags::Rst;
constexpr TcpFlags kFin = TcpFlags::Fin;

INSTANTIATE_TEST_SUITE_P(
    Of, SynReceivedDecision,
    ::testing::Values(Case{"RepeatedSyn", kSyn, kRcvNxt - 1, 0, Do::Reply, Why::SegmentSyn},
                      Case{"OtherSynInWindow", kSyn, kRcvNxt + 5, 0, Do::Reply, Why::DropSynInConnection},
                      Case{"OtherSynOutside", kSyn, kRcvNxt + 200, 0, Do::Reply, Why::DropUnacceptable},
                      Case{"RstExact", kRst, kRcvNxt, 0, Do::Forget, Why::SegmentRst},
                      Case{"RstExactWithSyn", kRst | kSyn, kRcvNxt, 0, Do::Forget, Why::SegmentRst},
                      Case{"RstInWindow", kRst, kRcvNxt + 99, 0, Do::Reply, Why::DropRstNotExact},
                      Case{"RstAtTheEdge", kRst, kRcvNxt + 100, 0, Do::Drop, Why::DropRstOutOfWindow},
                      Case{"RstBefore", kRst, kRcvNxt - 1, 0, Do::Drop, Why::DropRstOutOfWindow},
                      Case{"Ack", kAck, kRcvNxt, kSndNxt, Do::Promote, Why::SegmentHandshakeAck},
                      Case{"AckWithFin", kAck | kFin, kRcvNxt, kSndNxt, Do::Promote, Why::SegmentHandshakeAck},
                      Case{"AckLateInWindow", kAck, kRcvNxt + 50, kSndNxt, Do::Promote, Why::SegmentHandshakeAck},
                      Case{"AckOutside", kAck, kRcvNxt + 100, kSndNxt, Do::Reply, Why::DropUnacceptable},
                      Case{"AckTooLow", kAck, kRcvNxt, kSndNxt - 1, Do::Reset, Why::DropAckUnsent},
                      Case{"AckTooHigh", kAck, kRcvNxt, kSndNxt + 1, Do::Reset, Why::DropAckUnsent},
                      Case{"NoAck", {}, kRcvNxt, 0, Do::Drop, Why::DropNoAck},
                      Case{"TimestampSame", kAck, kRcvNxt, kSndNxt, Do::Promote, Why::SegmentHandshakeAck, 1000},
                      Case{"TimestampOld", kAck, kRcvNxt, kSndNxt, Do::Reply, Why::DropPaws, 999},
                      Case{"TimestampOldRst", kRst, kRcvNxt, 0, Do::Forget, Why::SegmentRst, 999}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tunic::tcp
