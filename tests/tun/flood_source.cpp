// Example: flood_source syn 10.9.0.2 80 5 200000
//
// Sends packets of one kind to an address for some seconds, so many a second or as fast as this machine can, and says how many. For tests of
// what a stack does under attack, in a network namespace: it needs CAP_NET_RAW there, and `bytes` CAP_NET_ADMIN.
//
// Kinds: syn (spoofed), rst and ack (to the given port, from all over), icmp (echo requests of 1400 octets), fragments (first
// parts whose rest never comes), bytes (a connection of its own, then every second octet of the window out of order).
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "base/checksum.hpp"
#include "base/endian.hpp"

namespace {

using tunic::store_be16;
using tunic::store_be32;

constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kSpoofed = 0xc6120000;  // 198.18.0.0/15, for tests of this kind (RFC 2544)
constexpr std::uint8_t kSyn = 0x02, kRst = 0x04, kAck = 0x10;

struct Target {
  std::uint32_t address;
  std::uint16_t port;
};

/// What every second octet of a window is numbered from.
struct Own {
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t seq;
  std::uint32_t ack;
};

using Packet = std::vector<std::byte>;

Packet ip_packet(std::uint32_t source, std::uint32_t destination, std::uint8_t protocol, std::size_t payload) {
  Packet packet(20 + payload);
  packet[0] = std::byte{0x45};
  packet[8] = std::byte{64};
  packet[9] = std::byte{protocol};
  store_be32(packet.data() + 12, source);
  store_be32(packet.data() + 16, destination);
  return packet;  // the kernel fills in length, identification and checksum
}

Packet tcp_packet(const Own& from, const Target& to, std::uint8_t flags, std::size_t payload) {
  const std::size_t length = 20 + payload;
  Packet packet = ip_packet(from.address, to.address, IPPROTO_TCP, length);
  std::byte* tcp = packet.data() + 20;
  store_be16(tcp, from.port);
  store_be16(tcp + 2, to.port);
  store_be32(tcp + 4, from.seq);
  store_be32(tcp + 8, from.ack);
  tcp[12] = std::byte{0x50};
  tcp[13] = std::byte{flags};
  store_be16(tcp + 14, 65535);
  std::array<std::byte, 12> pseudo{};
  store_be32(pseudo.data(), from.address);
  store_be32(pseudo.data() + 4, to.address);
  pseudo[9] = std::byte{IPPROTO_TCP};
  store_be16(pseudo.data() + 10, static_cast<std::uint16_t>(length));
  tunic::Checksum sum;
  sum.add(pseudo);
  sum.add(std::span(packet).subspan(20));
  store_be16(tcp + 16, sum.finish());
  return packet;
}

class Source {
 public:
  Source(std::string_view kind, Target target, std::optional<Own> own) : kind_(kind), target_(target), own_(own) {}

  Packet next() {
    const auto drawn = static_cast<std::uint32_t>(random_());
    const Own anyone{kSpoofed + (drawn & 0x1ffff), static_cast<std::uint16_t>(1024 + (drawn >> 17)),
                     static_cast<std::uint32_t>(random_()), static_cast<std::uint32_t>(random_())};
    if (kind_ == "syn") return tcp_packet(anyone, target_, kSyn, 0);
    if (kind_ == "rst") return tcp_packet(anyone, target_, kRst, 0);
    if (kind_ == "ack") return tcp_packet(anyone, target_, kAck, 0);
    if (kind_ == "bytes") {
      Own octet = *own_;
      octet.seq += 2 * (++count_ % 16000) + 1;
      return tcp_packet(octet, target_, kAck, 1);
    }
    Packet packet = ip_packet(anyone.address, target_.address, kind_ == "icmp" ? IPPROTO_ICMP : IPPROTO_UDP, 1400);
    if (kind_ == "fragments") store_be16(packet.data() + 6, 0x2000);
    if (kind_ == "icmp") {
      packet[20] = std::byte{8};
      tunic::Checksum sum;
      sum.add(std::span(packet).subspan(20));
      store_be16(packet.data() + 22, sum.finish());
    }
    store_be16(packet.data() + 4, static_cast<std::uint16_t>(++count_ | 1));
    return packet;
  }

 private:
  std::string_view kind_;
  Target target_;
  std::optional<Own> own_;
  std::minstd_rand random_{1};
  std::uint32_t count_ = 0;
};

std::uint32_t queue_number(int fd, int queue) {
  ::setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof queue);
  std::uint32_t number = 0;
  socklen_t size = sizeof number;
  ::getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &number, &size);
  return number;
}

/// A connection of the kernel's, and the numbers that it stands at.
std::optional<Own> connected(const Target& target) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(target.port);
  peer.sin_addr.s_addr = htonl(target.address);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) return std::nullopt;
  sockaddr_in local{};
  socklen_t size = sizeof local;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
  const int on = 1;
  if (::setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) return std::nullopt;
  return Own{ntohl(local.sin_addr.s_addr), ntohs(local.sin_port), queue_number(fd, TCP_SEND_QUEUE),
             queue_number(fd, TCP_RECV_QUEUE)};  // and stays in repair: the kernel says nothing for it any more
}

/// `rate`: packets a second; 0: as many as go.
std::uint64_t flood(int fd, Source& source, const Target& target, std::chrono::seconds duration, std::uint64_t rate) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(target.address);
  std::uint64_t sent = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < begin + duration) {
    if (rate > 0) std::this_thread::sleep_until(begin + std::chrono::nanoseconds(sent * 1'000'000'000 / rate));
    std::array<Packet, kBatch> packets;
    std::array<iovec, kBatch> parts{};
    std::array<mmsghdr, kBatch> batch{};
    for (std::size_t i = 0; i < kBatch; ++i) {
      packets[i] = source.next();
      parts[i] = {packets[i].data(), packets[i].size()};
      batch[i].msg_hdr.msg_name = &to;
      batch[i].msg_hdr.msg_namelen = sizeof to;
      batch[i].msg_hdr.msg_iov = &parts[i];
      batch[i].msg_hdr.msg_iovlen = 1;
    }
    const int taken = ::sendmmsg(fd, batch.data(), kBatch, 0);
    if (taken > 0) sent += static_cast<std::uint64_t>(taken);
  }
  return sent;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: flood_source syn|rst|ack|icmp|fragments|bytes ADDRESS PORT SECONDS RATE\n");
    return 2;
  }
  const Target target{ntohl(::inet_addr(argv[2])), static_cast<std::uint16_t>(std::atoi(argv[3]))};
  const std::string_view kind = argv[1];
  const int fd = ::socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  std::optional<Own> own;
  if (kind == "bytes") own = connected(target);
  if (fd < 0 || (kind == "bytes" && !own)) {
    fmt::print(stderr, "flood_source: {}\n  Fix: run it in a namespace of its own.\n", std::strerror(errno));
    return 3;
  }
  Source source(kind, target, own);
  fmt::print("{}\n", flood(fd, source, target, std::chrono::seconds(std::atoi(argv[4])),
                           static_cast<std::uint64_t>(std::atoll(argv[5]))));
  ::close(fd);
}
