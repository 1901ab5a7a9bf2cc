// The network that a command lives in: a TUN device with the stack at one end and the kernel at the other, and what is
// wrapped around it (emulated bad link, capture). By default all of it is private to the process and ends with it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/tun_device.hpp>
#include <tunic/tun/wrappers.hpp>

#include "exit_code.hpp"

namespace tunic::command {

inline constexpr Ipv4Prefix kDefaultAddress{Ipv4Address(10, 9, 0, 2), 24};

struct NetworkOptions {
  Ipv4Prefix address = kDefaultAddress;     ///< of the stack
  std::optional<std::string> existing_tun;  ///< a device of the current namespace, whose set-up is left alone
  std::string pcap_path;                    ///< of each packet as its sender sent it; empty: no capture
  tun::LinkConditions conditions;
  tun::Offloading offloading = tun::Offloading::Auto;
};

/// Thread-safety: none.
class Network {
 public:
  /// Enters the private namespace, unless an existing device is named. Call it before any thread is started.
  /// `link_observer` hears what the emulated link does to packets; it must outlive the network.
  static Outcome<std::unique_ptr<Network>> open(const NetworkOptions& options, Observer& link_observer);

  Device& device() { return *outermost_; }
  int fd() const { return tun_.fd(); }
  const std::string& name() const { return tun_.name(); }
  /// Of a private network.
  const std::optional<Ipv4Prefix>& kernel_address() const { return kernel_address_; }

 private:
  explicit Network(tun::TunDevice tun) : tun_(std::move(tun)) {}
  Outcome<void> wrap(const NetworkOptions& options, Observer& link_observer);

  tun::TunDevice tun_;
  std::optional<Ipv4Prefix> kernel_address_;
  std::unique_ptr<tun::PcapTap> tap_;
  std::unique_ptr<tun::ImpairedDevice> bad_link_;
  std::unique_ptr<tun::PcapTap> outer_tap_;
  Device* outermost_ = &tun_;
};

}  // namespace tunic::command
