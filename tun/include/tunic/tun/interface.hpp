// The kernel's side of a TUN link: addresses, MTU, up. Through rtnetlink (libnl-route-3), in the current network namespace.
//
// Needs CAP_NET_ADMIN there, which the maker of a private namespace has.
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/tun/environment_error.hpp>

namespace tunic::tun {

/// The first other host address of the stack's network: 10.9.0.2/24 gives 10.9.0.1/24, and 10.9.0.1/24 gives 10.9.0.2/24.
/// Error::InvalidArgument: the network has no other host (/32), or the prefix is not one of a host.
Result<Ipv4Prefix> kernel_side_of(Ipv4Prefix stack_side);

struct InterfaceSettings {
  std::string name;
  Ipv4Prefix address;        ///< of the kernel
  std::uint32_t mtu = 1500;  ///< 576..65535
};

/// Sets the address and the MTU and brings the link up, with IPv6 quiet on it. Doing it again changes nothing.
EnvironmentResult<void> set_up_interface(const InterfaceSettings& settings);

/// How many queues of a TUN interface programs hold now. Nothing: it has no more than one, or is no such interface.
std::optional<std::uint32_t> attached_queues(const std::string& interface);

/// To be called after attaching to an interface: waits until the kernel has noticed that somebody is there. Before that it drops
/// what it has for the interface. Nothing to wait for: the interface is down. Gives up after a second.
void await_carrier(const std::string& interface);

/// Brings `lo` up: a new namespace has it down.
EnvironmentResult<void> bring_up_loopback();

}  // namespace tunic::tun
