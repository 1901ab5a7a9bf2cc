// Opening, reading and writing a TUN interface. Linux: Documentation/networking/tuntap.rst, packet(7).
//
// Every read gives one packet and every write takes one, at either end. With offloads a header of the kernel's stands in front of each
// (vnet_header.hpp), and a packet may be a super-segment.
#include "tunic/tun/tun_device.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "tun/side_queues.hpp"
#include "tun/vnet_header.hpp"
#include "tunic/tun/interface.hpp"

namespace tunic::tun {

namespace {

constexpr std::size_t kMaxPieces = 16;  // of one packet, in one writev
constexpr std::size_t kLongestPacket = 65535;
constexpr std::size_t kShort = 512;  // octets
constexpr std::size_t kCopied = 4;   // a packet that fills no more than this part of its block is copied

// Since Linux 6.2; together or not at all.
constexpr unsigned kUdpSegmentation = 0x20 | 0x40;

std::string reason(int error) {
  return std::generic_category().message(error);
}

EnvironmentError node_error(const std::string& node, int error) {
  const std::string what = "cannot open " + node;
  switch (error) {
    case ENOENT:
      return {what, "the TUN node does not exist", "as root: mkdir -p /dev/net && mknod -m 0666 /dev/net/tun c 10 200"};
    case EACCES:
    case EPERM:
      return {what, "the TUN node is closed to this user", "as root: chmod 0666 " + node + ", or run this as root"};
    case ENXIO:
    case ENODEV:
      return {what, "the kernel has no TUN driver behind it", "as root: modprobe tun"};
    default:
      return {what, reason(error), "check with: ls -l " + node};
  }
}

EnvironmentError attach_error(const std::string& name, int error) {
  const std::string what = "cannot attach to the TUN interface '" + name + "'";
  switch (error) {
    case EBUSY:
      return {what, "another process has it open", "end that process, or choose another name"};
    case EPERM:
    case EACCES:
      return {what, "it takes CAP_NET_ADMIN in this network namespace, or owning the interface",
              "run in a private network namespace, or as root: ip tuntap add dev NAME mode tun multi_queue user $USER"};
    case EINVAL:
    case EEXIST:
      return {what, "an interface of this name exists and is no TUN interface", "choose another name"};
    default:
      return {what, reason(error), "check with: ip -details link show"};
  }
}

EnvironmentResult<FileDescriptor> open_node(const std::string& node) {
  FileDescriptor fd(open(node.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(node_error(node, errno));
  return fd;
}

/// Asks for as much as this kernel has. Even if it sends us plain packets alone, it takes super-segments from us.
void set_offloads(int fd, bool on) {
  const unsigned wanted = on ? TUN_F_CSUM | TUN_F_TSO4 : 0;
  if (on) {
    int size = kVnetHeaderSize;
    ioctl(fd, TUNSETVNETHDRSZ, &size);
    if (ioctl(fd, TUNSETOFFLOAD, wanted | kUdpSegmentation) == 0) return;
  }
  ioctl(fd, TUNSETOFFLOAD, wanted);  // off: whoever had a persistent interface before us may have left them on
}

bool has_feature(int fd, unsigned feature) {
  unsigned features = 0;
  return ioctl(fd, TUNGETFEATURES, &features) == 0 && (features & feature) != 0;
}

/// How to attach: with more queues to come, where the interface allows that. It does not if it was made without.
EnvironmentResult<short> flags_for(int fd, const TunOptions& options) {
  const bool offloads = options.offloading == Offloading::Auto && has_feature(fd, IFF_VNET_HDR);
  const int flags = IFF_TUN | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0);
  const bool exists = if_nametoindex(options.name.c_str()) != 0;
  if (!exists && options.existing) {
    return std::unexpected(EnvironmentError{
        "cannot attach to '" + options.name + "'", "there is no such interface in this network namespace",
        "as root: ip tuntap add dev " + options.name + " mode tun multi_queue user $USER"});
  }
  const auto queues = exists ? attached_queues(options.name) : 0;
  // The kernel would let us in beside another process, and give each of us a part of the packets.
  if (queues > 0U) return std::unexpected(attach_error(options.name, EBUSY));
  const bool many = queues && has_feature(fd, IFF_MULTI_QUEUE);
  return static_cast<short>(flags | (many ? IFF_MULTI_QUEUE : 0));
}

EnvironmentResult<std::string> attach(int fd, const std::string& name, short flags) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name) {
    return std::unexpected(
        EnvironmentError{"cannot attach to '" + name + "'", "the name is too long", "use at most 15 letters"});
  }
  std::copy(name.begin(), name.end(), request.ifr_name);
  request.ifr_flags = flags;
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    // A file that is no TUN node does not know the request.
    if (errno == ENOTTY || errno == EBADFD) {
      return std::unexpected(EnvironmentError{"cannot attach to '" + name + "'", "the node is no TUN node",
                                              "give the right one: ls -l /dev/net/tun shows 'c… 10, 200'"});
    }
    return std::unexpected(attach_error(name, errno));
  }
  set_offloads(fd, (flags & IFF_VNET_HDR) != 0);
  return std::string(request.ifr_name);
}

/// Packets come and go with the same header in front as at the interface's other end, and past the queue that waits for a
/// program to attach.
bool set_far_side(int fd) {
  constexpr int kOn = 1;
  constexpr int kManyPackets = 32 << 20;  // octets that wait until we read them
  for (const int option : {PACKET_VNET_HDR, PACKET_QDISC_BYPASS, PACKET_IGNORE_OUTGOING}) {
    if (setsockopt(fd, SOL_PACKET, option, &kOn, sizeof kOn) < 0) return false;
  }
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kManyPackets, sizeof kManyPackets) == 0 ||
         setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kManyPackets, sizeof kManyPackets) == 0;
}

/// Where the interface has one queue alone, and where there are no descriptors left, there are none.
std::unique_ptr<SideQueues> side_queues_of(const std::string& name, const std::string& node, short flags) {
  std::vector<FileDescriptor> nodes;
  nodes.reserve(SideQueues::kQueues + 1);
  while ((flags & IFF_MULTI_QUEUE) != 0 && nodes.size() < nodes.capacity()) {
    auto fd = open_node(node);
    if (!fd) return std::make_unique<SideQueues>();
    nodes.push_back(std::move(*fd));
  }
  return std::make_unique<SideQueues>(std::move(nodes), name, flags);
}

}  // namespace

EnvironmentResult<void> check_tun_node(const std::string& node) {
  if (auto fd = open_node(node); !fd) return std::unexpected(fd.error());
  return {};
}

EnvironmentResult<TunDevice> TunDevice::open(const TunOptions& options) {
  auto fd = open_node(options.node);
  if (!fd) return std::unexpected(fd.error());
  const auto flags = flags_for(fd->get(), options);
  if (!flags) return std::unexpected(flags.error());
  auto name = attach(fd->get(), options.name, *flags);
  if (!name) return std::unexpected(name.error());
  auto side_queues = side_queues_of(*name, options.node, *flags);
  return TunDevice(std::move(*fd), std::move(*name), (*flags & IFF_VNET_HDR) != 0, std::move(side_queues));
}

EnvironmentResult<TunDevice> TunDevice::open_far_side(const std::string& name) {
  const std::string what = "cannot take the kernel's place at '" + name + "'";
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) {
    return std::unexpected(EnvironmentError{what, "there is no such interface in this network namespace",
                                            "as root: ip tuntap add dev " + name + " mode tun"});
  }
  FileDescriptor fd(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));  // hears nothing until it is bound
  if (!fd || !set_far_side(fd.get()))
    return std::unexpected(EnvironmentError{what, reason(errno), "run it as root, on Linux 4.20 or later"});
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(index);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return std::unexpected(EnvironmentError{what, reason(errno), "check with: ip link show"});
  return TunDevice(std::move(fd), name, true, std::make_unique<SideQueues>());
}

std::uint64_t TunDevice::missed() const {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  return getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0 ? statistics.tp_drops : 0;
}

TunDevice::TunDevice(FileDescriptor fd, std::string name, bool offloads, std::unique_ptr<SideQueues> side_queues)
    : fd_(std::move(fd)), name_(std::move(name)), side_queues_(std::move(side_queues)), offloads_(offloads) {
  refresh_mtu();
}
TunDevice::TunDevice(TunDevice&& other) noexcept = default;
TunDevice& TunDevice::operator=(TunDevice&& other) noexcept = default;
TunDevice::~TunDevice() = default;

void TunDevice::refresh_mtu() {
  // TUN descriptors do not answer questions about interfaces; any socket of the namespace does.
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::copy(name_.begin(), name_.end(), request.ifr_name);
  if (ioctl(any.get(), SIOCGIFMTU, &request) == 0) mtu_ = static_cast<std::uint32_t>(request.ifr_mtu);
}

void TunDevice::send(PacketBuffer packet, Instant) {
  const bool apart = packet.unowned && side_queues_->is_open();
  const int queue = apart ? side_queues_->unremembered() : fd_.get();
  if (offloads_) {
    const VnetHeader header = vnet_header_of(packet);
    std::ranges::copy(header, packet.prepend(header.size()).begin());
  }
  // What is short is in one piece sooner than the kernel has looked at the pieces.
  std::array<std::byte, kShort> flat;
  if (packet.size() <= flat.size()) {
    const std::span<const std::byte> piece = std::span(flat).first(packet.copy_to(flat));
    if (!try_write(queue, {&piece, 1})) waiting_.assign(piece.begin(), piece.end());
    return;
  }
  std::array<std::span<const std::byte>, kMaxPieces> pieces;
  const std::size_t slices = packet.payload().slice_count();
  if (slices + 1 > pieces.size()) {
    const auto whole = packet.to_vector();
    const std::span<const std::byte> piece = whole;
    if (!try_write(queue, {&piece, 1})) waiting_ = whole;
    return;
  }
  pieces[0] = packet.header();
  for (std::size_t i = 0; i < slices; ++i) pieces[i + 1] = packet.payload().slice(i).bytes();
  if (!try_write(queue, std::span(pieces).first(slices + 1))) waiting_ = packet.to_vector();
}

bool TunDevice::try_write(int queue, std::span<const std::span<const std::byte>> pieces) {
  std::array<iovec, kMaxPieces> vector;
  std::ranges::transform(pieces, vector.begin(), [](std::span<const std::byte> piece) {
    // writev does not change what it is given; its type cannot say so.
    return iovec{const_cast<std::byte*>(piece.data()), piece.size()};
  });
  ssize_t written = -1;
  do {
    written = pieces.size() == 1 ? write(queue, pieces[0].data(), pieces[0].size())
                                 : writev(queue, vector.data(), static_cast<int>(pieces.size()));
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return true;
  if (errno == EAGAIN || errno == ENOBUFS) {
    ++statistics_.write_waits;
    return false;
  }
  ++statistics_.write_errors;
  statistics_.last_error = errno;
  return true;  // lost, as on any wire: trying again would fail again (the interface is down, the packet too long)
}

std::size_t TunDevice::receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) {
  if (const std::span<const std::byte> waiting = waiting_; !waiting.empty() && try_write(fd_.get(), {&waiting, 1}))
    waiting_.clear();

  std::size_t count = 0;
  Slice room;
  while (count < batch.size()) {
    const Read read = read_packet(fd_.get(), pool, room, batch[count]);
    if (read == Read::Nothing) break;
    if (read == Read::Packet) ++count;
  }
  const bool busy = count > 0;
  while (count < batch.size()) {
    const int queue = side_queues_->next(now, busy);
    if (queue < 0) break;
    const Read read = read_packet(queue, pool, room, batch[count]);
    side_queues_->gave(read != Read::Nothing);
    if (read == Read::Packet) ++count;
  }
  return count;
}

Instant TunDevice::next_deadline() const {
  return side_queues_->next_deadline();
}

void TunDevice::sift(Instant now) {
  side_queues_->open(now);
}

/// `room` is a block for the longest packet. Such a one takes it along; of a short one a copy does, so that it does not keep
/// so much memory, and the block serves again.
TunDevice::Read TunDevice::read_packet(int queue, BlockPool& pool, Slice& room, PacketBuffer& packet) {
  const std::size_t before = offloads_ ? kVnetHeaderSize : 0;
  if (room.empty()) room = pool.allocate(before + (offloads_ ? kLongestPacket : mtu_));
  ssize_t got = -1;
  do {
    got = read(queue, room.writable().data(), room.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno != EAGAIN) {
      ++statistics_.read_errors;
      statistics_.last_error = errno;
    }
    return Read::Nothing;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size < before) return refuse();
  VnetHeader header{};
  std::ranges::copy(room.bytes().first(before), header.begin());
  Slice bytes;
  if (size <= room.size() / kCopied) {
    bytes = pool.copy(room.bytes().subspan(before, size - before));
  } else {
    bytes = std::exchange(room, Slice());
    bytes.trim_back(bytes.size() - size);
    bytes.trim_front(before);
  }
  packet = PacketBuffer(Chain(std::move(bytes)));
  if (!offloads_) return Read::Packet;
  const auto offload = offload_of(header, packet);
  if (!offload) return refuse();
  packet.offload = *offload;
  return Read::Packet;
}

TunDevice::Read TunDevice::refuse() {
  ++statistics_.bad_offloads;
  return Read::Dropped;
}

}  // namespace tunic::tun
