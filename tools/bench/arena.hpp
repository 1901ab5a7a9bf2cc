// The private network in which a contestant's server and its client meet: over a TUN device, or over a veth pair.
// Linux: veth(4), ip-sysctl.
//
//     client: the kernel, 10.9.0.1 and 10.9.0.101 to .116  ══  server, 10.9.0.2
//
// All of it ends with the process that made it. It must not know what is measured.
#pragma once

#include <sys/types.h>

#include <vector>

#include <tunic/address.hpp>
#include <tunic/tun/tun_device.hpp>

namespace tunic::bench {

inline constexpr Ipv4Prefix kServer{Ipv4Address(10, 9, 0, 2), 24};

/// From which the client connects, in turn: more connections than one address has ports.
std::vector<Ipv4Address> client_addresses();

// All throw std::runtime_error with the complaint of the environment.

/// Enters a private network that has a TUN device, the kernel's side of which is the client.
tun::TunDevice enter_tun_arena(tun::Offloading offloading);

/// Enters a private network without a device yet.
void enter_network();
/// From the client's network: a veth pair whose other end lies in the network of `server`, and the client's addresses.
void make_veth_to(pid_t server);
/// In the server's network: its address.
void set_up_server_veth();

}  // namespace tunic::bench
