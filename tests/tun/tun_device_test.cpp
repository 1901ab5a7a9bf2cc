// The TUN device against the kernel: opening, the ways opening fails, batches, packets that have to be taken apart.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/interface.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/tun_device.hpp>

#include "segment/codec.hpp"
#include "tests/tun/private_network.hpp"

namespace tunic::tun::testing {
namespace {

using std::chrono::milliseconds;

constexpr Ipv4Prefix kKernel{Ipv4Address(10, 9, 0, 1), 24};

class TunDeviceTest : public PrivateNetworkTest {
 protected:
  static TunDevice make(const std::string& name, std::uint32_t mtu = 1500, Offloading offloading = Offloading::Auto) {
    auto device = TunDevice::open({.name = name, .offloading = offloading});
    EXPECT_TRUE(device) << device.error().to_string();
    auto up = set_up_interface({.name = device->name(), .address = kKernel, .mtu = mtu});
    EXPECT_TRUE(up) << up.error().to_string();
    device->refresh_mtu();
    return std::move(*device);
  }

  /// What the kernel sends to 10.9.0.2: a datagram of `size` octets, or at once so many of `segment` octets as that gives.
  static void kernel_sends(std::size_t size, int segment = 0) {
    constexpr int kUdpSegment = 103;  // UDP_SEGMENT, Linux 4.18
    const FileDescriptor from(socket(AF_INET, SOCK_DGRAM, 0));
    if (segment > 0) {
      ASSERT_EQ(setsockopt(from.get(), IPPROTO_UDP, kUdpSegment, &segment, sizeof segment), 0);
    }
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(7), .sin_addr = {htonl(0x0a090002)}, .sin_zero = {}};
    const std::vector<std::byte> data(size, std::byte{0x5a});
    ASSERT_EQ(sendto(from.get(), data.data(), size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(size));
  }

  /// Of an interface "ends" that outlives this.
  static EnvironmentResult<TunDevice> far_side() {
    const auto maker = TunDevice::open({.name = "ends"});
    EXPECT_TRUE(maker) << maker.error().to_string();
    EXPECT_EQ(ioctl(maker->fd(), TUNSETPERSIST, 1), 0);
    EXPECT_EQ(std::system("ip link set dev ends addrgenmode none up"), 0);
    return TunDevice::open_far_side("ends");
  }

  /// With so many octets of text.
  Segment segment(std::size_t size) {
    Segment segment;
    segment.source = {Ipv4Address(10, 8, 0, 2), 80};
    segment.destination = {Ipv4Address(10, 8, 0, 1), 40000};
    segment.flags = wire::TcpFlags::Ack;
    segment.payload = Chain(pool.copy(std::vector<std::byte>(size, std::byte{0x5a})));
    return segment;
  }

  BlockPool pool;
  std::array<PacketBuffer, 64> batch;
};

TEST_F(TunDeviceTest, OpensAnInterfaceOfTheGivenName) {
  const auto device = TunDevice::open({.name = "first"});
  ASSERT_TRUE(device) << device.error().to_string();
  EXPECT_EQ(device->name(), "first");
  EXPECT_NE(if_nametoindex("first"), 0U);
  EXPECT_EQ(device->capabilities().mtu, 1500U);
}

TEST_F(TunDeviceTest, LetsTheKernelNumberTheInterface) {
  const auto device = TunDevice::open({.name = "num%d"});
  ASSERT_TRUE(device) << device.error().to_string();
  EXPECT_EQ(device->name(), "num0");
}

TEST_F(TunDeviceTest, InterfaceVanishesWithTheDevice) {
  {
    const TunDevice device = make("brief");
  }
  EXPECT_EQ(if_nametoindex("brief"), 0U);
}

TEST_F(TunDeviceTest, AttachesToAPersistentInterfaceAndLeavesItThere) {
  {
    const TunDevice maker = make("kept");
    ASSERT_EQ(ioctl(maker.fd(), TUNSETPERSIST, 1), 0);
  }
  {
    auto device = TunDevice::open({.name = "kept", .existing = true});
    ASSERT_TRUE(device) << device.error().to_string();
    kernel_sends(10);
    EXPECT_EQ(device->receive(pool, batch, os_now()), 1U);
    ASSERT_EQ(ioctl(device->fd(), TUNSETPERSIST, 0), 0);
  }
  EXPECT_EQ(if_nametoindex("kept"), 0U);
}

// An interface that came up while nobody was there: the kernel drops what it has for it until it has noticed that somebody is.
TEST_F(TunDeviceTest, IsReadyForPacketsAsSoonAsItIsOpen) {
  constexpr int kTimes = 30;  // it notices soon
  for (int i = 0; i < kTimes; ++i) {
    {
      const auto maker = TunDevice::open({.name = "idle"});
      ASSERT_TRUE(maker) << maker.error().to_string();
      ASSERT_EQ(ioctl(maker->fd(), TUNSETPERSIST, 1), 0);
    }
    ASSERT_TRUE(set_up_interface({.name = "idle", .address = kKernel}));
    auto device = TunDevice::open({.name = "idle", .existing = true});
    ASSERT_TRUE(device) << device.error().to_string();
    kernel_sends(10);
    EXPECT_EQ(device->receive(pool, batch, os_now()), 1U);
    ASSERT_EQ(ioctl(device->fd(), TUNSETPERSIST, 0), 0);
  }
}

// What is sent at one end comes out at the other, both ways, super-segments included; the kernel in between hears nothing.
TEST_F(TunDeviceTest, HasAFarSide) {
  auto far = far_side();
  ASSERT_TRUE(far) << far.error().to_string();
  far->send(encode_segment(segment(1000), {}), os_now());  // nobody is there yet: it waits
  EXPECT_FALSE(far->ready());
  far->send(encode_segment(segment(1000), {}), os_now());  // so does what comes behind it

  auto near = TunDevice::open({.name = "ends", .existing = true});
  ASSERT_TRUE(near) << near.error().to_string();
  EXPECT_EQ(far->receive(pool, batch, os_now()), 0U);
  EXPECT_TRUE(far->ready());
  EXPECT_EQ(near->receive(pool, batch, os_now()), 2U);
  EXPECT_EQ(batch[1].size(), 1040U);

  Segment both = segment(2000);
  both.gso_size = 1000;
  near->send(encode_segment(both, {}), os_now());
  const bool whole = !near->capabilities().in_software;  // else this kernel has no IFF_VNET_HDR
  ASSERT_EQ(far->receive(pool, batch, os_now()), whole ? 1U : 2U);
  EXPECT_EQ(batch[0].size(), whole ? 2040U : 1040U);
  EXPECT_EQ(batch[0].offload.gso_size, whole ? 1000 : 0);
  EXPECT_EQ(far->missed(), 0U);
  ASSERT_EQ(ioctl(near->fd(), TUNSETPERSIST, 0), 0);
}

// The same without the kernel's help: the device cuts what it sends, and puts together what it is sent; or neither.
TEST_F(TunDeviceTest, CutsAndMergesInSoftware) {
  auto far = far_side();
  ASSERT_TRUE(far) << far.error().to_string();
  for (const auto offloading : {Offloading::Off, Offloading::Single}) {
    auto near = TunDevice::open({.name = "ends", .existing = true, .offloading = offloading});
    ASSERT_TRUE(near) << near.error().to_string();
    const bool takes = offloading == Offloading::Off;
    EXPECT_EQ(near->capabilities().checksum_offload, takes);
    EXPECT_EQ(near->capabilities().segmentation_offload, takes);
    EXPECT_EQ(near->capabilities().in_software, takes);
    for (std::uint32_t i = 0; i < 3; ++i) {
      Segment next = segment(1000);
      next.seq = SeqNum(0xfffffc00) + 1000 * i;
      far->send(encode_segment(next, {}), os_now());
    }
    ASSERT_EQ(near->receive(pool, batch, os_now()), takes ? 1U : 3U);
    EXPECT_EQ(batch[0].size(), takes ? 3040U : 1040U);
    EXPECT_EQ(batch[0].offload.gso_size, takes ? 1000 : 0);
    if (!takes) continue;
    Segment all = segment(2500);
    all.gso_size = 1000;
    near->send(encode_segment(all, {}), os_now());
    ASSERT_EQ(far->receive(pool, batch, os_now()), 3U);
    EXPECT_EQ(batch[2].size(), 540U);
    EXPECT_EQ(batch[2].offload.gso_size, 0);
  }
  const auto last = TunDevice::open({.name = "ends", .existing = true});
  ASSERT_TRUE(last) << last.error().to_string();
  ASSERT_EQ(ioctl(last->fd(), TUNSETPERSIST, 0), 0);
}

TEST_F(TunDeviceTest, SaysThatAnInterfaceToAttachToIsMissing) {
  const auto device = TunDevice::open({.name = "nowhere", .existing = true});
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().why.find("no such interface"), std::string::npos) << device.error().to_string();
  EXPECT_NE(device.error().fix.find("ip tuntap add dev nowhere"), std::string::npos);
}

TEST_F(TunDeviceTest, SaysThatTheInterfaceIsBusy) {
  const TunDevice first = make("busy");
  const auto second = TunDevice::open({.name = "busy"});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().why.find("another process has it open"), std::string::npos) << second.error().to_string();
}

TEST_F(TunDeviceTest, SaysThatTheNameBelongsToAnotherKindOfInterface) {
  const auto device = TunDevice::open({.name = "lo"});
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().why.find("is no TUN interface"), std::string::npos) << device.error().to_string();
}

TEST_F(TunDeviceTest, SaysThatTheNameIsTooLong) {
  const auto device = TunDevice::open({.name = "sixteen-letters-"});
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().why.find("too long"), std::string::npos) << device.error().to_string();
}

TEST(TunNode, MissingNodeIsExplainedWithTheCommandThatMakesIt) {
  const auto checked = check_tun_node("/nonexistent/tun");
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().why.find("does not exist"), std::string::npos);
  EXPECT_NE(checked.error().fix.find("mknod"), std::string::npos);
}

TEST(TunNode, WrongNodeIsExplained) {
  const auto device = TunDevice::open({.name = "wrong", .node = "/dev/null"});
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().why.find("no TUN node"), std::string::npos) << device.error().to_string();
}

TEST(TunNode, ClosedNodeIsExplainedWithTheCommandThatOpensIt) {
  if (!started_by_root()) GTEST_SKIP() << "only root can try this as somebody else";
  const std::string complaint = in_child([]() -> std::string {
    const std::string folder = std::filesystem::temp_directory_path() / ("tunic-node-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    const std::string node = folder + "/tun";
    {
      const FileDescriptor file(open(node.c_str(), O_CREAT | O_WRONLY, 0600));
    }
    if (seteuid(65534) != 0) return "seteuid failed";
    const auto checked = check_tun_node(node);
    if (seteuid(0) != 0) return "seteuid failed";
    std::filesystem::remove_all(folder);
    if (checked) return "the closed node could be opened";
    if (checked.error().fix.find("chmod 0666 " + node) == std::string::npos) return checked.error().to_string();
    return {};
  });
  EXPECT_EQ(complaint, "");
}

TEST_F(TunDeviceTest, ReadsABatchAndStopsWhenItIsFull) {
  TunDevice device = make("batch");
  for (int i = 0; i < 70; ++i) kernel_sends(10);
  EXPECT_EQ(device.receive(pool, batch, os_now()), 64U);
  EXPECT_EQ(device.receive(pool, batch, os_now()), 6U);
  EXPECT_EQ(device.receive(pool, batch, os_now()), 0U);
  EXPECT_EQ(batch[0].size(), 38U);  // IPv4 and UDP headers and 10 octets
  EXPECT_EQ(batch[0].front()[0], std::byte{0x45});
  EXPECT_EQ(device.statistics().read_errors, 0U);
}

// The kernel hands over what its sockets sent at once; what is not of the longest kind does not keep a block for such.
TEST_F(TunDeviceTest, ReadsWhatTheKernelHasNotCut) {
  TunDevice device = make("whole");
  if (device.capabilities().in_software) GTEST_SKIP() << "this kernel has no IFF_VNET_HDR";
  kernel_sends(10'000, 1000);
  const std::size_t count = device.receive(pool, batch, os_now());
  if (count == 10) GTEST_SKIP() << "this kernel cuts datagrams itself (before Linux 6.2)";
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(batch[0].size(), 10'028U);
  EXPECT_EQ(batch[0].offload.gso_size, 1000);
  EXPECT_TRUE(batch[0].offload.checksum_valid);
  EXPECT_EQ(batch[0].payload().slice(0).pinned(), 16384U);
  const auto octets = batch[0].to_vector();
  EXPECT_TRUE(std::ranges::all_of(std::span(octets).subspan(28), [](std::byte b) { return b == std::byte{0x5a}; }));
}

// Whoever had the interface before may have asked for super-segments: without a header they could not be told apart.
TEST_F(TunDeviceTest, WithoutOffloadsEverythingIsAPacket) {
  {
    const TunDevice before = make("plain");
    ASSERT_EQ(ioctl(before.fd(), TUNSETPERSIST, 1), 0);
  }
  TunDevice device = make("plain", 1500, Offloading::Off);
  kernel_sends(10'000, 1000);
  ASSERT_EQ(device.receive(pool, batch, os_now()), 10U);
  EXPECT_EQ(batch[9].size(), 1028U);
  EXPECT_EQ(batch[9].offload.gso_size, 0);
  ASSERT_EQ(ioctl(device.fd(), TUNSETPERSIST, 0), 0);
}

TEST_F(TunDeviceTest, ReadsPacketsAsLongAsTheMtu) {
  TunDevice device = make("jumbo", 9000);
  EXPECT_EQ(device.capabilities().mtu, 9000U);
  kernel_sends(9000 - 28);
  ASSERT_EQ(device.receive(pool, batch, os_now()), 1U);
  EXPECT_EQ(batch[0].size(), 9000U);
}

/// A UDP datagram from 10.9.0.2 to 10.9.0.1:`port` with `data` cut into slices of 3 octets, headers in the header room.
PacketBuffer datagram(BlockPool& pool, std::uint16_t port, std::string_view data) {
  Chain payload;
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const auto piece = std::as_bytes(std::span(data.substr(at, 3)));
    payload.push_back(pool.copy(piece));
  }
  PacketBuffer packet(std::move(payload));
  const auto udp_size = static_cast<std::uint16_t>(8 + data.size());
  const auto ip_size = static_cast<std::uint16_t>(20 + udp_size);
  const std::array<unsigned, 28> header{0x45,
                                        0,
                                        ip_size / 256U,
                                        ip_size % 256U,
                                        0,
                                        0,
                                        0x40,
                                        0,
                                        64,
                                        17,
                                        0,
                                        0,
                                        10,
                                        9,
                                        0,
                                        2,
                                        10,
                                        9,
                                        0,
                                        1,
                                        0,
                                        7,
                                        port / 256U,
                                        port % 256U,
                                        udp_size / 256U,
                                        udp_size % 256U,
                                        0,
                                        0};
  const auto room = packet.prepend(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) room[i] = static_cast<std::byte>(header[i]);
  unsigned sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += header[i] * 256 + header[i + 1];
  sum = ~(sum % 65536 + sum / 65536);
  room[10] = static_cast<std::byte>(sum / 256 % 256);
  room[11] = static_cast<std::byte>(sum % 256);
  return packet;
}

TEST_F(TunDeviceTest, WritesHeaderAndSlicesAsOnePacket) {
  TunDevice device = make("write");
  const FileDescriptor receiver(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in local{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(0x0a090001)}, .sin_zero = {}};
  ASSERT_EQ(bind(receiver.get(), reinterpret_cast<sockaddr*>(&local), sizeof local), 0);
  socklen_t size = sizeof local;
  getsockname(receiver.get(), reinterpret_cast<sockaddr*>(&local), &size);
  const timeval limit{.tv_sec = 2, .tv_usec = 0};
  setsockopt(receiver.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);

  // 4 slices are written as they are; 40 are more than one writev takes here.
  for (const std::size_t length : {12U, 120U}) {
    std::string data(length, 'x');
    for (std::size_t i = 0; i < length; ++i) data[i] = static_cast<char>('a' + i % 26);
    device.send(datagram(pool, ntohs(local.sin_port), data), os_now());
    std::array<char, 256> got{};
    ASSERT_EQ(recv(receiver.get(), got.data(), got.size(), 0), static_cast<ssize_t>(length));
    EXPECT_EQ(std::string_view(got.data(), length), data);
  }
  EXPECT_TRUE(device.ready());
  EXPECT_EQ(device.statistics().write_errors, 0U);
}

TEST_F(TunDeviceTest, CountsWritesToAnInterfaceThatIsDown) {
  auto device = TunDevice::open({.name = "down"});
  ASSERT_TRUE(device);
  device->send(datagram(pool, 7, "lost"), os_now());
  EXPECT_EQ(device->statistics().write_errors, 1U);
  EXPECT_EQ(device->statistics().last_error, EIO);
  EXPECT_TRUE(device->ready());
}

TEST_F(TunDeviceTest, DriverDoesNotSpinOnAnInterfaceThatWasDeleted) {
  if (std::system("ip -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "no ip here";
  TunDevice device = make("deleted");
  Stack stack{Config{}};
  EpollDriver driver(stack, device, device.fd());
  ASSERT_EQ(std::system("ip link delete deleted"), 0);
  int turns = 0;
  driver.run_until([&turns] { return ++turns > 100; }, os_now() + milliseconds(50));
  EXPECT_LT(turns, 10);
}

TEST_F(TunDeviceTest, KernelSendsNothingByItself) {
  TunDevice device = make("quiet");
  usleep(50'000);
  EXPECT_EQ(device.receive(pool, batch, os_now()), 0U) << "IPv6 router solicitations, perhaps";
}

}  // namespace
}  // namespace tunic::tun::testing
