// The usual beginning of a program: a private network with a TUN interface in it, the stack at one end, the kernel at the
// other.
#pragma once

#include <string>

#include <tunic/address.hpp>
#include <tunic/tun/environment_error.hpp>
#include <tunic/tun/tun_device.hpp>

namespace tunic::tun {

/// Enters a private network namespace (namespace.hpp says what that needs; call it before any thread is started), brings its
/// loopback up, makes the interface `name` and gives the kernel kernel_side_of(stack_side), which must exist.
EnvironmentResult<TunDevice> open_private_tun(Ipv4Prefix stack_side, const std::string& name = "tunic0",
                                              Offloading offloading = Offloading::Auto);

}  // namespace tunic::tun
