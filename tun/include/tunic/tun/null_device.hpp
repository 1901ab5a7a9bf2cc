// A device that leads nowhere: for a stack that only talks to itself over its loopback.
#pragma once

#include <tunic/device.hpp>

namespace tunic::tun {

class NullDevice final : public Device {
 public:
  void send(PacketBuffer, Instant) override {}
  DeviceCapabilities capabilities() const override { return {}; }
  std::size_t receive(BlockPool&, std::span<PacketBuffer>, Instant) override { return 0; }
};

}  // namespace tunic::tun
