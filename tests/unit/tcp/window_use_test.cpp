// Whether the congestion window was in use. RFC 7661 §4.1.
#include "tcp/window_use.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

constexpr SeqNum kUna{0xfffffff0};
constexpr std::uint32_t kUnknown = 0xffffffff;

SeqRange outstanding(std::uint32_t begin, std::uint32_t end) {
  return {kUna + begin, kUna + end};
}

// In slow start half of the window counts as all of it; beyond, only a window that kept more from being sent.
// Shows: RFC 7661
TEST(WindowUse, CountsHalfOfTheWindowInSlowStart) {
  WindowUse use(kUna);
  use.note(outstanding(0, 50), false);
  EXPECT_TRUE(use.allows_growth(99, kUnknown));
  EXPECT_FALSE(use.allows_growth(100, kUnknown));
  EXPECT_FALSE(use.allows_growth(60, 60));
  use.note(outstanding(0, 60), true);
  EXPECT_TRUE(use.allows_growth(60, 60));
}

// The largest flight of the round trip counts, though acknowledgments have made it smaller.
TEST(WindowUse, RemembersARoundTrip) {
  WindowUse use(kUna);
  use.note(outstanding(0, 90), false);
  use.note(outstanding(80, 95), false);
  EXPECT_TRUE(use.allows_growth(170, kUnknown));
  use.note(outstanding(95, 100), false);  // a new one
  EXPECT_FALSE(use.allows_growth(170, kUnknown));
}

// A window that was full stays so for the round trip.
TEST(WindowUse, RemembersAFullWindow) {
  WindowUse use(kUna);
  use.note(outstanding(0, 100), true);
  use.note(outstanding(50, 101), false);
  EXPECT_TRUE(use.allows_growth(1000, 500));
  use.note(outstanding(101, 102), false);
  EXPECT_FALSE(use.allows_growth(1000, 500));
}

}  // namespace
}  // namespace tunic::tcp
