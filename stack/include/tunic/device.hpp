// Where packets come from and go to. Layer 3: every packet begins with its IP header.
//
// Wrappers (pcap tap, impairment, tracer) are devices around a device. Nothing here blocks.
// Thread-safety: a device belongs to one thread, that of the stack it feeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>

namespace tunic {

struct DeviceCapabilities {
  std::uint32_t mtu = 1500;       ///< octets of the largest IP packet, 576..65535
  bool checksum_offload = false;  ///< takes partial checksums, delivers verified ones
  bool segmentation_offload =
      false;                 ///< takes and delivers super-segments of up to 65535 octets; then checksum_offload too
  bool in_software = false;  ///< it does so packet by packet: a budget of packets counts these
};

/// Takes packets out of the stack.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  /// What may be asked of it; by default, plain packets alone.
  virtual DeviceCapabilities capabilities() const { return {}; }
  /// False: do not send now; the stack keeps what it has to say and asks again at the next flush.
  virtual bool ready() const { return true; }
  virtual void send(PacketBuffer packet, Instant now) = 0;
};

class Device : public PacketSink {
 public:
  DeviceCapabilities capabilities() const override = 0;
  /// Reads up to batch.size() packets that are there; returns how many.
  virtual std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) = 0;
  /// When this device itself wants receive() or flush() to be called again (a delayed packet); kNever: not by itself.
  virtual Instant next_deadline() const { return kNever; }
  /// There is a flood (Stack::flooded()): packets of flows that were sent to shall come first, and of others so many as there
  /// is time for, if this device can tell them apart cheaper than the stack. It decides by itself when that ends.
  virtual void sift(Instant) {}
};

}  // namespace tunic
