#include "services/page_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"

namespace tunic::services {
namespace {

using std::chrono::milliseconds;

class PageCacheTest : public testing::Test {
 protected:
  Chain page(std::size_t size) { return Chain(pool_.copy(test::pattern(size))); }

  BlockPool pool_;
  PageCache cache_;
  Instant now_{std::chrono::hours(1)};
};

TEST_F(PageCacheTest, KeepsAnAnswerForAMoment) {
  cache_.keep("/a", page(100), now_);
  const Chain* answer = cache_.find("/a", now_ + milliseconds(99));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->to_vector(), test::pattern(100));
  EXPECT_EQ(cache_.find("/a", now_ + milliseconds(100)), nullptr);
  EXPECT_EQ(cache_.find("/b", now_), nullptr);
}

TEST_F(PageCacheTest, ANewAnswerTakesTheOldOnesPlace) {
  cache_.keep("/a", page(100), now_);
  cache_.keep("/a", page(200), now_ + milliseconds(150));
  const Chain* answer = cache_.find("/a", now_ + milliseconds(200));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->size(), 200U);
}

TEST_F(PageCacheTest, IsSmall) {
  cache_.keep("/large", page(PageCache::kMaxSize + 1), now_);
  EXPECT_EQ(cache_.find("/large", now_), nullptr);
  for (std::size_t i = 0; i < 10 * PageCache::kMaxPages; ++i) cache_.keep(fmt::format("/{}", i), page(100), now_);
  EXPECT_LE(pool_.blocks_in_use(), PageCache::kMaxPages);
}

}  // namespace
}  // namespace tunic::services
