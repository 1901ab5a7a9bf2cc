// A network namespace of our own: devices, addresses and routes that nobody else sees and that vanish with the process.
#pragma once

#include <tunic/tun/environment_error.hpp>

namespace tunic::tun {

/// Moves the calling process into a new network namespace. Without the privilege for that, in a new user namespace too, in
/// which the user is root: over the private network alone, but so that child processes (ping, ip) may use it fully.
/// Call it before any thread is started. Without privilege the TUN node must be open to everybody (mode 0666).
EnvironmentResult<void> enter_private_network();

}  // namespace tunic::tun
