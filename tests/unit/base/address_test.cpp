// Addresses, prefixes and endpoints as text and as sets of hosts.
#include <tunic/address.hpp>

#include "tests/support/property.hpp"

namespace tunic {
namespace {

TEST(Ipv4Address, ParsesDottedQuads) {
  EXPECT_EQ(Ipv4Address::parse("10.9.0.2"), Ipv4Address(0x0a090002));
  EXPECT_EQ(Ipv4Address::parse("0.0.0.0"), Ipv4Address());
  EXPECT_EQ(Ipv4Address::parse("255.255.255.255"), Ipv4Address(0xffffffff));
}

TEST(Ipv4Address, RefusesAnythingElse) {
  for (const char* text :
       {"", "10", "10.9.0", "10.9.0.", ".10.9.0", "10.9.0.2.1", "10.9.0.256", "10.9.0.-1", "10.9.0.+1", " 10.9.0.2",
        "10.9.0.2 ", "10.9.0.02", "0x0a.9.0.2", "10.9..2", "10.9.0.99999999999999999999", "localhost", "::1"}) {
    EXPECT_EQ(Ipv4Address::parse(text), fail(Error::InvalidArgument)) << text;
  }
}

RC_GTEST_PROP(Ipv4Address, TextComesBack, (std::uint32_t value)) {
  RC_ASSERT(Ipv4Address::parse(Ipv4Address(value).to_string()).value() == Ipv4Address(value));
}

TEST(Ipv4Address, KnowsItsKind) {
  EXPECT_TRUE(Ipv4Address(0, 1, 2, 3).is_this_network());
  EXPECT_TRUE(Ipv4Address(127, 255, 0, 1).is_loopback());
  EXPECT_TRUE(Ipv4Address(224, 0, 0, 1).is_multicast());
  EXPECT_TRUE(Ipv4Address(239, 255, 255, 255).is_multicast());
  EXPECT_TRUE(Ipv4Address(240, 0, 0, 0).is_reserved());
  EXPECT_TRUE(Ipv4Address(255, 255, 255, 255).is_limited_broadcast());
  EXPECT_FALSE(Ipv4Address(10, 9, 0, 2).is_loopback() || Ipv4Address(10, 9, 0, 2).is_multicast());
}

TEST(Ipv4Prefix, ParsesAddressAndLength) {
  EXPECT_EQ(Ipv4Prefix::parse("10.9.0.2/24"), (Ipv4Prefix{Ipv4Address(10, 9, 0, 2), 24}));
  EXPECT_EQ(Ipv4Prefix::parse("0.0.0.0/0"), (Ipv4Prefix{Ipv4Address(), 0}));
  EXPECT_EQ(Ipv4Prefix::parse("10.9.0.2/24")->to_string(), "10.9.0.2/24");
  for (const char* text : {"", "10.9.0.2", "10.9.0.2/", "10.9.0.2/33", "10.9.0.2/24x", "10.9.0/24", "10.9.0.2/ 24"}) {
    EXPECT_EQ(Ipv4Prefix::parse(text), fail(Error::InvalidArgument)) << text;
  }
}

TEST(Ipv4Prefix, ContainsItsNetwork) {
  const Ipv4Prefix prefix{Ipv4Address(10, 9, 0, 2), 24};
  EXPECT_EQ(prefix.network(), Ipv4Address(10, 9, 0, 0));
  EXPECT_EQ(prefix.broadcast(), Ipv4Address(10, 9, 0, 255));
  EXPECT_TRUE(prefix.contains(Ipv4Address(10, 9, 0, 77)));
  EXPECT_FALSE(prefix.contains(Ipv4Address(10, 9, 1, 2)));
  EXPECT_TRUE((Ipv4Prefix{Ipv4Address(1, 2, 3, 4), 0}.contains(Ipv4Address(200, 1, 1, 1))));
  EXPECT_FALSE((Ipv4Prefix{Ipv4Address(1, 2, 3, 4), 32}.contains(Ipv4Address(1, 2, 3, 5))));
}

TEST(Ipv4Prefix, PointToPointLinksHaveNoBroadcast) {  // RFC 3021
  EXPECT_TRUE((Ipv4Prefix{Ipv4Address(10, 9, 0, 2), 30}.has_broadcast()));
  EXPECT_FALSE((Ipv4Prefix{Ipv4Address(10, 9, 0, 2), 31}.has_broadcast()));
  EXPECT_FALSE((Ipv4Prefix{Ipv4Address(10, 9, 0, 2), 32}.has_broadcast()));
}

TEST(Endpoint, IsAddressColonPort) {
  EXPECT_EQ((Endpoint{Ipv4Address(10, 9, 0, 2), 80}.to_string()), "10.9.0.2:80");
}

}  // namespace
}  // namespace tunic
