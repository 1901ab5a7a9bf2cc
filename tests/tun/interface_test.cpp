// Set-up of the kernel's side of a TUN link.
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/tun_device.hpp>

#include "tests/tun/private_network.hpp"

namespace tunic::tun::testing {
namespace {

using InterfaceTest = PrivateNetworkTest;

/// The IPv4 and IPv6 addresses of an interface; an IPv6 one counts as 0.0.0.0/0.
std::vector<Ipv4Prefix> addresses_of(const std::string& name) {
  const auto value = [](const sockaddr* address) {
    return ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
  };
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(first, freeifaddrs);
  std::vector<Ipv4Prefix> found;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_name != name || each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_INET6) found.push_back({Ipv4Address(), 0});
    if (each->ifa_addr->sa_family == AF_INET) {
      found.push_back(
          {Ipv4Address(value(each->ifa_addr)), static_cast<std::uint8_t>(std::popcount(value(each->ifa_netmask)))});
    }
  }
  return found;
}

bool is_up(const std::string& name) {
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::copy(name.begin(), name.end(), request.ifr_name);
  return ioctl(any.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

TEST_F(InterfaceTest, GetsAddressMtuAndComesUp) {
  auto device = TunDevice::open({.name = "setup"});
  ASSERT_TRUE(device);
  EXPECT_FALSE(is_up("setup"));
  const InterfaceSettings settings{.name = "setup", .address = {Ipv4Address(10, 9, 0, 1), 24}, .mtu = 1280};
  for (int time = 0; time < 2; ++time) {  // doing it again changes nothing
    const auto done = set_up_interface(settings);
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_TRUE(is_up("setup"));
    EXPECT_EQ(addresses_of("setup"), std::vector{settings.address}) << "one IPv4 address and none of IPv6";
    device->refresh_mtu();
    EXPECT_EQ(device->capabilities().mtu, 1280U);
  }
}

TEST_F(InterfaceTest, LoopbackComesUpWithItsAddress) {
  ASSERT_TRUE(bring_up_loopback());
  EXPECT_TRUE(is_up("lo"));
  const auto addresses = addresses_of("lo");
  EXPECT_NE(std::ranges::find(addresses, Ipv4Prefix{Ipv4Address(127, 0, 0, 1), 8}), addresses.end());
}

TEST_F(InterfaceTest, MissingInterfaceIsNamed) {
  const auto done = set_up_interface({.name = "absent", .address = {Ipv4Address(10, 9, 0, 1), 24}});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().what.find("'absent'"), std::string::npos);
  EXPECT_NE(done.error().why.find("no such interface"), std::string::npos) << done.error().to_string();
}

}  // namespace
}  // namespace tunic::tun::testing
