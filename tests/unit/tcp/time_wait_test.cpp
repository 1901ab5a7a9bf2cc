// What a TIME-WAIT record decides, as a table. RFC 9293 §3.10.7.4, RFC 1337, RFC 6191 §2.
#include "tcp/time_wait.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tunic::tcp {
namespace {

using Do = Reaction::Do;

/// RCV.NXT lies behind the border of the sequence space, TS.Recent before that of the timestamps.
constexpr std::uint32_t kRcvNxt = 5;
constexpr std::uint32_t kTsRecent = 0xfffffff0;

TimeWaitRecord waiting(bool timestamps) {
  TimeWaitRecord record;
  record.snd_nxt = SeqNum(0x80000000);
  record.rcv_nxt = SeqNum(kRcvNxt);
  record.timestamps = timestamps;
  record.ts_recent = kTsRecent;
  return record;
}

struct Case {
  std::string name;
  TcpFlags flags;
  std::uint32_t seq;
  std::optional<std::uint32_t> timestamp;
  bool timestamps_agreed;
  Do action;
  Why why;
};

class TimeWaitDecision : public ::testing::TestWithParam<Case> {};

TEST_P(TimeWaitDecision, IsAsTheTableSays) {
  Segment segment;
  segment.flags = GetParam().flags;
  segment.seq = SeqNum(GetParam().seq);
  segment.ack = SeqNum(0x80000000);
  wire::TcpOptions options;
  if (GetParam().timestamp) options.timestamps = wire::Timestamps{.value = *GetParam().timestamp};
  const Reaction reaction = arrives_in_time_wait(waiting(GetParam().timestamps_agreed), segment, options, Config().tcp);
  EXPECT_EQ(reaction.action, GetParam().action);
  EXPECT_EQ(name(reaction.why), name(GetParam().why));
}

constexpr TcpFlags kSyn = TcpFlags::Syn;
constexpr TcpFlags kAck = TcpFlags::Ack;
constexpr TcpFlags kRst = TcpFlags::Rst;
constexpr TcpFlags kFin = TcpFlags::Fin;

INSTANTIATE_TEST_SUITE_P(
    Of, TimeWaitDecision,
    ::testing::Values(
        Case{"Rst", kRst, kRcvNxt, {}, false, Do::Drop, Why::DropTimeWaitRst},
        Case{"RstWithAck", kRst | kAck, kRcvNxt, {}, false, Do::Drop, Why::DropTimeWaitRst},
        Case{"RstWithSyn", kRst | kSyn, 1000, {}, false, Do::Drop, Why::DropTimeWaitRst},
        Case{"NoAck", {}, kRcvNxt, {}, false, Do::Drop, Why::DropNoAck},
        Case{"OurOwnAcksAnswer", kAck, kRcvNxt, {}, false, Do::Drop, Why::DropTimeWaitSegment},
        Case{"OldAck", kAck, kRcvNxt - 10, {}, false, Do::Reply, Why::DropUnacceptable},
        Case{"RepeatedFin", kFin | kAck, kRcvNxt - 1, {}, false, Do::Restart, Why::SegmentFin},
        Case{"SynAbove", kSyn, kRcvNxt + 1, {}, false, Do::Reopen, Why::SegmentSyn},
        Case{"SynAtTheEdge", kSyn, kRcvNxt, {}, false, Do::Reply, Why::DropSynInConnection},
        Case{"SynBelow", kSyn, kRcvNxt - 10, {}, false, Do::Reply, Why::DropSynInConnection},
        Case{"SynHalfTheSpaceAway", kSyn, kRcvNxt + 0x7fffffff, {}, false, Do::Reopen, Why::SegmentSyn},
        Case{"SynAck", kSyn | kAck, kRcvNxt + 10, {}, false, Do::Reply, Why::DropUnacceptable},
        Case{"TimestampAbove", kSyn, kRcvNxt - 10, 1, true, Do::Reopen, Why::SegmentSyn},
        Case{"TimestampSameNumberAbove", kSyn, kRcvNxt + 10, kTsRecent, true, Do::Reopen, Why::SegmentSyn},
        Case{"TimestampSameNumberBelow", kSyn, kRcvNxt - 10, kTsRecent, true, Do::Reply, Why::DropSynInConnection},
        Case{"TimestampBelow", kSyn, kRcvNxt + 10, kTsRecent - 1, true, Do::Reply, Why::DropSynInConnection},
        Case{"TimestampGoneNumberAbove", kSyn, kRcvNxt + 10, {}, true, Do::Reopen, Why::SegmentSyn},
        Case{"TimestampGoneNumberBelow", kSyn, kRcvNxt - 10, {}, true, Do::Reply, Why::DropSynInConnection},
        Case{"TimestampNewNumberBelow", kSyn, kRcvNxt - 10, 1, false, Do::Reply, Why::DropSynInConnection}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tunic::tcp
