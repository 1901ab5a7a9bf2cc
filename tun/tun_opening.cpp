// Opening a TUN interface, from either end, and what can go wrong with that. Linux: Documentation/networking/tuntap.rst, packet(7).
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "tun/side_queues.hpp"
#include "tun/vnet_header.hpp"
#include "tunic/tun/interface.hpp"
#include "tunic/tun/tun_device.hpp"

namespace tunic::tun {

namespace {

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
  await_carrier(request.ifr_name);
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
  const bool kernel_cannot = options.offloading == Offloading::Auto && (*flags & IFF_VNET_HDR) == 0;
  const auto offloading = kernel_cannot ? Offloading::Off : options.offloading;
  auto side_queues = side_queues_of(*name, options.node, *flags);
  return TunDevice(std::move(*fd), std::move(*name), offloading, std::move(side_queues));
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
  return TunDevice(std::move(fd), name, Offloading::Auto, std::make_unique<SideQueues>());
}

}  // namespace tunic::tun
