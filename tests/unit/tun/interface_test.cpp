// Which address the kernel takes on the other side of the link.
#include <tunic/tun/interface.hpp>

#include <gtest/gtest.h>

namespace tunic::tun {
namespace {

std::string kernel_side(std::string_view stack_side) {
  const auto prefix = Ipv4Prefix::parse(stack_side);
  if (!prefix) return "bad prefix";
  const auto kernel = kernel_side_of(*prefix);
  return kernel ? kernel->to_string() : kernel.error().message();
}

TEST(KernelSide, IsTheFirstOtherHostAddress) {
  EXPECT_EQ(kernel_side("10.9.0.2/24"), "10.9.0.1/24");
  EXPECT_EQ(kernel_side("10.9.0.1/24"), "10.9.0.2/24");
  EXPECT_EQ(kernel_side("10.9.0.200/24"), "10.9.0.1/24");
  EXPECT_EQ(kernel_side("172.16.5.9/12"), "172.16.0.1/12");
  EXPECT_EQ(kernel_side("192.0.2.6/30"), "192.0.2.5/30");
  EXPECT_EQ(kernel_side("192.0.2.5/30"), "192.0.2.6/30");
}

TEST(KernelSide, PointToPointNetworkHasTwoHosts) {  // RFC 3021
  EXPECT_EQ(kernel_side("192.0.2.4/31"), "192.0.2.5/31");
  EXPECT_EQ(kernel_side("192.0.2.5/31"), "192.0.2.4/31");
}

TEST(KernelSide, RefusesWhatIsNoHostWithANeighbour) {
  const auto refusal = make_error_code(Error::InvalidArgument).message();
  EXPECT_EQ(kernel_side("192.0.2.1/32"), refusal);
  EXPECT_EQ(kernel_side("10.9.0.0/24"), refusal);
  EXPECT_EQ(kernel_side("10.9.0.255/24"), refusal);
}

}  // namespace
}  // namespace tunic::tun
