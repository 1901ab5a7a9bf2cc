// A socket's queue of datagrams: in order, and no larger in memory than it may be.
#include "udp/receive_queue.hpp"

#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"

namespace tunic::udp {
namespace {

Datagram datagram(std::size_t size, BlockPool& pool) {
  return {.source = {}, .destination = {}, .payload = Chain(pool.copy(test::pattern(size)))};
}

TEST(ReceiveQueue, KeepsTheOrder) {
  BlockPool pool;
  ReceiveQueue queue;
  for (std::size_t size = 1; size < 5; ++size) EXPECT_TRUE(queue.push(datagram(size, pool), 1 << 20, pool));
  for (std::size_t size = 1; size < 5; ++size) {
    EXPECT_EQ(queue.front().payload.size(), size);
    queue.pop();
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.used(), 0U);
}

TEST(ReceiveQueue, RefusesTheNewest) {
  BlockPool pool;
  ReceiveQueue queue;
  EXPECT_TRUE(queue.push(datagram(60000, pool), 1024, pool)) << "one always fits";
  EXPECT_FALSE(queue.push(datagram(1, pool), 1024, pool));
  queue.pop();
  EXPECT_TRUE(queue.push(datagram(1, pool), 1024, pool));
  EXPECT_TRUE(queue.push({}, 1024, pool)) << "one without data";
}

// A small datagram in a large block is copied out of it.
TEST(ReceiveQueue, CountsWhatIsPinned) {
  BlockPool pool;
  ReceiveQueue queue;
  Slice large = pool.allocate(60000);
  EXPECT_TRUE(queue.push({.source = {}, .destination = {}, .payload = Chain(large.part(0, 100))}, 1 << 20, pool));
  large = Slice();
  EXPECT_LE(pool.bytes_in_use(), 256U);
  EXPECT_GE(queue.used(), pool.bytes_in_use());
}

}  // namespace
}  // namespace tunic::udp
