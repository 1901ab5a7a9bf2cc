// What numbers datagrams get. RFC 6864 §4.3, B30.
#include "ip/identification.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tunic::ip {
namespace {

constexpr Ipv4Address kUs(10, 9, 0, 2);
constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr Ipv4Address kOther(10, 9, 0, 3);

// Shows: RFC 6864 §4 (against), B30
TEST(Identifications, ComeAgainOnlyAfterAllOthers) {
  Identifications identifications({1, 2});
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 65536; ++i) EXPECT_TRUE(seen.insert(identifications.next(kUs, kPeer, 17)).second);
}

// An idle scan counts what a host sends to others by the numbers that it gets itself.
// Shows: RFC 6864 §4 (against), B30
TEST(Identifications, TellNothingOfOthers) {
  Identifications identifications({1, 2});
  const std::uint16_t before = identifications.next(kUs, kPeer, 17);
  for (int i = 0; i < 100; ++i) identifications.next(kUs, kOther, 17);
  for (int i = 0; i < 100; ++i) identifications.next(kUs, kPeer, 1);
  EXPECT_EQ(static_cast<std::uint16_t>(identifications.next(kUs, kPeer, 17) - before), 1);
}

TEST(Identifications, BeginWhereTheKeySays) {
  Identifications one({1, 2});
  Identifications same({1, 2});
  Identifications another({1, 3});
  const std::uint16_t first = one.next(kUs, kPeer, 17);
  EXPECT_EQ(same.next(kUs, kPeer, 17), first);
  EXPECT_NE(another.next(kUs, kPeer, 17), first);
}

}  // namespace
}  // namespace tunic::ip
