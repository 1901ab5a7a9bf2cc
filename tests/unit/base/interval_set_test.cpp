// The interval set against a plain set of offsets.
#include "base/interval_set.hpp"

#include <set>

#include "tests/support/property.hpp"

namespace tunic {
namespace {

using Intervals = std::vector<Interval>;

TEST(IntervalSet, MergesWhatTouchesOrOverlaps) {
  IntervalSet set;
  EXPECT_EQ(set.insert(10, 20), 10U);
  EXPECT_EQ(set.insert(30, 40), 10U);
  EXPECT_EQ(set.insert(20, 30), 10U);
  EXPECT_EQ(set.intervals(), (Intervals{{10, 40}}));
  EXPECT_EQ(set.insert(5, 50), 15U);
  EXPECT_EQ(set.insert(7, 8), 0U);
  EXPECT_EQ(set.intervals(), (Intervals{{5, 50}}));
  EXPECT_EQ(set.total(), 45U);
}

TEST(IntervalSet, CutsHoles) {
  IntervalSet set;
  set.insert(0, 100);
  EXPECT_EQ(set.erase(40, 60), 20U);
  EXPECT_EQ(set.erase(40, 60), 0U);
  EXPECT_EQ(set.intervals(), (Intervals{{0, 40}, {60, 100}}));
  EXPECT_EQ(set.erase(30, 70), 20U);
  EXPECT_EQ(set.intervals(), (Intervals{{0, 30}, {70, 100}}));
  EXPECT_EQ(set.erase(0, 1000), 60U);
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSet, FindsTheFirstGap) {
  IntervalSet set;
  EXPECT_EQ(set.first_gap(5, 9), (Interval{5, 9}));
  set.insert(10, 20);
  set.insert(30, 40);
  EXPECT_EQ(set.first_gap(0, 50), (Interval{0, 10}));
  EXPECT_EQ(set.first_gap(10, 50), (Interval{20, 30}));
  EXPECT_EQ(set.first_gap(15, 25), (Interval{20, 25}));
  EXPECT_EQ(set.first_gap(35, 50), (Interval{40, 50}));
  EXPECT_EQ(set.first_gap(12, 18).length(), 0U);
  EXPECT_EQ(set.first_gap(30, 40).length(), 0U);
}

TEST(IntervalSet, ForgetsEverything) {
  IntervalSet set;
  set.insert(5, 10);
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.total(), 0U);
}

TEST(IntervalSet, EmptyIntervalsChangeNothing) {
  IntervalSet set;
  EXPECT_EQ(set.insert(7, 7), 0U);
  EXPECT_TRUE(set.empty());
  set.insert(5, 10);
  EXPECT_EQ(set.erase(7, 7), 0U);
  EXPECT_EQ(set.count(), 1U);
  EXPECT_FALSE(set.intersects(7, 7));
  EXPECT_TRUE(set.covers(3, 3));
}

/// All offsets one by one, in a small space around 2^32.
class Model {
 public:
  static constexpr std::uint64_t kBase = (std::uint64_t{1} << 32) - 40;
  static constexpr std::uint64_t kSpace = 80;

  std::uint64_t insert(std::uint64_t begin, std::uint64_t end) {
    const std::size_t before = offsets_.size();
    for (std::uint64_t i = begin; i < end; ++i) offsets_.insert(i);
    return offsets_.size() - before;
  }
  std::uint64_t erase(std::uint64_t begin, std::uint64_t end) {
    std::uint64_t removed = 0;
    for (std::uint64_t i = begin; i < end; ++i) removed += offsets_.erase(i);
    return removed;
  }
  bool contains(std::uint64_t offset) const { return offsets_.contains(offset); }
  std::uint64_t count_in(std::uint64_t begin, std::uint64_t end) const {
    std::uint64_t count = 0;
    for (std::uint64_t i = begin; i < end; ++i) count += contains(i) ? 1 : 0;
    return count;
  }
  Intervals intervals() const {
    Intervals result;
    for (const std::uint64_t offset : offsets_) {
      if (result.empty() || result.back().end != offset) result.push_back({offset, offset});
      ++result.back().end;
    }
    return result;
  }

 private:
  std::set<std::uint64_t> offsets_;
};

Interval arbitrary_interval() {
  const auto a = Model::kBase + test::any_in<std::uint64_t>(0, Model::kSpace);
  const auto b = Model::kBase + test::any_in<std::uint64_t>(0, Model::kSpace);
  return {std::min(a, b), std::max(a, b)};
}

RC_GTEST_PROP(IntervalSet, BehavesLikeASetOfOffsets, ()) {
  IntervalSet set;
  Model model;
  const int steps = test::any_in(1, 60);
  for (int step = 0; step < steps; ++step) {
    const Interval change = arbitrary_interval();
    if (test::any_in(0, 3) > 0) {
      RC_ASSERT(set.insert(change.begin, change.end) == model.insert(change.begin, change.end));
    } else {
      RC_ASSERT(set.erase(change.begin, change.end) == model.erase(change.begin, change.end));
    }
    RC_ASSERT(set.intervals() == model.intervals());
    RC_ASSERT(set.total() == model.count_in(Model::kBase, Model::kBase + Model::kSpace));

    const auto [begin, end] = arbitrary_interval();
    RC_ASSERT(set.contains(begin) == model.contains(begin));
    RC_ASSERT(set.covers(begin, end) == (model.count_in(begin, end) == end - begin));
    RC_ASSERT(set.intersects(begin, end) == (model.count_in(begin, end) > 0));
    const Interval gap = set.first_gap(begin, end);
    RC_ASSERT(model.count_in(begin, gap.begin) == gap.begin - begin);
    RC_ASSERT(model.count_in(gap.begin, gap.end) == 0U);
    RC_ASSERT(gap.end == end || model.contains(gap.end));
    RC_ASSERT(gap.length() > 0 || set.covers(begin, end));
  }
}

}  // namespace
}  // namespace tunic
