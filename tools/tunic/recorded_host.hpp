// One of the two hosts of a recording: a network namespace of its own with a TUN interface, and the programs that run in it.
//
// The interface is plain: no offloads, and no segment that stands for several, so that every frame is a packet as a wire
// carries it and PSH is where TCP's own rules put it. Linux: network_namespaces(7), ip-route(8) congctl.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/tun/tun_device.hpp>

#include "child_process.hpp"

namespace tunic::command {

using Sysctls = std::vector<std::pair<std::string, std::string>>;

/// Thread-safety: none; it moves the calling thread from namespace to namespace.
class RecordedHost {
 public:
  struct Settings {
    Ipv4Prefix address;
    Sysctls sysctls;
    std::string congestion_control;
    std::uint32_t most_window;  ///< octets that it tells at most
  };
  static Outcome<RecordedHost> make(const Settings& settings);

  tun::TunDevice& device() { return device_; }
  /// Starts the shell's command in the host's network.
  Outcome<ChildProcess> start(const std::vector<std::string>& command, ChildProcess::Streams streams) const;
  /// Whether a program waits for connections or datagrams here.
  bool somebody_listens() const;

 private:
  RecordedHost(tun::FileDescriptor network, tun::TunDevice device)
      : network_(std::move(network)), device_(std::move(device)) {}
  Outcome<void> enter() const;

  tun::FileDescriptor network_;
  tun::TunDevice device_;
};

}  // namespace tunic::command
