// Devices around a device: a capture of what passes, an emulated bad link, a line of text per packet; and the observer that
// prints events.
//
// Order matters: what is wrapped first is nearer to the wire. Each wrapper needs its inner device to outlive it.
// Thread-safety: none; one thread at a time, as the inner device.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <tunic/device.hpp>
#include <tunic/observer.hpp>
#include <tunic/tun/environment_error.hpp>

namespace tunic::tun {

/// Which way a packet passes a device.
enum class Direction : std::uint8_t { Inbound, Outbound };

/// Forwards everything; the base of wrappers that change one thing.
class DeviceWrapper : public Device {
 public:
  explicit DeviceWrapper(Device& inner) : inner_(inner) {}

  bool ready() const override { return inner_.ready(); }
  void send(PacketBuffer packet, Instant now) override { inner_.send(std::move(packet), now); }
  DeviceCapabilities capabilities() const override { return inner_.capabilities(); }
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override {
    return inner_.receive(pool, batch, now);
  }
  Instant next_deadline() const override { return inner_.next_deadline(); }
  void sift(Instant now) override { inner_.sift(now); }

 protected:
  Device& inner_;
};

/// Writes every packet that passes, both ways, to a pcap file (nanoseconds, raw IP), super-segments as the packets that a
/// wire carries. Buffered: see flush().
class PcapTap final : public DeviceWrapper {
 public:
  static EnvironmentResult<std::unique_ptr<PcapTap>> open(Device& inner, const std::string& path);
  /// Flushes.
  ~PcapTap() override;

  void send(PacketBuffer packet, Instant now) override;
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override;
  /// Hands what is buffered to the kernel. False: the file is not complete (the disk is full, perhaps).
  bool flush();
  std::uint64_t packets() const { return packets_; }

  /// A tap around `outer`, which is around this one, for the same file. From now on this one records what comes in and the
  /// other what goes out: each packet as its sender sent it, whatever a bad link between the two taps makes of it.
  std::unique_ptr<PcapTap> split(Device& outer);

 private:
  class File;
  PcapTap(Device& inner, std::shared_ptr<File> file);
  void record(Direction direction, const PacketBuffer& packet, Instant now);

  std::shared_ptr<File> file_;
  std::optional<Direction> only_;  // empty: both
  Duration wall_clock_offset_;
  std::uint64_t packets_ = 0;
};

/// What a bad link does to packets, each direction alike and on its own. Chances are parts in 10000: 250 is 2.5 %.
struct LinkConditions {
  std::uint64_t seed = 1;
  std::uint32_t drop = 0;
  std::uint32_t duplicate = 0;
  std::uint32_t reorder = 0;  ///< held until 3 later packets have passed or 5 ms
  std::uint32_t corrupt = 0;  ///< 1 to 3 bits anywhere in the packet
  Duration delay{};
  std::uint64_t bits_per_second = 0;   ///< 0: sending takes no time
  std::uint32_t queue_packets = 1000;  ///< that wait to be sent at that rate; more are dropped
  std::uint32_t size_limit = 0;        ///< octets; longer packets are dropped; 0: no limit
};

/// An emulated bad link in front of the inner device. Takes no offload, and cuts super-segments of the inner device: what it
/// drops or corrupts are wire packets.
class ImpairedDevice final : public DeviceWrapper {
 public:
  /// `observer`, if given, hears what happens to packets (Why::Link…) and must outlive the device.
  ImpairedDevice(Device& inner, const LinkConditions& conditions, Observer* observer = nullptr);
  ~ImpairedDevice() override;

  void send(PacketBuffer packet, Instant now) override;
  DeviceCapabilities capabilities() const override { return {.mtu = inner_.capabilities().mtu}; }
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override;
  Instant next_deadline() const override;

 private:
  struct Links;
  void pass_on(Instant now);

  std::unique_ptr<Links> links_;
};

/// Shows every packet that passes, as one line with time, direction, addresses and packetdrill's notation, sequence numbers
/// as on the wire. Unlike the event log it knows no reasons; it sees what is on the wire at its place, bad packets included.
class TracedDevice final : public DeviceWrapper {
 public:
  /// `out` must outlive the device.
  TracedDevice(Device& inner, std::FILE* out) : DeviceWrapper(inner), out_(out) {}

  void send(PacketBuffer packet, Instant now) override;
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override;

 private:
  void show(Direction direction, const PacketBuffer& packet, Instant now);

  std::FILE* out_;
  Instant start_ = kNever;
};

enum class EventFormat : std::uint8_t {
  Text,  ///< aligned lines for people
  Json,  ///< one object per line
};

/// Prints every event of a stack as a line. Times count from the first event.
class EventPrinter final : public Observer {
 public:
  /// `out` must outlive the printer; it is flushed after each event when `flush_each` is set.
  EventPrinter(std::FILE* out, EventFormat format, bool flush_each = false)
      : out_(out), format_(format), flush_each_(flush_each) {}

  void on_event(const Event& event) override;
  std::uint64_t lines() const { return lines_; }

 private:
  std::FILE* out_;
  EventFormat format_;
  bool flush_each_;
  Instant start_ = kNever;
  std::uint64_t lines_ = 0;
};

}  // namespace tunic::tun
