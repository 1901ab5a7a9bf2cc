// All 64 combinations of flags in every state: what RFC 9293 §3.10.7 says is answered and becomes of the connection, and that
// numbers which fit nowhere change nothing. B33. The stack's own invariants are asserted after each segment.
#include <fmt/format.h>

#include "tests/unit/behaviour/states.hpp"
#include "text/notation.hpp"

namespace tunic {
namespace {

using test::Story;
using wire::TcpFlags;

constexpr std::uint16_t kCombinations = 64;  // FIN SYN RST PSH ACK URG

std::string notation(TcpFlags flags, std::uint32_t seq, std::uint32_t ack) {
  const std::string letters = to_notation(SegmentInfo{.flags = flags.bits()});
  std::string text = fmt::format("{} {}:{}(0)", letters.substr(0, letters.find(' ')), seq, seq);
  if (flags.ack()) text += fmt::format(" ack {}", ack);
  text += " win 65535";
  if ((flags.bits() & 32) != 0) text += " urg 1";
  return text;
}

void throw_away_what_was_sent(Story& story) {
  while (!story.take_packet().empty()) {
  }
}

/// What follows on a segment with exactly the expected numbers, its ACK acknowledging all that was sent. Closed stands for
/// "no connection" too: a listener has none.
TcpState next_state(TcpState state, TcpFlags flags) {
  using enum TcpState;
  const bool syn = flags.syn();
  const bool fin = flags.fin();
  const bool rst = flags.rst();
  const bool ack = flags.ack();
  switch (state) {
    case Closed:
      return Closed;
    case Listen:
      return !rst && !ack && syn && !fin ? SynReceived : Closed;
    case SynSent:
      if (rst) return ack ? Closed : SynSent;
      if (!syn) return SynSent;
      if (!ack) return SynReceived;
      return fin ? CloseWait : Established;
    case TimeWait:
      return TimeWait;  // RFC 1337; a SYN at RCV.NXT is not above the old numbers
    default:
      break;
  }
  if (rst) return Closed;
  if (syn || !ack) return state;
  switch (state) {
    case SynReceived:
    case Established:
      return fin ? CloseWait : Established;
    case FinWait1:
    case FinWait2:
      return fin ? TimeWait : FinWait2;
    case Closing:
      return TimeWait;
    case LastAck:
      return Closed;
    default:
      return state;
  }
}

enum class Answer : std::uint8_t { Nothing, Ack, SynAck, Reset };

/// What is said to such a segment. RFC 9293 §3.10.7 in its order: RST, SYN (RFC 5961 §4), ACK, FIN.
Answer answer_to(TcpState state, TcpFlags flags) {
  using enum TcpState;
  if (flags.rst()) return Answer::Nothing;
  const bool opens = flags.syn() && !flags.fin();
  switch (state) {
    case Closed:
      return Answer::Reset;
    case Listen:
      if (flags.ack()) return Answer::Reset;
      return opens ? Answer::SynAck : Answer::Nothing;
    case SynSent:
      if (!flags.syn()) return Answer::Nothing;
      return flags.ack() ? Answer::Ack : Answer::SynAck;
    case TimeWait:
      if (opens && !flags.ack()) return Answer::Ack;  // an old one: challenged
      if (!flags.ack()) return Answer::Nothing;
      return flags.syn() || flags.fin() ? Answer::Ack : Answer::Nothing;
    default:
      break;
  }
  if (flags.syn()) return Answer::Ack;
  if (!flags.ack() || !flags.fin()) return Answer::Nothing;
  // A second FIN, behind the first, is part of nothing.
  const bool fin_came = state == CloseWait || state == Closing || state == LastAck;
  return fin_came ? Answer::Nothing : Answer::Ack;
}

/// What was said: one packet at most.
Answer take_answer(Story& story) {
  const auto packet = story.take_packet();
  EXPECT_TRUE(packet.empty() || story.take_packet().empty());
  if (packet.empty()) return Answer::Nothing;
  constexpr std::size_t kFlagsAt = 20 + 13;
  const TcpFlags flags(std::to_integer<std::uint8_t>(packet.at(kFlagsAt)));
  if (flags.rst()) return Answer::Reset;
  return flags.syn() ? Answer::SynAck : Answer::Ack;
}

class FlagSoup : public ::testing::TestWithParam<TcpState> {};

// Shows: B33
TEST_P(FlagSoup, DoesWhatTheRfcSays) {
  for (std::uint16_t bits = 0; bits < kCombinations; ++bits) {
    SCOPED_TRACE(bits);
    Story story;
    auto reached = reach(story, GetParam());
    const TcpFlags flags(bits);
    const bool opening = GetParam() == TcpState::Listen || GetParam() == TcpState::SynSent;
    story.inject(notation(flags, opening ? 0 : reached.peer_next, reached.stack_next));
    EXPECT_EQ(take_answer(story), answer_to(GetParam(), flags));
    story.expect_state(next_state(GetParam(), flags));
  }
}

// The three bits that RFC 9293 reserves or gives to ECN (ECE, CWR, AE) change nothing.
TEST_P(FlagSoup, IgnoresEcnBits) {
  for (std::uint16_t bits = 0; bits < kCombinations; ++bits) {
    SCOPED_TRACE(bits);
    Story story;
    auto reached = reach(story, GetParam());
    const TcpFlags flags(bits);
    const bool opening = GetParam() == TcpState::Listen || GetParam() == TcpState::SynSent;
    story.inject(notation(TcpFlags(bits | 0x1c0), opening ? 0 : reached.peer_next, reached.stack_next));
    throw_away_what_was_sent(story);
    story.expect_state(next_state(GetParam(), flags));
  }
}

/// Whether a segment whose number or acknowledgment is wrong may still have this effect.
bool harmless(TcpState before, TcpState after) {
  using enum TcpState;
  if (before == after) return true;
  if (before == Listen) return after == Closed || after == SynReceived;  // a SYN may have any number
  if (before == SynSent) return after == SynReceived;
  return false;
}

// Numbers that fit nowhere: outside the window or acknowledging what was never sent. Several segments on one connection.
// Shows: B33
TEST_P(FlagSoup, WithWrongNumbersChangesNothing) {
  const TcpState state = GetParam();
  if (state == TcpState::Listen || state == TcpState::SynSent) {
    // Here a sequence number can't be wrong, an acknowledgment can.
    for (std::uint16_t bits = 0; bits < kCombinations; ++bits) {
      SCOPED_TRACE(bits);
      Story story;
      auto reached = reach(story, state);
      story.inject(notation(TcpFlags(bits), 12345, 99));
      throw_away_what_was_sent(story);
      EXPECT_TRUE(harmless(state, story.connection() ? story.connection()->state : TcpState::Closed));
    }
    return;
  }
  Story story;
  auto reached = reach(story, state);
  for (std::uint16_t bits = 0; bits < kCombinations; ++bits) {
    SCOPED_TRACE(bits);
    const TcpFlags flags(bits);
    if (state == TcpState::TimeWait && flags.syn()) continue;  // may reopen: time_wait_test.cpp
    for (const std::uint32_t seq :
         {reached.peer_next - 70000, reached.peer_next + 70000, reached.peer_next + 0x80000000U}) {
      story.inject(notation(flags, seq, reached.stack_next));
      throw_away_what_was_sent(story);
      story.expect_state(state);
    }
    if (flags.rst()) continue;  // believed whatever it acknowledges
    for (const std::uint32_t ack : {reached.stack_next + 1, reached.stack_next + 0x7fffffffU}) {
      story.inject(notation(flags, reached.peer_next, ack));
      throw_away_what_was_sent(story);
      if (state != TcpState::TimeWait) story.expect_state(state);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(In, FlagSoup,
                         ::testing::Values(TcpState::Closed, TcpState::Listen, TcpState::SynSent, TcpState::SynReceived,
                                           TcpState::Established, TcpState::FinWait1, TcpState::FinWait2,
                                           TcpState::CloseWait, TcpState::Closing, TcpState::LastAck,
                                           TcpState::TimeWait),
                         [](const auto& each) { return state_name(each.param); });

}  // namespace
}  // namespace tunic
