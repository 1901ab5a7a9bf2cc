#include "tests/fuzz/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "segment/codec.hpp"
#include "segment/merging.hpp"
#include "wire/icmp.hpp"

namespace tunic::fuzz {
namespace {

constexpr std::size_t kRemembered = 8;

Config config_of(bool small) {
  Config config;
  config.seed = Seed::numbered(1);
  if (!small) return config;
  config.mtu = 576;
  config.max_connections = 4;
  config.max_packets_queued = 8;
  config.tcp.syn_queue = 2;
  config.tcp.max_time_wait = 2;
  config.tcp.max_out_of_order_ranges = 3;
  config.tcp.max_sack_ranges = 3;
  config.tcp.send_buffer = 4096;
  config.tcp.receive_buffer = 4096;
  return config;
}

std::vector<std::byte> ipv4_packet(wire::IpProtocol protocol, std::span<const std::byte> content) {
  std::vector<std::byte> packet(wire::kIpv4HeaderSize);
  wire::Ipv4Header header;
  header.protocol = static_cast<std::uint8_t>(protocol);
  header.source = kPeer;
  header.destination = kHost;
  header.total_length = static_cast<std::uint16_t>(packet.size() + content.size());
  wire::emit_ipv4(header, packet);
  packet.insert(packet.end(), content.begin(), content.end());
  return packet;
}

/// The checksum of TCP and ICMP, where there is room for one. UDP's may stay 0.
void repair_transport(std::span<std::byte> content, std::span<const std::byte> addresses, std::uint8_t protocol) {
  const bool tcp = protocol == static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  const bool icmp = protocol == static_cast<std::uint8_t>(wire::IpProtocol::Icmp);
  const std::size_t place = tcp ? 16 : 2;
  if ((!tcp && !icmp) || content.size() < place + 2) return;
  store_be16(&content[place], 0);
  Checksum checksum;
  if (tcp) {
    checksum.add(addresses);
    checksum.add_be16(protocol);
    checksum.add_be16(static_cast<std::uint16_t>(content.size()));
  }
  checksum.add(content);
  store_be16(&content[place], checksum.finish());
}

}  // namespace

void require(bool holds) {
  if (!holds) std::abort();
}

World::World(bool small) : stack_(config_of(small)) {
  stack_.add_address({kHost, 24});
  stack_.advance(now_);
}

void World::Link::send(PacketBuffer packet, Instant) {
  const auto bytes = packet.to_vector();
  ++packets;
  octets += bytes.size();
  const auto header = wire::parse_ipv4(bytes, bytes.size());
  require(header.has_value() && header->total_length == bytes.size() && bytes.size() <= stack_.config().mtu);
  require(header->source == kHost);
  last.push_back(bytes);
  if (last.size() > kRemembered) last.pop_front();
  if (header->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) return;
  const auto segment = this->segment(last.size() - 1);
  require(segment.has_value() && !wire::parse_tcp_options(segment->options.bytes()).malformed);
  require(!(segment->flags.syn() && segment->flags.fin()) && !(segment->flags.syn() && segment->flags.rst()));
}

std::optional<Segment> World::Link::segment(std::size_t index) {
  if (last.empty()) return std::nullopt;
  const auto& bytes = last[index % last.size()];
  const auto header = wire::parse_ipv4(bytes, bytes.size());
  if (header->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) return std::nullopt;
  const auto text = std::span(bytes).subspan(header->header_size);
  auto segment = decode_segment(*header, PacketBuffer(Chain(pool_.copy(text))), pool_);
  if (!segment) return std::nullopt;
  return std::move(*segment);
}

void World::receive(std::span<const std::byte> packet) {
  ++packets_in_;
  stack_.receive(PacketBuffer(Chain(stack_.pool().copy(packet))), now_);
  run();
}

void World::receive_repaired(std::span<const std::byte> octets) {
  std::vector<std::byte> packet(octets.begin(), octets.end());
  if (packet.size() < wire::kIpv4HeaderSize) return receive(packet);
  const std::size_t header_size = (std::to_integer<std::size_t>(packet[0]) & 15) * 4;
  if (header_size < wire::kIpv4HeaderSize || header_size > packet.size()) return receive(packet);
  packet[0] = std::byte{4} << 4 | (packet[0] & std::byte{15});
  store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  store_be16(&packet[10], 0);
  Checksum ip;
  ip.add(std::span(packet).first(header_size));
  store_be16(&packet[10], ip.finish());
  repair_transport(std::span(packet).subspan(header_size), std::span(packet).subspan(12, 8),
                   std::to_integer<std::uint8_t>(packet[9]));
  receive(packet);
}

void World::receive_segment(Input& input) {
  Segment segment;
  segment.source = {kPeer, static_cast<Port>(40000 + input.up_to(7))};
  segment.destination = {kHost, kPort};
  const std::uint8_t choice = input.octet();
  segment.flags = TcpFlags(static_cast<std::uint16_t>(input.octet() | (choice & 1) << 8));
  // Near the numbers that count, on either side of them, or anywhere.
  const auto near = [&](std::uint32_t number) {
    const std::uint8_t how = input.octet();
    if (how < 128) return SeqNum(number + how % 4 - 1);
    if (how < 250) return SeqNum(number + static_cast<std::uint32_t>(static_cast<std::int16_t>(input.word())));
    return SeqNum(input.number());
  };
  const auto answered = (choice & 2) != 0 ? link_.segment(choice / 4) : std::nullopt;
  if (answered) {
    segment.source = answered->destination;
    segment.destination = answered->source;
    segment.seq = near(answered->ack.value());
    segment.ack = near(answered->end().value());
  } else {
    segment.seq = near(0);
    segment.ack = near(0);
  }
  segment.wnd = RawWindow(input.word());
  if (segment.flags.urg()) segment.up = input.word();
  segment.options = wire::OptionBytes(input.octets(input.octet() % 41));
  segment.options.pad();
  const std::vector<std::byte> text(std::size_t{input.octet()} % 64 * (input.octet() % 8 == 0 ? 20 : 1));
  if (!text.empty()) segment.payload = Chain(stack_.pool().copy(text));
  wire::Ipv4Header ip;
  ip.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Tcp);
  ip.ttl = 64;
  const std::uint8_t last = input.octet();
  ip.tos = last & 3;
  std::size_t left = 1 + last / 4 % 4;
  const auto read = [&](std::span<std::byte> room) {
    if (left == 0) return std::size_t{0};
    --left;
    const std::size_t size = encode_segment(segment, ip).copy_to(room);
    segment.seq += static_cast<std::uint32_t>(text.size());
    return size;
  };
  std::array<PacketBuffer, 5> batch;
  constexpr std::size_t kLongest = 1500;
  const std::size_t count = read_merged(read, kLongest, stack_.pool(), batch);
  packets_in_ += count;
  stack_.receive(std::span(batch).first(count), now_, false);
  run();
}

void World::receive_icmp_error(Input& input) {
  if (link_.last.empty()) return;
  const auto& about = link_.last[input.octet() % link_.last.size()];
  const auto quoted = std::span(about).first(std::min<std::size_t>(about.size(), input.octet() % 64));
  const wire::IcmpHeader header{input.octet(), input.octet(), input.word(), input.word()};
  std::vector<std::byte> message(wire::kIcmpHeaderSize);
  const std::array pieces{std::span<const std::byte>(quoted)};
  wire::emit_icmp(header, pieces, message);
  message.insert(message.end(), quoted.begin(), quoted.end());
  receive(ipv4_packet(wire::IpProtocol::Icmp, message));
}

void World::pass_time(Input& input) {
  const std::uint8_t how = input.octet();
  if (how >= 128) {
    constexpr int kLongest = 45;  // 2^45 µs are more than a year
    now_ += std::chrono::microseconds(std::int64_t{1} << how % kLongest);
  } else if (stack_.next_deadline() != kNever) {
    now_ = std::max(now_, stack_.next_deadline());
  }
  stack_.advance(now_);
  run();
}

void World::set_link(bool ready, std::uint32_t budget) {
  link_.is_ready = ready;
  budget_ = budget;
  run();
}

void World::run() {
  constexpr int kRounds = 8;  // a connection to ourselves may go on for ever
  for (int round = 0; round < kRounds; ++round) {
    while (stack_.run_ready()) {
    }
    stack_.flush(link_, {.packets = budget_});
    if (stack_.next_deadline() > now_) break;
    stack_.advance(now_);
  }
}

void World::end() {
  set_link(true, 0xffffffff);
  constexpr int kDeadlines = 10'000;  // each connection has a few dozen at most
  for (int count = 0; stack_.next_deadline() != kNever; ++count) {
    require(count < kDeadlines);
    now_ = std::max(now_, stack_.next_deadline());
    stack_.advance(now_);
    run();
  }
  const StackInfo info = stack_.info();
  require(info.connections.empty() && info.listeners.empty() && info.time_wait == 0);
  require(info.bytes_queued == 0 && stack_.pool().bytes_in_use() == 0 && stack_.pool().blocks_in_use() == 0);
  const Counters& counters = stack_.counters();
  require(counters.packets_in >= packets_in_ && counters.packets_out >= link_.packets);  // the loopback's count too
  require(counters.packets_in - packets_in_ <= counters.packets_out - link_.packets);
  const std::uint64_t sent = std::accumulate(counters.sends.begin(), counters.sends.end(), std::uint64_t{0});
  require(sent >= counters.packets_out);
}

}  // namespace tunic::fuzz
