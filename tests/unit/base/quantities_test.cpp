// Windows in octets and on the wire. RFC 7323 §2.
#include "base/quantities.hpp"

#include "tests/support/property.hpp"

namespace tunic {
namespace {

// Shows: RFC 7323 §2, B7
TEST(WindowScale, AboveFourteenCountsAsFourteen) {
  EXPECT_EQ(WindowScale(14).shift(), 14);
  EXPECT_EQ(WindowScale(15).shift(), 14);
  EXPECT_EQ(WindowScale(31).shift(), 14);
  EXPECT_EQ(WindowScale(255).shift(), 14);
}

TEST(WindowScale, IsTheSmallestThatCanAnnounceTheWindow) {
  EXPECT_EQ(WindowScale::for_window(0).shift(), 0);
  EXPECT_EQ(WindowScale::for_window(65535).shift(), 0);
  EXPECT_EQ(WindowScale::for_window(65536).shift(), 1);
  EXPECT_EQ(WindowScale::for_window(256 * 1024).shift(), 3);
  EXPECT_EQ(WindowScale::for_window(0xffffffff).shift(), 14);
}

RC_GTEST_PROP(Window, AnnouncesNeverMoreThanThereIs, (std::uint32_t octets, std::uint8_t shift)) {
  const WindowScale scale(shift);
  const Window announced = scaled(raw(Window{octets}, scale), scale);
  RC_ASSERT(announced.octets <= octets);
  const bool fits = octets >> scale.shift() <= 65535;
  RC_ASSERT(!fits || octets - announced.octets < 1U << scale.shift());
}

}  // namespace
}  // namespace tunic
