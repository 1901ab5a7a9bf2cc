// A TUN interface of Linux as a device of the stack: one IP packet, or one super-segment, per read and per write.
//
// Knows nothing of addresses and routes (interface.hpp) nor of when to read (epoll_driver.hpp).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tunic/device.hpp>
#include <tunic/tun/environment_error.hpp>
#include <tunic/tun/file_descriptor.hpp>

namespace tunic::tun {

inline constexpr const char* kTunNode = "/dev/net/tun";

/// Who cuts super-segments and completes checksums.
enum class Offloading : std::uint8_t {
  Auto,    ///< the kernel (IFF_VNET_HDR): both sides hand over up to 64 KiB at once; where it can't, as Off
  Off,     ///< the device: every read and write is a packet as a wire carries it
  Single,  ///< nobody: the stack makes each of these packets, and is given each, by itself
};

class SideQueues;

struct TunOptions {
  std::string name;       ///< up to 15 octets; "%d" in it becomes a number; empty: the kernel chooses
  bool existing = false;  ///< attach only: an interface of this name must exist already
  std::string node = kTunNode;
  Offloading offloading = Offloading::Auto;
};

/// Can the node be opened by this process? For checks before anything is set up.
EnvironmentResult<void> check_tun_node(const std::string& node = kTunNode);

/// Under a flood it opens more queues of the interface, so that the kernel keeps strangers' packets apart from those of flows
/// that were sent to: where the interface was made by it, or with `multi_queue`.
/// Thread-safety: none; one thread at a time.
class TunDevice final : public Device {
 public:
  struct Statistics {
    std::uint64_t read_errors = 0;   ///< reads that failed for another reason than "nothing there"
    std::uint64_t write_errors = 0;  ///< packets lost because the write failed
    std::uint64_t write_waits = 0;   ///< packets that had to wait for the kernel
    std::uint64_t bad_offloads =
        0;               ///< packets dropped because what was said of their checksum or segments can't be true
    int last_error = 0;  ///< errno of the last of these failures
  };

  /// Creates the interface, which lives as long as the device, or attaches to a persistent one.
  static EnvironmentResult<TunDevice> open(const TunOptions& options = {});
  TunDevice(TunDevice&& other) noexcept;
  TunDevice& operator=(TunDevice&& other) noexcept;
  ~TunDevice() override;

  /// The other end of an interface: what the program attached to it sends is received here, and it gets what is sent here, as
  /// if this process were the kernel behind it. For a persistent interface that is up and that the kernel has no address on.
  /// Takes CAP_NET_RAW in its network namespace. packet(7).
  static EnvironmentResult<TunDevice> open_far_side(const std::string& name);

  /// Could send without waiting. False while packets wait; receive() tries again, so call that when fd() is writable.
  bool ready() const override { return waiting_.empty(); }
  void send(PacketBuffer packet, Instant now) override;
  DeviceCapabilities capabilities() const override {
    const bool takes = offloading_ != Offloading::Single;
    return {.mtu = mtu_,
            .checksum_offload = takes,
            .segmentation_offload = takes,
            .in_software = offloading_ == Offloading::Off};
  }
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override;
  Instant next_deadline() const override;
  void sift(Instant now) override;

  const std::string& name() const { return name_; }
  int fd() const { return fd_.get(); }
  /// Asks the kernel for the interface's MTU again: to be called after set-up changed it.
  void refresh_mtu();
  const Statistics& statistics() const { return statistics_; }
  /// Of a far side: how many packets of the program were lost because nobody read them in time. Counts from the last call.
  std::uint64_t missed() const;

 private:
  TunDevice(FileDescriptor fd, std::string name, Offloading offloading, std::unique_ptr<SideQueues> side_queues);
  void send_cut(PacketBuffer packet, int queue);
  void write_or_keep(int queue, std::span<const std::byte> packet);
  bool try_write(int queue, std::span<const std::span<const std::byte>> pieces);
  enum class Read : std::uint8_t { Packet, Nothing, Dropped };
  std::size_t read_octets(int queue, std::span<std::byte> room);
  Read read_packet(int queue, BlockPool& pool, Slice& room, PacketBuffer& packet);
  Read refuse();

  FileDescriptor fd_;
  std::string name_;
  std::unique_ptr<SideQueues> side_queues_;
  Offloading offloading_;  // Auto: each packet has a header of the kernel's in front
  std::uint32_t mtu_ = 1500;
  // The one that the kernel did not take, and what came of the same super-segment. Copies: the stack, and the pool of its
  // blocks, may go before the device.
  std::deque<std::vector<std::byte>> waiting_;
  std::vector<std::byte> flat_;  // room for one packet that is cut off
  Statistics statistics_;
};

}  // namespace tunic::tun
