// Blocks are counted, kept within the cap, and freed with their last slice.
#include <gtest/gtest.h>

#include <tunic/packet_buffer.hpp>

#include "tests/support/bytes.hpp"

namespace tunic {
namespace {

using test::Bytes;

Bytes content(const Slice& slice) {
  return {slice.bytes().begin(), slice.bytes().end()};
}

TEST(BlockPool, GivesTheSmallestClassThatFits) {
  BlockPool pool;
  EXPECT_EQ(pool.allocate(0).size(), 256U);
  EXPECT_EQ(pool.allocate(256).size(), 256U);
  EXPECT_EQ(pool.allocate(257).size(), 2048U);
  EXPECT_EQ(pool.allocate(16384).size(), 16384U);
  EXPECT_EQ(pool.allocate(65535).size(), 65792U);
  EXPECT_EQ(pool.allocate(100'000).size(), 100'000U);
  EXPECT_EQ(pool.bytes_in_use(), 0U);
}

TEST(BlockPool, CountsBlocksUntilTheLastSliceIsGone) {
  BlockPool pool;
  {
    const Slice slice = pool.allocate(2000);
    Slice other = slice;
    EXPECT_FALSE(slice.sole_owner());
    EXPECT_EQ(pool.bytes_in_use(), 2048U);
    EXPECT_EQ(pool.blocks_in_use(), 1U);
    other = Slice();
    EXPECT_TRUE(slice.sole_owner());
  }
  EXPECT_EQ(pool.bytes_in_use(), 0U);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
}

TEST(BlockPool, UsesFreedBlocksAgain) {
  BlockPool pool;
  const std::byte* const first = pool.allocate(2048).bytes().data();
  EXPECT_EQ(pool.allocate(2048).bytes().data(), first);
}

TEST(BlockPool, KeepsNoMoreThanItsCap) {
  BlockPool pool(2048);
  {
    const Slice slices[] = {pool.allocate(2048), pool.allocate(2048), pool.allocate(256)};
  }
  const Slice kept = pool.allocate(2048);
  EXPECT_EQ(pool.blocks_in_use(), 1U);  // what was beyond the cap is gone: the leak checker would tell
}

TEST(Slice, AssignmentToItselfKeepsTheBlock) {
  BlockPool pool;
  Slice slice = pool.copy(test::pattern(10));
  Slice& same = slice;
  slice = same;
  slice = std::move(same);
  EXPECT_EQ(content(slice), test::pattern(10));
  EXPECT_TRUE(slice.sole_owner());
}

TEST(Slice, PartsAndTrimsAreWindowsOnTheSameBytes) {
  BlockPool pool;
  const Bytes data = test::pattern(100);
  Slice slice = pool.copy(data);
  const Slice part = slice.part(10, 20);
  EXPECT_EQ(content(part), Bytes(data.begin() + 10, data.begin() + 30));
  slice.trim_front(10);
  slice.trim_back(70);
  EXPECT_EQ(slice.bytes().data(), part.bytes().data());
  EXPECT_EQ(slice.size(), 20U);
  EXPECT_EQ(slice.pinned(), 256U);
}

TEST(Slice, ExtendsOverItsTailRoomOnly) {
  BlockPool pool;
  Slice slice = pool.allocate(256);
  slice.trim_back(200);
  EXPECT_EQ(slice.tail_room(), 200U);
  EXPECT_EQ(slice.extend(150).data(), slice.bytes().data() + 56);
  EXPECT_EQ(slice.extend(150).size(), 50U);
  EXPECT_TRUE(slice.extend(1).empty());
  EXPECT_EQ(slice.size(), 256U);
}

TEST(Slice, JoinsItsContinuationOnly) {
  BlockPool pool;
  const Slice whole = pool.copy(test::pattern(100));
  Slice first = whole.part(0, 40);
  EXPECT_FALSE(first.join(whole.part(41, 10)));
  EXPECT_FALSE(first.join(pool.allocate(256)));
  EXPECT_FALSE(Slice().join(Slice()));
  EXPECT_TRUE(first.join(whole.part(40, 60)));
  EXPECT_EQ(content(first), test::pattern(100));
}

TEST(Slice, OfNothingIsEmpty) {
  const Slice slice;
  EXPECT_TRUE(slice.empty());
  EXPECT_TRUE(slice.bytes().empty());
  EXPECT_EQ(slice.pinned(), 0U);
  EXPECT_EQ(slice.tail_room(), 0U);
  EXPECT_FALSE(slice.sole_owner());
}

}  // namespace
}  // namespace tunic
