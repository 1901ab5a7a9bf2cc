// The scoreboard against a model that keeps the books octet by octet. RFC 6675 §3 and §4.
#include "tcp/scoreboard.hpp"

#include <algorithm>
#include <deque>

#include "tests/support/property.hpp"

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSmss = 10;
constexpr std::size_t kNoCap = 1000;

/// What is outstanding, one element an octet.
class Model {
 public:
  explicit Model(SeqNum una) : una_(una) {}
  struct Octet {
    int times = 1;
    bool sacked = false;
    bool lost = false;
    bool resent = false;
    bool due() const { return lost && !resent && !sacked; }
    std::uint32_t in_flight() const { return sacked ? 0 : (lost ? 0u : 1u) + (resent ? 1u : 0u); }
  };

  SeqNum una() const { return una_; }
  SeqNum nxt() const { return una_ + size(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(octets_.size()); }
  void send(std::uint32_t count) { octets_.resize(octets_.size() + count); }
  std::uint32_t ack(SeqNum una) {
    const std::uint32_t count = SeqRange{una_, una}.length();
    octets_.erase(octets_.begin(), octets_.begin() + count);
    una_ = una;
    return count;
  }
  template <typename F>
  void each(SeqRange range, F&& f) {
    for (SeqNum at = range.begin; at != range.end; at += 1) f(octets_[SeqRange{una_, at}.length()]);
  }
  template <typename P>
  std::uint32_t count(P&& p) const {
    return static_cast<std::uint32_t>(std::ranges::count_if(octets_, p));
  }
  std::uint32_t in_flight() const {
    std::uint32_t sum = 0;
    for (const Octet& octet : octets_) sum += octet.in_flight();
    return sum;
  }
  std::size_t sacked_ranges() const {
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < octets_.size(); ++i) ranges += octets_[i].sacked && (i == 0 || !octets_[i - 1].sacked);
    return ranges;
  }
  const Octet& at(SeqNum seq) const { return octets_[SeqRange{una_, seq}.length()]; }

  /// RFC 6675 §4, IsLost() by its words.
  bool is_lost(SeqNum seq, std::uint32_t threshold) const {
    std::uint32_t sacked = 0;
    std::uint32_t ranges = 0;
    for (SeqNum above = seq + 1; before(above, nxt()); above += 1) {
      if (!at(above).sacked) continue;
      ++sacked;
      if (!at(above - 1).sacked) ++ranges;
    }
    return ranges >= threshold || sacked > (threshold - 1) * kSmss;
  }

 private:
  SeqNum una_;
  std::deque<Octet> octets_;
};

/// Both, side by side.
class Pair {
 public:
  explicit Pair(SeqNum una) : model_(una) {}

  void step() {
    now_ += 1ms;
    switch (test::any_in(0, 9)) {
      case 0:
      case 1:
        return send();
      case 2:
        return ack();
      case 3:
      case 4:
        return sack();
      case 5:
        return mark_lost_before();
      case 6:
        return mark_first_lost();
      case 7:
        return resend();
      default:
        return rarely();
    }
  }

  void compare() const {
    RC_ASSERT(board_.in_flight() == model_.in_flight());
    RC_ASSERT(board_.sacked() == model_.count([](const auto& octet) { return octet.sacked; }));
    RC_ASSERT(board_.has_lost() == (model_.count([](const auto& octet) { return octet.due(); }) > 0));
    SeqNum at = model_.una();
    for (const Transmission& t : board_.transmissions()) {
      RC_ASSERT(t.range.begin == at);
      RC_ASSERT(after(t.range.end, t.range.begin));
      at = t.range.end;
      for (SeqNum seq = t.range.begin; seq != t.range.end; seq += 1) {
        const Model::Octet& octet = model_.at(seq);
        RC_ASSERT(t.sacked == octet.sacked);
        RC_ASSERT(t.in_flight() == octet.in_flight() * t.range.length());
        RC_ASSERT(t.times == octet.times);
      }
    }
    RC_ASSERT(at == model_.nxt());
    RC_ASSERT(board_.lost() == model_.count([](const auto& octet) { return octet.due(); }));
    RC_ASSERT(board_.sacked_ranges() == model_.sacked_ranges());
    compare_choices();
  }

 private:
  void send() {
    const std::uint32_t count = test::any_in(1u, 30u);
    board_.on_sent({model_.nxt(), model_.nxt() + count}, now_);
    model_.send(count);
  }

  void ack() {
    const SeqNum una = model_.una() + test::any_in(0u, model_.size() + 1);
    std::uint32_t delivered = 0;
    for (SeqNum at = model_.una(); at != una; at += 1) delivered += model_.at(at).sacked ? 0 : 1;
    Delivered told;
    const auto acked = board_.on_ack(una, told);
    RC_ASSERT(acked.octets == model_.ack(una));
    RC_ASSERT(told.octets == delivered);
  }

  SeqRange any_range() const {
    const std::uint32_t a = test::any_in(0u, model_.size() + 1);
    const std::uint32_t b = test::any_in(0u, model_.size() + 1);
    return {model_.una() + std::min(a, b), model_.una() + std::max(a, b)};
  }

  void sack() {
    const SeqRange block = any_range();
    if (block.empty()) return;
    std::uint32_t fresh = 0;
    model_.each(block, [&fresh](auto& octet) {
      fresh += octet.sacked ? 0 : 1;
      octet.sacked = true;
      octet.lost = octet.resent = false;
    });
    Delivered told;
    RC_ASSERT(board_.on_sack(block, kNoCap, told) == fresh);
    RC_ASSERT(told.octets == fresh);
    join(block);
  }

  /// What is sacked side by side is one, sent as often as its part that was sent most often.
  void join(SeqRange block) {
    while (block.begin != model_.una() && model_.at(block.begin - 1).sacked) block.begin = block.begin - 1;
    while (block.end != model_.nxt() && model_.at(block.end).sacked) block.end += 1;
    int times = 0;
    model_.each(block, [&times](auto& octet) { times = std::max(times, octet.times); });
    model_.each(block, [times](auto& octet) { octet.times = times; });
  }

  void mark_lost_before() {
    const SeqNum end = any_range().end;
    std::uint32_t fresh = 0;
    model_.each({model_.una(), end}, [&fresh](auto& octet) {
      if (octet.sacked || octet.times > 1) return;
      fresh += octet.lost ? 0 : 1;
      octet.lost = true;
    });
    RC_ASSERT(board_.mark_lost_before(end) == fresh);
  }

  void mark_first_lost() {
    const std::uint32_t most = test::any_in(1u, 20u);
    SeqRange range{model_.nxt(), model_.nxt()};
    for (const Transmission& t : board_.transmissions()) {
      if (t.sacked) continue;
      range = {t.range.begin, t.range.begin + std::min(t.range.length(), most)};
      break;
    }
    std::uint32_t fresh = 0;
    model_.each(range, [&fresh](auto& octet) {
      fresh += octet.due() ? 0 : 1;
      octet.lost = true;
      octet.resent = false;
    });
    RC_ASSERT(board_.mark_first_lost(most) == fresh);
  }

  void resend() {
    const auto range = board_.next_lost(test::any_in(1u, 40u));
    if (!range) return;
    board_.on_resent(*range, now_);
    model_.each(*range, [](auto& octet) {
      ++octet.times;
      octet.resent = true;
    });
  }

  void rarely() {
    if (test::any_in(0, 4) > 0) return;
    const int what = test::any_in(0, 3);
    if (what == 2) {
      board_.unmark_lost();
      model_.each({model_.una(), model_.nxt()}, [](auto& octet) { octet.lost = false; });
    } else if (what == 0) {
      board_.forget_sacks();
      model_.each({model_.una(), model_.nxt()}, [](auto& octet) { octet.sacked = false; });
    } else {
      board_.mark_all_lost(now_);
      model_.each({model_.una(), model_.nxt()}, [](auto& octet) {
        if (octet.sacked) return;
        octet.lost = true;
        octet.resent = false;
      });
    }
  }

  /// What would be sent next is what the model would choose.
  void compare_choices() const {
    const std::uint32_t most = test::any_in(1u, 40u);
    SeqNum first_due = model_.una();
    while (first_due != model_.nxt() && !model_.at(first_due).due()) first_due += 1;
    SeqNum end = first_due;
    while (end != model_.nxt() && model_.at(end).due() && SeqRange{first_due, end}.length() < most) end += 1;
    const auto next = board_.next_lost(most);
    RC_ASSERT(next.value_or(SeqRange{model_.nxt(), model_.nxt()}) == (SeqRange{first_due, end}));

    SeqNum highest = model_.nxt();
    while (highest != model_.una() && !model_.at(highest - 1).sacked) highest = highest - 1;
    SeqNum hole = model_.una();
    while (before(hole, highest) && (model_.at(hole).sacked || model_.at(hole).times > 1)) hole += 1;
    const auto found = board_.next_hole(most);
    RC_ASSERT(found.has_value() == before(hole, highest));
    if (found) RC_ASSERT(found->begin == hole);

    const auto below = board_.lost_below(3, kSmss);
    for (SeqNum seq = model_.una(); seq != model_.nxt(); seq += 1) {
      if (!model_.at(seq).sacked) RC_ASSERT(model_.is_lost(seq, 3) == (below && before(seq, *below)));
    }
  }

  Scoreboard board_;
  Model model_;
  Instant now_{};
};

RC_GTEST_PROP(Scoreboard, KeepsTheBooksOfEveryOctet, ()) {
  Pair pair(SeqNum((test::any_in(0, 2) == 0 ? 0x80000000u : 0u) - test::any_in(0u, 120u)));
  const int steps = test::any_in(1, 60);
  for (int step = 0; step < steps; ++step) {
    pair.step();
    pair.compare();
  }
}

/// [0, 50) in five transmissions across 2^32.
class FiveSegments : public ::testing::Test {
 protected:
  FiveSegments() {
    for (std::uint32_t i = 0; i < 50; i += 10) board_.on_sent({at(i), at(i + 10)}, Instant(i * 1ms));
  }
  static SeqNum at(std::uint32_t offset) { return SeqNum(0xffffffea) + offset; }
  static SeqRange range(std::uint32_t begin, std::uint32_t end) { return {at(begin), at(end)}; }
  Scoreboard::Acked ack(std::uint32_t una) { return board_.on_ack(at(una), delivered_); }
  std::uint32_t sack(std::uint32_t begin, std::uint32_t end) {
    return board_.on_sack(range(begin, end), 4, delivered_);
  }
  Scoreboard board_;
  Delivered delivered_;
};

// RFC 6298 §3, RFC 7323 §4.1: the first segment's time is a sample, so that the peer's delay of the acknowledgment is in
// it; none, if anything that is acknowledged now was sent twice.
TEST_F(FiveSegments, GiveTheTimeOfTheFirstOneAcknowledged) {
  EXPECT_EQ(ack(25).sent_at, Instant(0ms));
  board_.mark_first_lost(5);
  board_.on_resent(range(25, 30), Instant(100ms));
  EXPECT_EQ(ack(40).sent_at, std::nullopt);
  EXPECT_EQ(ack(50).sent_at, Instant(40ms));
}

// What waited at the peer behind a hole was not acknowledged by this segment's journey.
TEST_F(FiveSegments, GiveNoTimeOfWhatWasSackedBefore) {
  sack(0, 40);
  EXPECT_EQ(ack(50).sent_at, Instant(40ms));
}

// RFC 8985 §6.2: what was sent last of what has arrived, apart by whether it was sent once, and the lowest of it.
TEST_F(FiveSegments, TellWhatWasDelivered) {
  const std::uint32_t order = board_.on_resent(range(10, 20), Instant(100ms));
  sack(10, 40);
  EXPECT_EQ(delivered_.octets, 30U);
  EXPECT_EQ(delivered_.latest->sent_at, Instant(30ms));
  EXPECT_EQ(delivered_.latest->end, at(40));
  EXPECT_EQ(delivered_.latest_resent->sent_at, Instant(100ms));
  EXPECT_EQ(delivered_.latest_resent->order, order);
  EXPECT_EQ(delivered_.lowest, at(20));
  delivered_ = {};
  ack(50);
  EXPECT_EQ(delivered_.octets, 20U);
  EXPECT_EQ(delivered_.latest->end, at(50));
  EXPECT_FALSE(delivered_.latest_resent);
}

// A sending that was followed by another one is no longer what is outstanding.
TEST_F(FiveSegments, KnowWhichSendingIsOutstanding) {
  const std::uint32_t first = board_.transmissions().front().order;
  EXPECT_EQ(board_.first_outstanding(range(0, 10), first), at(0));
  sack(0, 4);
  EXPECT_EQ(board_.first_outstanding(range(0, 10), first), at(4));
  const std::uint32_t again = board_.on_resent(range(4, 10), Instant(100ms));
  EXPECT_EQ(board_.first_outstanding(range(0, 10), first), at(10));
  EXPECT_EQ(board_.mark_lost(range(0, 10), first), 0U);
  EXPECT_EQ(board_.mark_lost(range(0, 10), again), 6U);
}

// B5: no more ranges than the cap; those that exist may still grow together. The highest one makes room.
// Shows: B5
TEST_F(FiveSegments, ForgetTheHighestRangeAtTheCap) {
  for (std::uint32_t i = 20; i < 50; i += 2) sack(i, i + 1);
  EXPECT_EQ(board_.sacked_ranges(), 4U);
  EXPECT_EQ(board_.highest_sacked(), at(27));
  EXPECT_EQ(sack(10, 12), 2U);
  EXPECT_EQ(board_.sacked_ranges(), 4U);
  EXPECT_EQ(board_.highest_sacked(), at(25));
  EXPECT_EQ(sack(12, 20), 8U);
  EXPECT_EQ(board_.sacked_ranges(), 3U);
  EXPECT_EQ(board_.sacked(), 10U + 1 + 1 + 1);
  EXPECT_LE(board_.transmissions().size(), 5U + 2 * 5);
  EXPECT_EQ(ack(50).octets, 50U);
  EXPECT_TRUE(board_.empty());
}

// RFC 6675 §4, NextSeg (4).
// Shows: RFC 6675
TEST_F(FiveSegments, HaveALastThatMayRescue) {
  EXPECT_EQ(board_.last_unsacked(4), range(46, 50));
  sack(35, 50);
  EXPECT_EQ(board_.last_unsacked(10), range(30, 35));
  board_.on_resent(range(30, 35), Instant(100ms));
  EXPECT_EQ(board_.last_unsacked(10), std::nullopt);
  EXPECT_EQ(Scoreboard().last_unsacked(10), std::nullopt);
}

}  // namespace
}  // namespace tunic::tcp
