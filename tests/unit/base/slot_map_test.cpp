// Generations: a key of an object that is gone finds nothing, whoever has its slot now.
#include "base/slot_map.hpp"

#include <map>
#include <string>

#include "tests/support/property.hpp"

namespace tunic {
namespace {

TEST(SlotMap, AStaleKeyFindsNothing) {
  SlotMap<std::string> map;
  const SlotKey first = map.emplace("first");
  EXPECT_TRUE(map.erase(first));
  const SlotKey second = map.emplace("second");
  EXPECT_EQ(second.index, first.index);
  EXPECT_EQ(map.find(first), nullptr);
  EXPECT_FALSE(map.erase(first));
  ASSERT_NE(map.find(second), nullptr);
  EXPECT_EQ(*map.find(second), "second");
}

TEST(SlotMap, AKeyOfNothingFindsNothing) {
  SlotMap<int> map;
  EXPECT_FALSE(SlotKey().valid());
  EXPECT_EQ(map.find(SlotKey()), nullptr);
  EXPECT_EQ(map.find(SlotKey{5, 1}), nullptr);
  map.emplace(1);
  EXPECT_EQ(map.find(SlotKey{1, 1}), nullptr) << "a free slot of the same page";
}

TEST(SlotMap, ObjectsDoNotMove) {
  SlotMap<int, 4> map;
  const SlotKey key = map.emplace(42);
  const int* const address = map.find(key);
  for (int i = 0; i < 100; ++i) map.emplace(i);
  EXPECT_EQ(map.find(key), address);
  EXPECT_EQ(*address, 42);
}

TEST(SlotMap, DestroysWhatIsLeft) {
  const auto counted = std::make_shared<int>(0);
  {
    SlotMap<std::shared_ptr<int>> map;
    const SlotKey key = map.emplace(counted);
    map.emplace(counted);
    map.emplace(counted);
    map.erase(key);
    EXPECT_EQ(counted.use_count(), 3);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(SlotMap, ForEachMayEraseWhatItIsGiven) {
  SlotMap<int, 4> map;
  for (int i = 0; i < 10; ++i) map.emplace(i);
  map.for_each([&](SlotKey key, int value) {
    if (value % 2 == 0) map.erase(key);
  });
  std::vector<int> left;
  map.for_each([&](SlotKey, int value) { left.push_back(value); });
  EXPECT_EQ(left, (std::vector{1, 3, 5, 7, 9}));
}

RC_GTEST_PROP(SlotMap, BehavesLikeAMap, (const std::vector<std::uint8_t>& choices)) {
  SlotMap<int, 4> map;
  std::vector<std::pair<SlotKey, int>> living;
  std::vector<SlotKey> dead;
  int next = 0;
  for (const std::uint8_t choice : choices) {
    if (living.empty() || choice % 3 != 0) {
      const SlotKey key = map.emplace(next);
      living.emplace_back(key, next++);
    } else {
      const auto victim = living.begin() + choice % static_cast<std::ptrdiff_t>(living.size());
      RC_ASSERT(map.erase(victim->first));
      dead.push_back(victim->first);
      living.erase(victim);
    }
    RC_ASSERT(map.size() == living.size());
    for (const auto& [key, value] : living) RC_ASSERT(map.find(key) != nullptr && *map.find(key) == value);
    for (const SlotKey key : dead) RC_ASSERT(map.find(key) == nullptr);
  }
}

}  // namespace
}  // namespace tunic
