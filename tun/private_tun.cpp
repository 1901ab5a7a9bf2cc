// The steps in their order; each says itself what went wrong.
#include "tunic/tun/private_tun.hpp"

#include "tunic/tun/interface.hpp"
#include "tunic/tun/namespace.hpp"

namespace tunic::tun {

EnvironmentResult<TunDevice> open_private_tun(Ipv4Prefix stack_side, const std::string& name, Offloading offloading) {
  const auto kernel_side = kernel_side_of(stack_side);
  if (!kernel_side) {
    return std::unexpected(EnvironmentError{"cannot use the address " + stack_side.to_string(),
                                            "it is not that of a host in a network with room for the kernel's side",
                                            "use an address and a prefix of at most 30 bits, such as 10.9.0.2/24"});
  }
  if (auto node = check_tun_node(); !node) return std::unexpected(node.error());
  if (auto entered = enter_private_network(); !entered) return std::unexpected(entered.error());
  if (auto loopback = bring_up_loopback(); !loopback) return std::unexpected(loopback.error());
  auto device = TunDevice::open({.name = name, .offloading = offloading});
  if (!device) return device;
  auto set_up = set_up_interface({.name = device->name(), .address = *kernel_side});
  if (!set_up) return std::unexpected(set_up.error());
  return device;
}

}  // namespace tunic::tun
