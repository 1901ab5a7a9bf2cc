// Reading and writing a TUN interface. Linux: Documentation/networking/tuntap.rst, packet(7).
//
// Every read gives one packet and every write takes one, at either end. With offloads a header of the kernel's stands in front of each
// (vnet_header.hpp), and a packet may be a super-segment.
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

#include "tun/side_queues.hpp"
#include "tun/vnet_header.hpp"

namespace tunic::tun {

namespace {

constexpr std::size_t kMaxPieces = 16;  // of one packet, in one writev
constexpr std::size_t kLongestPacket = 65535;
constexpr std::size_t kShort = 512;  // octets
constexpr std::size_t kCopied = 4;   // a packet that fills no more than this part of its block is copied

}  // namespace

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
  const int apart = side_queues_->for_answers_to(packet.addressee);
  const int queue = apart < 0 ? fd_.get() : apart;
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
