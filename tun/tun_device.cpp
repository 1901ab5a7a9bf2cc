// Reading and writing a TUN interface. Linux: Documentation/networking/tuntap.rst, packet(7).
//
// Every read gives one packet and every write takes one, at either end. With the kernel's offloads a header of its own stands in
// front of each (vnet_header.hpp), and a packet may be a super-segment; without, these are cut and put together here.
#include "tunic/tun/tun_device.hpp"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "segment/merging.hpp"
#include "segment/wire_packets.hpp"
#include "tun/side_queues.hpp"
#include "tun/vnet_header.hpp"

namespace tunic::tun {

namespace {

constexpr std::size_t kMaxPieces = 16;  // of one packet, in one writev
constexpr std::size_t kLongestPacket = 65535;
constexpr std::size_t kShort = 512;  // octets

}  // namespace

std::uint64_t TunDevice::missed() const {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  return getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0 ? statistics.tp_drops : 0;
}

TunDevice::TunDevice(FileDescriptor fd, std::string name, Offloading offloading,
                     std::unique_ptr<SideQueues> side_queues)
    : fd_(std::move(fd)), name_(std::move(name)), side_queues_(std::move(side_queues)), offloading_(offloading) {
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
  const int apart = side_queues_->for_answers_to(packet.addressee);
  const int queue = apart < 0 ? fd_.get() : apart;
  if (offloading_ == Offloading::Off && packet.offload.checksum_partial) return send_cut(std::move(packet), queue);
  if (offloading_ == Offloading::Auto) {
    const VnetHeader header = vnet_header_of(packet);
    std::ranges::copy(header, packet.prepend(header.size()).begin());
  }
  // What is short is in one piece sooner than the kernel has looked at the pieces.
  std::array<std::byte, kShort> flat;
  if (packet.size() <= flat.size()) {
    const std::span<const std::byte> piece = std::span(flat).first(packet.copy_to(flat));
    return write_or_keep(queue, piece);
  }
  std::array<std::span<const std::byte>, kMaxPieces> pieces;
  const std::size_t slices = packet.payload().slice_count();
  if (slices + 1 > pieces.size()) {
    const auto whole = packet.to_vector();
    return write_or_keep(queue, whole);
  }
  pieces[0] = packet.header();
  for (std::size_t i = 0; i < slices; ++i) pieces[i + 1] = packet.payload().slice(i).bytes();
  if (!ready() || !try_write(queue, std::span(pieces).first(slices + 1))) waiting_.push_back(packet.to_vector());
}

/// What the kernel would do. A copy and one piece cost less than a look at several.
void TunDevice::send_cut(PacketBuffer packet, int queue) {
  BlockPool pool;  // headers and text of what the stack sends are apart already: nothing comes into it
  WirePackets pieces(std::move(packet), pool);
  flat_.resize(kLongestPacket);
  while (const std::size_t size = pieces.next_into(flat_)) write_or_keep(queue, std::span(flat_).first(size));
}

/// Behind what waits already.
void TunDevice::write_or_keep(int queue, std::span<const std::byte> packet) {
  if (!ready() || !try_write(queue, {&packet, 1})) waiting_.emplace_back(packet.begin(), packet.end());
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
  while (!waiting_.empty()) {
    const std::span<const std::byte> packet = waiting_.front();
    if (!try_write(fd_.get(), {&packet, 1})) break;
    waiting_.pop_front();
  }
  std::size_t count = 0;
  Slice room;
  if (offloading_ == Offloading::Off) {
    const auto read = [this](std::span<std::byte> octets) { return read_octets(fd_.get(), octets); };
    count = read_merged(read, mtu_, pool, batch);
  } else {
    while (count < batch.size()) {
      const Read read = read_packet(fd_.get(), pool, room, batch[count]);
      if (read == Read::Nothing) break;
      if (read == Read::Packet) ++count;
    }
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

std::size_t TunDevice::read_octets(int queue, std::span<std::byte> room) {
  ssize_t got = -1;
  do {
    got = read(queue, room.data(), room.size());
  } while (got < 0 && errno == EINTR);
  if (got >= 0) return static_cast<std::size_t>(got);
  if (errno != EAGAIN) {
    ++statistics_.read_errors;
    statistics_.last_error = errno;
  }
  return 0;
}

/// `room` is a block for the longest packet.
TunDevice::Read TunDevice::read_packet(int queue, BlockPool& pool, Slice& room, PacketBuffer& packet) {
  const bool has_header = offloading_ == Offloading::Auto;
  const std::size_t before = has_header ? kVnetHeaderSize : 0;
  if (room.empty()) room = pool.allocate(before + (has_header ? kLongestPacket : mtu_));
  const std::size_t size = read_octets(queue, room.writable());
  if (size == 0) return Read::Nothing;
  if (size < before) return refuse();
  VnetHeader header{};
  std::ranges::copy(room.bytes().first(before), header.begin());
  Slice bytes = pool.fitted(room, size);
  bytes.trim_front(before);
  packet = PacketBuffer(Chain(std::move(bytes)));
  if (!has_header) return Read::Packet;
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
