#include "base/ring_queue.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace tunic {
namespace {

TEST(RingQueue, GivesBackInOrderAcrossItsEndAndWhileItGrows) {
  RingQueue<int> queue;
  int next_in = 0;
  int next_out = 0;
  for (int round = 1; round < 60; ++round) {
    for (int i = 0; i < round; ++i) queue.push_back(next_in++);
    for (int i = 0; i < round - 1; ++i) {
      ASSERT_EQ(queue.front(), next_out++);
      queue.pop_front();
    }
  }
  EXPECT_EQ(queue.size(), 59U);
  for (; !queue.empty(); queue.pop_front()) ASSERT_EQ(queue.front(), next_out++);
  EXPECT_EQ(next_out, next_in);
}

TEST(RingQueue, LetsGoOfWhatIsTakenOut) {
  RingQueue<std::shared_ptr<int>> queue;
  const auto element = std::make_shared<int>(1);
  for (int i = 0; i < 1000; ++i) queue.push_back(element);
  EXPECT_EQ(element.use_count(), 1001);
  while (!queue.empty()) queue.pop_front();
  EXPECT_EQ(element.use_count(), 1);
}

}  // namespace
}  // namespace tunic
