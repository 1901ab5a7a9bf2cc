// The timing wheel against an ordered map of deadlines.
#include "base/timing_wheel.hpp"

#include <map>
#include <set>

#include "tests/support/property.hpp"

namespace tunic {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Cookies = std::vector<std::uint64_t>;

constexpr Instant kStart{seconds(1'000'000)};

Cookies pop_all(TimingWheel& wheel, Instant now) {
  Cookies cookies;
  while (const auto cookie = wheel.pop_due(now)) cookies.push_back(*cookie);
  return cookies;
}

TEST(TimingWheel, AnEntryIsDueAtItsInstantAndNotBefore) {
  TimingWheel wheel;
  wheel.set(kStart + milliseconds(40), 7);
  EXPECT_EQ(pop_all(wheel, kStart + milliseconds(40) - nanoseconds(1)), Cookies{});
  EXPECT_EQ(wheel.next_deadline(), kStart + milliseconds(40));
  EXPECT_EQ(pop_all(wheel, kStart + milliseconds(40)), Cookies{7});
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_EQ(wheel.next_deadline(), kNever);
}

TEST(TimingWheel, EntriesOfOneSlotComeOutByTheirInstant) {
  TimingWheel wheel;
  wheel.set(kStart + nanoseconds(300), 3);
  wheel.set(kStart + nanoseconds(100), 1);
  wheel.set(kStart + nanoseconds(200), 2);
  EXPECT_EQ(pop_all(wheel, kStart + nanoseconds(200)), (Cookies{1, 2}));
  wheel.set(kStart + nanoseconds(250), 4);  // into a slot whose turn it is
  EXPECT_EQ(wheel.next_deadline(), kStart + nanoseconds(250));
  EXPECT_EQ(pop_all(wheel, kStart + nanoseconds(300)), (Cookies{4, 3}));
}

TEST(TimingWheel, EqualDeadlinesComeOutInTheOrderOfSetting) {
  TimingWheel wheel;
  const auto first = wheel.set(kStart, 1);
  wheel.set(kStart, 2);
  wheel.set(kStart, 3);
  wheel.move(first, kStart + seconds(1));
  wheel.move(first, kStart);  // set anew: now it is the last
  EXPECT_EQ(pop_all(wheel, kStart), (Cookies{2, 3, 1}));
}

TEST(TimingWheel, MovingToTheSameDeadlineKeepsThePlace) {
  TimingWheel wheel;
  const auto first = wheel.set(kStart, 1);
  wheel.set(kStart, 2);
  wheel.move(first, kStart);
  EXPECT_EQ(wheel.deadline(first), kStart);
  EXPECT_EQ(pop_all(wheel, kStart), (Cookies{1, 2}));
}

TEST(TimingWheel, ThePastAndTheTimeBeforeTheEpochAreDueAtOnce) {
  TimingWheel wheel;
  EXPECT_EQ(wheel.pop_due(kStart), std::nullopt);
  wheel.set(kStart - seconds(5), 1);
  wheel.set(Instant(seconds(-9)), 2);
  EXPECT_LE(wheel.next_deadline(), kStart);
  EXPECT_EQ(pop_all(wheel, kStart), (Cookies{2, 1}));
}

TEST(TimingWheel, TheLastInstantsOfTimeHaveAPlace) {
  TimingWheel wheel;
  wheel.set(kNever, 2);
  wheel.set(kNever - nanoseconds(1), 1);
  EXPECT_EQ(wheel.pop_due(kStart), std::nullopt);
  EXPECT_EQ(pop_all(wheel, kNever), (Cookies{1, 2}));
}

TEST(TimingWheel, NamesANearDeadlineExactlyAlsoAfterALongRest) {
  TimingWheel wheel;
  const Instant turn{nanoseconds(std::int64_t{1} << 50)};  // where a turn of level 0 begins
  EXPECT_EQ(wheel.pop_due(turn), std::nullopt);
  wheel.set(turn + milliseconds(40), 1);
  EXPECT_EQ(wheel.next_deadline(), turn + milliseconds(40));
}

TEST(TimingWheel, CancelledEntriesDoNotComeOut) {
  TimingWheel wheel;
  const auto gone = wheel.set(kStart + seconds(3), 1);
  wheel.set(kStart + seconds(3), 2);
  wheel.cancel(gone);
  EXPECT_EQ(wheel.size(), 1U);
  EXPECT_EQ(pop_all(wheel, kStart + seconds(4)), Cookies{2});
}

/// Durations of all sizes that timers have, many of them equal or near each other.
Duration arbitrary_duration() {
  const int bits = test::any_in(0, 45);
  return nanoseconds(test::any_in<std::int64_t>(0, (std::int64_t{1} << bits) + 1));
}

class Pair {
 public:
  void set() {
    const Instant deadline = now_ + arbitrary_duration() - milliseconds(1);
    const std::uint64_t cookie = next_cookie_++;
    handles_[cookie] = wheel_.set(deadline, cookie);
    keys_[cookie] = model_.emplace(deadline, cookie);
  }
  void move() {
    if (handles_.empty()) return;
    const std::uint64_t cookie = any_cookie();
    const Instant deadline = now_ + arbitrary_duration();
    if (keys_[cookie]->first != deadline) {  // a multimap keeps equal keys in the order of insertion
      gone_.insert(keys_[cookie]->first);
      model_.erase(keys_[cookie]);
      keys_[cookie] = model_.emplace(deadline, cookie);
    }
    wheel_.move(handles_[cookie], deadline);
    RC_ASSERT(wheel_.deadline(handles_[cookie]) == deadline);
  }
  void cancel() {
    if (handles_.empty()) return;
    const std::uint64_t cookie = any_cookie();
    wheel_.cancel(handles_[cookie]);
    gone_.insert(keys_[cookie]->first);
    model_.erase(keys_[cookie]);
    handles_.erase(cookie);
  }
  void advance() {
    // Half of the time to the very instant that the wheel names, as a driver does.
    const bool exactly = *rc::gen::arbitrary<bool>() && wheel_.next_deadline() != kNever;
    now_ = exactly ? std::max(now_, wheel_.next_deadline()) : now_ + arbitrary_duration();
    while (!model_.empty() && model_.begin()->first <= now_) {
      const std::uint64_t cookie = model_.begin()->second;
      RC_ASSERT(wheel_.pop_due(now_) == std::optional(cookie));
      model_.erase(model_.begin());
      handles_.erase(cookie);
      if (test::any_in(0, 4) == 0) set();  // as a timer that starts another one
    }
    RC_ASSERT(wheel_.pop_due(now_) == std::nullopt);
    check_next_deadline();
  }
  void check_size() const { RC_ASSERT(wheel_.size() == model_.size()); }

 private:
  std::uint64_t any_cookie() const {
    auto found = handles_.begin();
    std::advance(found, test::any_in<std::size_t>(0, handles_.size()));
    return found->first;
  }
  /// Never late, always after `now`, and exact within the current 64 slots, unless it is that of an entry that is gone.
  void check_next_deadline() const {
    const Instant named = wheel_.next_deadline();
    if (model_.empty()) {
      RC_ASSERT(named == kNever);
      return;
    }
    const Instant earliest = model_.begin()->first;
    RC_ASSERT(named > now_);
    RC_ASSERT(named <= earliest);
    const auto turn = [](Instant at) { return at.time_since_epoch().count() >> 26; };
    if (turn(now_) == turn(earliest)) RC_ASSERT(named == earliest || gone_.contains(named));
  }

  using Model = std::multimap<Instant, std::uint64_t>;
  TimingWheel wheel_;
  Model model_;
  std::set<Instant> gone_;  // of entries that were cancelled or moved
  std::map<std::uint64_t, TimingWheel::Handle> handles_;
  std::map<std::uint64_t, Model::iterator> keys_;
  std::uint64_t next_cookie_ = 0;
  Instant now_ = kStart;
};

RC_GTEST_PROP(TimingWheel, BehavesLikeAnOrderedMap, ()) {
  Pair pair;
  const int steps = test::any_in(1, 120);
  for (int step = 0; step < steps; ++step) {
    switch (test::any_in(0, 8)) {
      case 0:
        pair.cancel();
        break;
      case 1:
        pair.move();
        break;
      case 2:
      case 3:
        pair.advance();
        break;
      default:
        pair.set();
    }
    pair.check_size();
  }
}

}  // namespace
}  // namespace tunic
