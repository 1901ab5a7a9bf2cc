// The chain against a vector of bytes.
#include <tunic/packet_buffer.hpp>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::any_in;
using test::Bytes;

TEST(Chain, SharesWithoutCopying) {
  BlockPool pool;
  Chain chain(pool.copy(test::pattern(100)));
  chain.push_back(pool.copy(test::pattern(100, 50)));
  const Chain middle = chain.share(90, 20);
  EXPECT_EQ(middle.slice_count(), 2U);
  EXPECT_EQ(middle.slice(0).bytes().data(), chain.slice(0).bytes().data() + 90);
  EXPECT_EQ(middle.slice(1).bytes().data(), chain.slice(1).bytes().data());
  EXPECT_EQ(pool.blocks_in_use(), 2U);
}

TEST(Chain, PinsBlocksUntilTheyAreTrimmed) {
  BlockPool pool;
  Chain chain(pool.copy(test::pattern(100)));
  chain.push_back(pool.copy(test::pattern(2000)));
  EXPECT_EQ(chain.pinned(), 256U + 2048U);
  chain.trim_front(100);
  EXPECT_EQ(chain.pinned(), 2048U);
  EXPECT_EQ(pool.blocks_in_use(), 1U);
  chain.trim_back(2000);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
}

TEST(Chain, JoinsSlicesThatFollowEachOtherInABlock) {
  BlockPool pool;
  Slice tail = pool.allocate(256);
  tail.trim_back(256);
  Chain chain;
  for (int i = 0; i < 10; ++i) {
    const std::size_t old_size = tail.size();
    tail.extend(5);
    chain.push_back(tail.part(old_size, 5));
  }
  EXPECT_EQ(chain.slice_count(), 1U);
  EXPECT_EQ(chain.size(), 50U);
}

TEST(Chain, ExtendsItsLastSliceOverTheTailRoom) {
  BlockPool pool;
  EXPECT_TRUE(Chain().extend_back(5).empty());
  Chain chain(pool.copy(test::pattern(100)));
  chain.push_back(pool.copy(test::pattern(200, 9)));
  chain.trim_front(50);
  std::ranges::copy(test::pattern(50, 77), chain.extend_back(50).begin());
  EXPECT_EQ(chain.extend_back(50).size(), 6U);
  chain.trim_back(6);
  EXPECT_EQ(chain.size(), 300U);
  EXPECT_EQ(chain.share(250, 50).to_vector(), test::pattern(50, 77));
  EXPECT_EQ(chain.slice_count(), 2U);
}

TEST(Chain, KeepsNoEmptySlices) {
  BlockPool pool;
  Chain chain{Slice()};
  chain.push_back(pool.allocate(10).part(3, 0));
  EXPECT_EQ(chain.slice_count(), 0U);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
  EXPECT_TRUE(chain.share(0, 0).empty());
}

TEST(Chain, MovingLeavesAnEmptyOneThatCanBeUsed) {
  BlockPool pool;
  for (const std::size_t slices : {1U, 9U}) {  // inline and allocated slots
    Chain chain;
    for (std::size_t i = 0; i < slices; ++i) chain.push_back(pool.copy(test::pattern(10)));
    const Chain moved = std::move(chain);
    EXPECT_EQ(moved.size(), 10 * slices);
    EXPECT_TRUE(chain.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    chain.push_back(pool.copy(test::pattern(3)));
    EXPECT_EQ(chain.to_vector(), test::pattern(3));
  }
}

TEST(Chain, AppendingItsOwnCopyDoublesIt) {
  BlockPool pool;
  Chain chain(pool.copy(test::pattern(10)));
  chain.append(chain);
  EXPECT_EQ(chain.to_vector(), test::join({test::pattern(10), test::pattern(10)}));
}

// The shorter chain moves, whichever it is; slices that belong together in their block are one again.
TEST(Chain, AppendingALongerOneMovesTheShorter) {
  BlockPool pool;
  const Slice slice = pool.copy(test::pattern(20));
  Chain longer(slice.part(10, 10));
  longer.push_back(pool.copy(test::pattern(5)));
  longer.push_back(pool.copy(test::pattern(6)));
  Chain chain(pool.copy(test::pattern(3)));
  chain.push_back(slice.part(0, 10));
  chain.append(std::move(longer));
  EXPECT_EQ(chain.slice_count(), 4U);
  EXPECT_EQ(chain.to_vector(), test::join({test::pattern(3), test::pattern(20), test::pattern(5), test::pattern(6)}));
}

/// A chain and the bytes that it should hold, after any story.
class Pair {
 public:
  void push() {
    const Bytes data = test::pattern(any_in<std::size_t>(0, 300), any_in<std::uint8_t>(0, 255));
    const Slice slice = pool_.copy(data);
    const std::size_t cut = any_in<std::size_t>(0, data.size() + 1);
    chain_.push_back(slice.part(0, cut));
    chain_.push_back(slice.part(cut, data.size() - cut));
    model_.insert(model_.end(), data.begin(), data.end());
  }
  void push_in_front() {
    const Bytes data = test::pattern(any_in<std::size_t>(1, 300), any_in<std::uint8_t>(0, 255));
    Chain front(pool_.copy(data));
    front.append(std::move(chain_));
    chain_ = std::move(front);
    model_.insert(model_.begin(), data.begin(), data.end());
  }
  void append_part_of_itself() {
    const auto [offset, length] = any_part();
    const Bytes data(model_.begin() + offset, model_.begin() + offset + length);
    chain_.append(chain_.share(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
    model_.insert(model_.end(), data.begin(), data.end());
  }
  void trim() {
    const auto [front, back] = any_part();
    chain_.trim_front(static_cast<std::size_t>(front));
    chain_.trim_back(static_cast<std::size_t>(back));
    model_.erase(model_.begin(), model_.begin() + front);
    model_.resize(model_.size() - static_cast<std::size_t>(back));
  }
  void copy_and_move() {
    Chain copy = chain_;
    chain_.clear();
    RC_ASSERT(chain_.empty());
    chain_ = std::move(copy);
  }
  void check() const {
    RC_ASSERT(chain_.size() == model_.size());
    RC_ASSERT(chain_.to_vector() == model_);
    const auto [offset, length] = any_part();
    const Bytes part(model_.begin() + offset, model_.begin() + offset + length);
    RC_ASSERT(chain_.share(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)).to_vector() == part);
    Bytes out(static_cast<std::size_t>(length) + 10);
    const std::size_t copied = chain_.copy_to(out, static_cast<std::size_t>(offset));
    RC_ASSERT(copied == std::min(out.size(), model_.size() - static_cast<std::size_t>(offset)));
    RC_ASSERT(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(copied), model_.begin() + offset));
  }

 private:
  std::pair<std::ptrdiff_t, std::ptrdiff_t> any_part() const {
    const auto offset = any_in<std::size_t>(0, model_.size() + 1);
    const auto length = any_in<std::size_t>(0, model_.size() - offset + 1);
    return {static_cast<std::ptrdiff_t>(offset), static_cast<std::ptrdiff_t>(length)};
  }

  BlockPool pool_;
  Chain chain_;
  Bytes model_;
};

RC_GTEST_PROP(Chain, BehavesLikeAVector, ()) {
  Pair pair;
  const int steps = any_in(1, 30);
  for (int step = 0; step < steps; ++step) {
    switch (any_in(0, 7)) {
      case 0:
        pair.trim();
        break;
      case 1:
        pair.append_part_of_itself();
        break;
      case 2:
        pair.copy_and_move();
        break;
      case 3:
        pair.push_in_front();
        break;
      default:
        pair.push();
    }
    pair.check();
  }
}

}  // namespace
}  // namespace tunic
