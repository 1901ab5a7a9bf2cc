// See network.hpp.
#include "network.hpp"

#include <tunic/tun/private_tun.hpp>

namespace tunic::command {
namespace {

/// A good link needs no emulation.
bool is_bad(const tun::LinkConditions& link) {
  return link.drop != 0 || link.duplicate != 0 || link.reorder != 0 || link.corrupt != 0 || link.size_limit != 0 ||
         link.bits_per_second != 0 || link.delay != Duration{};
}

}  // namespace

Outcome<std::unique_ptr<Network>> Network::open(const NetworkOptions& options, Observer& link_observer) {
  std::optional<Ipv4Prefix> kernel_address;
  if (!options.existing_tun) {
    const auto other = tun::kernel_side_of(options.address);
    if (!other) {
      return usage_failure("cannot use the address " + options.address.to_string(),
                           "it is not that of a host in a network with room for the kernel's side",
                           "give an address and a prefix of at most 30 bits, such as --addr 10.9.0.2/24");
    }
    kernel_address = *other;
  }
  // A bad link is one of wire packets: what it would have to cut need not be gathered.
  const auto offloading = is_bad(options.conditions) ? tun::Offloading::Single : options.offloading;
  auto device = options.existing_tun
                    ? tun::TunDevice::open({.name = *options.existing_tun, .existing = true, .offloading = offloading})
                    : tun::open_private_tun(options.address, "tunic0", offloading);
  if (!device) return environment_failure(device.error());
  device->refresh_mtu();

  std::unique_ptr<Network> network(new Network(std::move(*device)));
  network->kernel_address_ = kernel_address;
  if (auto wrapped = network->wrap(options, link_observer); !wrapped) return std::unexpected(wrapped.error());
  return network;
}

Outcome<void> Network::wrap(const NetworkOptions& options, Observer& link_observer) {
  if (!options.pcap_path.empty()) {
    auto tap = tun::PcapTap::open(*outermost_, options.pcap_path);
    if (!tap) return environment_failure(tap.error());
    tap_ = std::move(*tap);
    outermost_ = tap_.get();
  }
  if (is_bad(options.conditions)) {
    bad_link_ = std::make_unique<tun::ImpairedDevice>(*outermost_, options.conditions, &link_observer);
    outermost_ = bad_link_.get();
    if (tap_ != nullptr) {
      outer_tap_ = tap_->split(*bad_link_);
      outermost_ = outer_tap_.get();
    }
  }
  return {};
}

}  // namespace tunic::command
