// The reassembler against a map from numbers to octets. RFC 9293 §3.10.7.4 (SHLD-31), RFC 2018 §4, B48, B49.
#include "tcp/reassembler.hpp"

#include <algorithm>
#include <map>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::tcp {
namespace {

constexpr Reassembler::Limits kNoLimits{1000, 1'000'000};

class Model {
 public:
  explicit Model(SeqNum nxt) : nxt_(nxt) {}
  SeqNum nxt() const { return nxt_; }
  bool holds(SeqNum seq) const { return octets_.contains(seq.value()); }
  std::size_t size() const { return octets_.size(); }
  void insert(SeqNum begin, const test::Bytes& bytes) {
    for (const std::byte octet : bytes) {
      octets_.try_emplace(begin.value(), octet);  // the first wins
      begin += 1;
    }
  }
  test::Bytes take() {
    test::Bytes in_order;
    for (auto next = octets_.find(nxt_.value()); next != octets_.end(); next = octets_.find(nxt_.value())) {
      in_order.push_back(next->second);
      octets_.erase(next);
      nxt_ += 1;
    }
    return in_order;
  }
  /// Of the maximal range around a number that is held.
  SeqRange range_around(SeqNum seq) const {
    SeqRange range{seq, seq};
    while (holds(range.begin - 1)) range.begin = range.begin - 1;
    while (holds(range.end)) range.end += 1;
    return range;
  }
  std::size_t ranges() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(octets_, [this](const auto& held) { return !holds(SeqNum(held.first) - 1); }));
  }

 private:
  SeqNum nxt_;
  std::map<std::uint32_t, std::byte> octets_;
};

RC_GTEST_PROP(Reassembler, BehavesLikeAMapOfOctets, ()) {
  BlockPool pool;
  Reassembler reassembler;
  Model model(SeqNum((test::any_in(0, 2) == 0 ? 0x80000000u : 0u) - test::any_in(0u, 100u)));
  const int steps = test::any_in(1, 40);
  for (int step = 0; step < steps; ++step) {
    const auto bytes = test::pattern(test::any_in(1u, 30u), static_cast<std::uint8_t>(step * 31));
    const Chain chain(pool.copy(bytes));
    if (test::any_in(0, 5) == 0) {
      model.insert(model.nxt(), bytes);
      const SeqNum nxt = model.nxt();
      RC_ASSERT(reassembler.fill(nxt, chain, pool).to_vector() == model.take());
    } else {
      const SeqNum begin = model.nxt() + test::any_in(1u, 150u);
      const SeqRange range{begin, begin + static_cast<std::uint32_t>(bytes.size())};
      SeqNum again = range.begin;
      while (again != range.end && !model.holds(again)) again += 1;
      RC_ASSERT(reassembler.held_part(range).begin == again);
      model.insert(begin, bytes);
      RC_ASSERT(reassembler.insert(begin, chain, kNoLimits, pool));
      RC_ASSERT(reassembler.covers(range));
      std::array<SeqRange, 1> first{};
      RC_ASSERT(reassembler.sack_blocks(first) == 1U);
      RC_ASSERT(first[0] == model.range_around(begin));
    }
    RC_ASSERT(reassembler.octets() == model.size());
    RC_ASSERT(reassembler.ranges() == model.ranges());
    RC_ASSERT(reassembler.empty() == (model.size() == 0));

    std::array<SeqRange, 4> blocks{};
    const std::size_t count = reassembler.sack_blocks(blocks);
    RC_ASSERT(count == std::min(blocks.size(), model.ranges()));
    for (std::size_t i = 0; i < count; ++i) {
      RC_ASSERT(model.holds(blocks[i].begin));
      RC_ASSERT(blocks[i] == model.range_around(blocks[i].begin));
      RC_ASSERT(std::count(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(count), blocks[i]) == 1);
    }
  }
}

class Held : public ::testing::Test {
 protected:
  bool insert(std::uint32_t begin, std::size_t size, const Reassembler::Limits& limits) {
    return reassembler_.insert(at(begin), Chain(pool_.copy(test::pattern(size))), limits, pool_);
  }
  static SeqNum at(std::uint32_t offset) { return SeqNum(0xfffffff0) + offset; }
  BlockPool pool_;
  Reassembler reassembler_;
};

// The farthest goes, be it new or old.
// Shows: B48
TEST_F(Held, GivesUpTheFarthestRangeAtTheCap) {
  const Reassembler::Limits limits{2, 1'000'000};
  EXPECT_TRUE(insert(10, 5, limits));
  EXPECT_TRUE(insert(50, 5, limits));
  EXPECT_FALSE(insert(70, 5, limits));
  EXPECT_TRUE(insert(30, 5, limits));
  EXPECT_FALSE(reassembler_.covers({at(50), at(55)}));
  EXPECT_TRUE(insert(15, 15, limits));  // joins the two
  EXPECT_EQ(reassembler_.ranges(), 1U);
  EXPECT_EQ(reassembler_.octets(), 25U);
}

// What is counted is what blocks pin, and small pieces are gathered so that they pin little.
// Shows: B48
TEST_F(Held, CountsPinnedBytes) {
  const Reassembler::Limits limits{1000, 10'000};
  for (std::uint32_t begin = 2; begin < 2000; begin += 2) insert(begin, 1, limits);
  EXPECT_GE(reassembler_.ranges(), 20U);
  EXPECT_LE(pool_.bytes_in_use(), 20'000U);
  EXPECT_FALSE(insert(5000, 16'000, limits));
}

// What is in order leaves at once, however full the place is.
TEST_F(Held, TakesWhatIsInOrderAtTheCap) {
  const Reassembler::Limits limits{1, 1000};
  EXPECT_TRUE(insert(10, 5, limits));
  EXPECT_EQ(reassembler_.fill(at(0), Chain(pool_.copy(test::pattern(10))), pool_).size(), 15U);
  EXPECT_TRUE(reassembler_.empty());
  EXPECT_EQ(pool_.bytes_in_use(), 0U);
}

// RFC 2018 §4.
TEST_F(Held, RemembersWhichRangesArrivalsBelongedTo) {
  for (const std::uint32_t begin : {90U, 70U, 50U, 30U, 10U}) insert(begin, 5, kNoLimits);
  for (std::uint32_t begin = 15; begin < 25; ++begin) insert(begin, 1, kNoLimits);
  std::array<SeqRange, 4> blocks{};
  EXPECT_EQ(reassembler_.sack_blocks(blocks), 4U);
  EXPECT_EQ(blocks, (std::array{SeqRange{at(10), at(25)}, SeqRange{at(30), at(35)}, SeqRange{at(50), at(55)},
                                SeqRange{at(70), at(75)}}));
}

}  // namespace
}  // namespace tunic::tcp
