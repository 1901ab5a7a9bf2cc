// Every state × every combination of FIN SYN RST PSH ACK URG × sequence numbers old, new, beyond the window and at its edges ×
// acknowledgments old, valid and of what was never sent × with and without text: about 100,000 segments, each to a connection of
// its own, and each outcome compared with the model. RFC 9293 §3.10.7; B33.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/arrival/bench.hpp"

namespace tunic::arrival {
namespace {

constexpr std::uint16_t kCombinations = 64;
constexpr std::uint32_t kText = 10;

struct Place {
  TcpState state;
  bool active = false;
  Origins origins{};
};

std::vector<std::uint32_t> without_doubles(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers);
  const auto rest = std::ranges::unique(numbers);
  numbers.erase(rest.begin(), rest.end());
  return numbers;
}

/// Old, at the edges of the window and of what was received, beyond it, and as far away as can be.
std::vector<std::uint32_t> sequence_numbers(const Block& block) {
  const std::uint32_t next = block.rcv_nxt;
  const bool agreed =
      block.state != TcpState::Closed && block.state != TcpState::Listen && block.state != TcpState::SynSent;
  if (!agreed) return {0, block.irs, block.irs + 0x80000000U};
  const std::uint32_t edge = next + block.rcv_wnd;
  return without_doubles({next - 70000, next - kText - 1, next - kText, next - 1, next, next + 1, edge - kText,
                          edge - 1, edge, edge + 1, next + 0x80000000U});
}

std::vector<std::uint32_t> acknowledgments(const Block& block, std::uint16_t flags) {
  if ((flags & kAck) == 0) return {0};
  return without_doubles({block.iss, block.iss + 1, block.snd_una - 1, block.snd_una, block.snd_una + kText,
                          block.snd_nxt, block.snd_nxt + 1, block.snd_nxt + 0x7fffffffU});
}

class Arrival : public ::testing::TestWithParam<Place> {
 protected:
  Arrival() : bench_(GetParam().origins) {
    start_ = bench_.reach(GetParam().state, GetParam().active);
    bench_.clear();
  }

  void check(const Arriving& segment) {
    const Block block = bench_.reach(GetParam().state, GetParam().active);
    ASSERT_EQ(block.snd_nxt, start_.snd_nxt);
    ASSERT_EQ(block.rcv_nxt, start_.rcv_nxt);
    Outcome want = expected(block, segment);
    const Outcome is = bench_.arrive(segment);
    if (block.state == TcpState::TimeWait && want.state == TcpState::SynReceived) {
      // MAY-2: the new numbers begin above the old ones; by how much is free.
      EXPECT_GT(static_cast<std::int32_t>(is.seq - block.snd_nxt), 0);
      want.seq = is.seq;
    }
    EXPECT_EQ(is, want) << fmt::format(
        "flags {:06b} (URG ACK PSH RST SYN FIN) seq RCV.NXT{:+} ack SND.NXT{:+} text {}\n  it is:     {}\n  should be: "
        "{}",
        segment.flags, static_cast<std::int32_t>(segment.seq - block.rcv_nxt),
        static_cast<std::int32_t>(segment.ack - block.snd_nxt), segment.text, to_string(is), to_string(want));
    EXPECT_FALSE(bench_.said_too_much());
    bench_.clear();
  }

  Bench bench_;
  Block start_;
};

// Shows: B33
TEST_P(Arrival, DoesWhatTheRfcSays) {
  for (std::uint16_t flags = 0; flags < kCombinations; ++flags) {
    for (const std::uint32_t seq : sequence_numbers(start_)) {
      for (const std::uint32_t ack : acknowledgments(start_, flags)) {
        for (const std::uint32_t text : {0U, kText}) {
          check({flags, seq, ack, text});
          if (HasFailure()) return;  // the first one says enough
        }
      }
    }
  }
}

std::vector<Place> places() {
  // The numbers of both sides cross 2^31 and 2^32 within the ten octets that were acknowledged, and in the window.
  const Origins one{0x7ffffffaU, 0xfffffffaU};
  const Origins other{0xfffffff2U, 0x7fffff00U};
  std::vector<Place> all;
  for (const Origins origins : {one, other}) {
    for (const TcpState state : {TcpState::Closed, TcpState::Listen, TcpState::SynSent, TcpState::SynReceived,
                                 TcpState::Established, TcpState::FinWait1, TcpState::FinWait2, TcpState::CloseWait,
                                 TcpState::Closing, TcpState::LastAck, TcpState::TimeWait}) {
      all.push_back({state, false, origins});
    }
    all.push_back({TcpState::SynReceived, true, origins});
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Place>& each) {
  std::string name;
  for (const char c : tunic::to_string(each.param.state)) {
    if (c != '-') name += c;
  }
  if (each.param.active) name += "OfCrossedSyns";
  return name + (each.param.origins.iss < each.param.origins.irs ? "" : "OtherOrigins");
}

INSTANTIATE_TEST_SUITE_P(In, Arrival, ::testing::ValuesIn(places()), name_of);

}  // namespace
}  // namespace tunic::arrival
