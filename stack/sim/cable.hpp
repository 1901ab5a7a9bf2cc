// One direction of a simulated link: takes the packets of one stack and brings them, impaired, to another.
//
// Packets are copied into blocks of the receiving stack as they enter, as a device would: the two stacks share no memory.
// Like a device it may take super-segments: it cuts them before anything happens to them, as the far side of a device does,
// or brings them whole, as a kernel does that passes them on.
// It must not know time: the network says when to deliver.
#pragma once

#include <functional>

#include <tunic/device.hpp>
#include <tunic/observer.hpp>
#include <tunic/stack.hpp>

#include "link/impairment.hpp"

namespace tunic::sim {

/// Sees a packet pass; it lives only during the call.
using Tap = std::function<void(const PacketBuffer& packet, Instant now)>;

enum class SuperSegments : std::uint8_t {
  None,   ///< the stacks send wire segments, with checksums
  Cut,    ///< they may send super-segments, which are cut as they enter
  Whole,  ///< they may send super-segments and partial checksums, and receive them so
};

/// Must not outlive the stack it leads to.
class Cable final : public PacketSink {
 public:
  /// `observer` hears what the link does to packets.
  Cable(Stack& to, const link::Conditions& conditions, Observer* observer = nullptr,
        SuperSegments super_segments = SuperSegments::None)
      : to_(to), super_segments_(super_segments), impairment_(conditions, to.pool(), observer) {}

  /// A tap where packets enter, before anything happens to them; or where they arrive, after all of it.
  void tap_entry(Tap tap) { entry_ = std::move(tap); }
  void tap_exit(Tap tap) { exit_ = std::move(tap); }

  DeviceCapabilities capabilities() const override;
  void send(PacketBuffer packet, Instant now) override;
  /// Hands over what has arrived; false: nothing has.
  bool deliver(Instant now);
  Instant next_deadline() const { return impairment_.next_deadline(); }

 private:
  void enter(const PacketBuffer& packet, Instant now);

  Stack& to_;
  SuperSegments super_segments_;
  link::Impairment impairment_;
  Tap entry_;
  Tap exit_;
};

}  // namespace tunic::sim
