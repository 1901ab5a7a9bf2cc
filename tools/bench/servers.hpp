// The servers of the contestants: each offers protocol.hpp, and returns only by throwing. One thread, made to run alone on a
// processor; they are ended by a signal.
#pragma once

#include <cstddef>
#include <functional>

#include <tunic/tun/tun_device.hpp>

namespace tunic::bench {

/// What to call as soon as connections may come.
using Announce = std::function<void()>;

/// The stack, with the services of the product.
struct TunicOptions {
  std::size_t connections = 0;  ///< that stay, beside those that come and go
  bool spin = false;            ///< looks for the next packet before it sleeps
};
[[noreturn]] void serve_with_tunic(tun::TunDevice& device, const TunicOptions& options, const Announce& ready);

/// The kernel's TCP.
[[noreturn]] void serve_with_kernel(const Announce& ready);

/// No stack: each packet is answered from its own header, and of one stream each way its numbers are kept. No timers, no
/// retransmission, nothing that can be closed: no stack on this device, with these calls of the kernel, can be faster.
struct NullOptions {
  bool offloads = true;  ///< of the device
  bool spin = false;     ///< never wait
};
[[noreturn]] void serve_with_nothing(int tun_fd, const NullOptions& options, const Announce& ready);

}  // namespace tunic::bench
