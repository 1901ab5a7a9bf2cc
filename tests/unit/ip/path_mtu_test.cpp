// What is believed of a path's width, for how long, and how little an attacker can do with it. RFC 1191; B23.
#include "ip/path_mtu.hpp"

#include <gtest/gtest.h>

namespace tunic::ip {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};
constexpr Ipv4Address kPeer(10, 9, 0, 1);
constexpr std::uint32_t kDevice = 1500;

class PathMtuTest : public ::testing::Test {
 protected:
  bool lower(std::uint32_t reported, std::uint32_t size = 1500, Instant now = kStart, Ipv4Address to = kPeer) {
    return paths.lower(to, reported, size, kDevice, config, now);
  }
  std::uint32_t mtu(Ipv4Address to = kPeer) const { return paths.mtu(to, kDevice); }

  IpConfig config;
  PathMtus paths;
};

TEST_F(PathMtuTest, BelievesWhatIsNarrower) {
  EXPECT_EQ(mtu(), 1500U);
  EXPECT_TRUE(lower(1400));
  EXPECT_EQ(mtu(), 1400U);
  EXPECT_EQ(mtu(Ipv4Address(10, 9, 0, 3)), 1500U);
  EXPECT_TRUE(lower(1000));
  EXPECT_EQ(mtu(), 1000U);
}

// RFC 1191 §3: "A host MUST NOT increase its estimate of the Path MTU in response to the contents of a Datagram Too Big
// message."
// Shows: B23, RFC 1191
TEST_F(PathMtuTest, IsNeverRaisedByAReport) {
  EXPECT_FALSE(lower(1500));
  EXPECT_FALSE(lower(65535));
  EXPECT_TRUE(lower(1000));
  const auto generation = paths.generation();
  EXPECT_FALSE(lower(1000));
  EXPECT_FALSE(lower(1400));
  EXPECT_EQ(mtu(), 1000U);
  EXPECT_EQ(paths.generation(), generation);
}

// Shows: B23
TEST_F(PathMtuTest, HasAFloor) {
  EXPECT_FALSE(lower(1)) << "no link is so narrow";
  EXPECT_FALSE(lower(67));
  EXPECT_TRUE(lower(68));
  EXPECT_EQ(mtu(), 552U);
  EXPECT_TRUE(paths.below_floor(kPeer));
  EXPECT_FALSE(lower(68));
  EXPECT_FALSE(lower(296));
}

TEST_F(PathMtuTest, AtTheFloorStillLearnsThatItIsNarrower) {
  EXPECT_TRUE(lower(552));
  EXPECT_FALSE(paths.below_floor(kPeer));
  EXPECT_TRUE(lower(300));
  EXPECT_TRUE(paths.below_floor(kPeer));
}

// RFC 1191 §5 and §7: a router that does not say.
// Shows: B23, RFC 1191
TEST_F(PathMtuTest, GoesDownThePlateaus) {
  EXPECT_TRUE(lower(0, 1500));
  EXPECT_EQ(mtu(), 1492U);
  EXPECT_FALSE(lower(0, 1500)) << "a packet from before";
  EXPECT_TRUE(lower(0, 1492));
  EXPECT_EQ(mtu(), 1006U);
  EXPECT_TRUE(lower(0, 1006));
  EXPECT_EQ(mtu(), 552U);
  EXPECT_TRUE(paths.below_floor(kPeer));
  EXPECT_FALSE(lower(0, 0));
}

// RFC 1191 §6.3: ten minutes later a wider one is tried.
TEST_F(PathMtuTest, IsForgottenInTime) {
  EXPECT_EQ(paths.next_deadline(), kNever);
  EXPECT_TRUE(lower(1400));
  EXPECT_TRUE(lower(1300, 1500, kStart + 5min));
  EXPECT_EQ(paths.next_deadline(), kStart + 15min);
  paths.expire(kStart + 15min - 1ns);
  EXPECT_EQ(mtu(), 1300U);
  const auto generation = paths.generation();
  paths.expire(kStart + 15min);
  EXPECT_EQ(mtu(), 1500U);
  EXPECT_NE(paths.generation(), generation);
  EXPECT_EQ(paths.next_deadline(), kNever);
}

// Shows: B23
TEST_F(PathMtuTest, RemembersSoManyPathsAndNoMore) {
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(lower(1400, 1500, kStart + i * 1ms, Ipv4Address(0x0b000000 + i)));
    ASSERT_LE(paths.size(), config.max_paths);
  }
  EXPECT_EQ(mtu(Ipv4Address(0x0b000000)), 1500U) << "the oldest made room";
  EXPECT_EQ(mtu(Ipv4Address(0x0b000000 + 9999)), 1400U);
}

}  // namespace
}  // namespace tunic::ip
