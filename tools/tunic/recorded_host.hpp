// One of the two hosts of a recording: a network namespace of its own with a TUN interface, and the programs that run in it.
//
//     kernel's host:  programs ─ kernel ─ tun0 ─ device()          stack's host:  a program with Tunic in it ─ tun0 ─ device()
//
// The kernel's interface is plain: no offloads, and no segment that stands for several, so that every frame is a packet as a
// wire carries it and PSH is where TCP's own rules put it. In a stack's host the kernel has no address and stays silent.
// Linux: network_namespaces(7), ip-route(8) congctl, packet(7).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/tun/tun_device.hpp>

#include "child_process.hpp"
#include "replay/sidecar.hpp"

namespace tunic::command {

using Sysctls = std::vector<std::pair<std::string, std::string>>;

/// Thread-safety: none; it moves the calling thread from namespace to namespace.
class RecordedHost {
 public:
  struct Settings {
    Ipv4Prefix address;
    replay::HostStack stack;
    Sysctls sysctls;  ///< the kernel's, as the next two
    std::string congestion_control;
    std::uint32_t most_window;  ///< octets that it tells at most
  };
  static Outcome<RecordedHost> make(const Settings& settings);

  tun::TunDevice& device() { return device_; }
  const tun::TunDevice& device() const { return device_; }
  /// Starts a command in the host's network. Tunic's own commands take their device and address from its environment.
  Outcome<ChildProcess> start(const std::vector<std::string>& command, ChildProcess::Streams streams) const;
  /// Whether a program waits for connections or datagrams here; a stack waits as soon as it is attached.
  bool somebody_listens() const;

 private:
  RecordedHost(tun::FileDescriptor network, tun::TunDevice device, const Settings& settings)
      : network_(std::move(network)),
        device_(std::move(device)),
        address_(settings.address),
        has_stack_(settings.stack == replay::HostStack::Tunic) {}
  Outcome<void> enter() const;

  tun::FileDescriptor network_;
  tun::TunDevice device_;
  Ipv4Prefix address_;
  bool has_stack_;
};

}  // namespace tunic::command
