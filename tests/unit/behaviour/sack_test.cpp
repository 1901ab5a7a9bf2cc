// What our SACK options say. RFC 2018 §4, RFC 2883.
#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using test::Story;

// RFC 2018 §4: the block that the latest segment belongs to comes first, then those that were first before it.
TEST(SackBlocks, NameTheLatestArrivalFirst) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(1001, 2001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:2001>", Why::AckOutOfOrder);
  story.inject(data(5001, 6001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 5001:6001 1001:2001>", Why::AckOutOfOrder);
  story.inject(data(3001, 4001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 3001:4001 5001:6001 1001:2001>", Why::AckOutOfOrder);
  story.inject(data(2001, 3001));  // joins two
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:4001 5001:6001>", Why::AckOutOfOrder);
  story.inject(data(1, 1001));
  story.expect(". 1:1(0) ack 4001 <nop,nop,sack 5001:6001>", Why::AckFillsGap);
  story.inject(data(4001, 5001));
  story.expect(". 1:1(0) ack 6001 <>", Why::AckFillsGap);
}

// RFC 2018 §4: "repeating the most recently reported SACK blocks", also when one of them grows for long.
TEST(SackBlocks, RepeatTheMostRecentOnes) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  for (const std::uint32_t begin : {9001U, 7001U, 5001U, 3001U, 1001U}) {
    story.inject(data(begin, begin + 100));
    story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  }
  for (std::uint32_t begin = 1101; begin < 1801; begin += 100) {
    story.inject(data(begin, begin + 100));
    story.expect(fmt::format(". 1:1(0) ack 1 <nop,nop,sack 1001:{} 3001:3101 5001:5101 7001:7101>", begin + 100),
                 Why::AckOutOfOrder);
  }
}

// RFC 2018 §3: with timestamps three blocks fit.
// Shows: RFC 2018 §3
TEST(SackBlocks, AreThreeBesideTimestamps) {
  Story story(testing::full_config());
  auto socket = established_with_all_options(story);
  const auto inject = [&story](std::uint32_t begin) {
    story.inject(fmt::format(". {}:{}(100) ack 1 win 65535 <nop,nop,TS val 100 ecr 1000>", begin, begin + 100));
  };
  for (const std::uint32_t begin : {101U, 301U, 501U}) {
    inject(begin);
    story.expect(". 1:1(0) ack 1", Why::AckOutOfOrder);
  }
  inject(701);
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1000 ecr 100,nop,nop,sack 701:801 501:601 301:401>", Why::AckOutOfOrder);
  inject(701);  // RFC 2883 §4: the duplicate takes one of the places
  story.expect(". 1:1(0) ack 1 <nop,nop,TS val 1000 ecr 100,nop,nop,sack 701:801 701:801 501:601>", Why::AckOutOfOrder);
}

// RFC 2018 §2: none where the SYN did not permit it.
TEST(SackBlocks, NeedThePermission) {
  Story story(sack_config());
  auto socket = established(story);
  story.inject(data(1001, 2001));
  story.expect(". 1:1(0) ack 1 <>", Why::AckOutOfOrder);
}

TEST(SackBlocks, GoWithDataToo) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(1001, 2001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:2001>", Why::AckOutOfOrder);
  socket.write(100);
  story.expect("P. 1:101(100) ack 1 <nop,nop,sack 1001:2001>", Why::LastBufferedData);
}

// RFC 2883 §4.1.1: the acknowledgment was lost.
// Shows: RFC 2883
TEST(DuplicateSack, ReportsADuplicateBelowTheAcknowledgment) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(1, 501));
  story.expect(". 1:1(0) ack 501 <>", Why::QuickAck);
  story.inject(data(501, 1001));
  story.expect(". 1:1(0) ack 1001 <>", Why::QuickAck);
  story.inject(data(501, 1001));
  story.expect(". 1:1(0) ack 1001 <nop,nop,sack 501:1001>", Why::AckUnacceptable);
  story.inject(data(1001, 1501));  // told once
  story.expect(". 1:1(0) ack 1501 <>", Why::QuickAck);
}

// RFC 2883 §4 (4): beyond a hole the block that the duplicate is part of comes second.
// Shows: RFC 2883
TEST(DuplicateSack, ReportsADuplicateBeyondAHoleBeforeItsBlock) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(501, 1001));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 501:1001>", Why::AckOutOfOrder);
  story.inject(data(1001, 1501));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 501:1501>", Why::AckOutOfOrder);
  story.inject(data(2001, 2501));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 2001:2501 501:1501>", Why::AckOutOfOrder);
  story.inject(data(1001, 1501));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:1501 501:1501 2001:2501>", Why::AckOutOfOrder);
}

// RFC 2883 §4.2: only a part of the segment came before.
// Shows: RFC 2883
TEST(DuplicateSack, ReportsThePartThatCameBefore) {
  Story story(sack_config());
  auto socket = established_with_sack(story);
  story.inject(data(1001, 1501));
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:1501>", Why::AckOutOfOrder);
  story.inject(data(1001, 2001));  // beyond the hole
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:1501 1001:2001>", Why::AckOutOfOrder);
  story.inject(data(501, 1501));  // the tail of it
  story.expect(". 1:1(0) ack 1 <nop,nop,sack 1001:1501 501:2001>", Why::AckOutOfOrder);
  story.inject(data(1, 1001));  // in order
  story.expect(". 1:1(0) ack 2001 <nop,nop,sack 501:1001>", Why::AckFillsGap);
  story.inject(data(1501, 2501));  // below the acknowledgment
  story.expect(". 1:1(0) ack 2501 <nop,nop,sack 1501:2001>", Why::QuickAck);
}

}  // namespace
}  // namespace tunic
