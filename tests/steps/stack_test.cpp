// What one packet costs a stack that holds much: connections, half-open ones, TIME-WAIT records, datagrams in pieces, sockets.
// B15, B31, B43, B48.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>
#include <tunic/udp_socket.hpp>

#include "segment/codec.hpp"
#include "tests/steps/counted.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using steps::Most;
using steps::Work;

constexpr Ipv4Address kOwn(10, 9, 0, 2);
constexpr Ipv4Address kPeer(10, 9, 0, 1);

/// A stack whose packets go nowhere, and who writes to it.
class Host final : PacketSink {
 public:
  explicit Host(const Config& config) : stack(config) {
    stack.add_address({kOwn, 24});
    turn();
  }

  void turn() {
    stack.advance(now);
    while (stack.run_ready()) {
    }
    stack.flush(*this);
    (void)stack.next_deadline();  // as a driver asks
  }
  void receive(PacketBuffer packet) {
    stack.receive(std::move(packet), now);
    turn();
  }
  void segment(Endpoint from, Port to, TcpFlags flags, std::uint32_t seq, std::uint32_t ack, std::size_t text = 0) {
    Segment segment;
    segment.source = from;
    segment.destination = {kOwn, to};
    segment.seq = SeqNum(seq);
    segment.ack = SeqNum(ack);
    segment.flags = flags;
    segment.wnd = RawWindow{65535};
    if (text > 0) segment.payload = Chain(stack.pool().copy(std::vector<std::byte>(text)));
    receive(encode_segment(segment, {}));
  }
  /// A connection from the peer's `port` to ours of port 80; its numbers are then 1 and kIss + 1.
  TcpSocket open(Port port) {
    segment({kPeer, port}, 80, TcpFlags::Syn, 0, 0);
    segment({kPeer, port}, 80, TcpFlags::Ack, 1, kIss + 1);
    return std::move(*listener.accept());
  }
  void listen() { listener = *TcpListener::listen(stack, {kOwn, 80}, {.backlog = 4096}); }

  static constexpr std::uint32_t kIss = 0x7ffffff0;
  Instant now{1h};
  Stack stack;
  TcpListener listener;

 private:
  void send(PacketBuffer, Instant) override {}
};

Config config() {
  Config config;
  config.seed = Seed::numbered(1);
  config.tcp.initial_sequence_number = Host::kIss;
  config.tcp.timestamps = false;
  return config;
}

/// A hundred segments in order to one connection, beside `others` that all have a timer in the same millisecond.
Work dearest_segment(std::uint32_t others) {
  Host host(config());
  host.listen();
  std::vector<TcpSocket> sockets;
  for (std::uint32_t i = 0; i < others; ++i) {
    const Ipv4Address to(10, 9, static_cast<std::uint8_t>(1 + i / 50'000), 1);
    sockets.push_back(std::move(*TcpSocket::connect(host.stack, {to, static_cast<Port>(1 + i % 50'000)})));
  }
  host.turn();
  host.now += 990ms;  // their SYNs are repeated in 10 ms
  const TcpSocket socket = host.open(1);
  Most most;
  for (std::uint32_t seq = 1; seq < 100; ++seq) {
    most.add(steps::cost_of([&] { host.segment({kPeer, 1}, 80, TcpFlags::Ack, seq, Host::kIss + 1, 1); }));
  }
  return most.work();
}

// Shows: B43
TEST(Connections, CostASegmentNothingHoweverManyThereAre) {
  const Work few = dearest_segment(100);
  const Work many = dearest_segment(100'000);
  EXPECT_LE(many.blocks, few.blocks * 5 / 4 + 200);
}

/// The dearest SYN of the last hundred, of which none is ever acknowledged.
Work dearest_syn(std::uint32_t count) {
  Host host(config());
  host.listen();
  Most most;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Endpoint from{Ipv4Address(10, 9, static_cast<std::uint8_t>(1 + i / 60'000), 1),
                        static_cast<Port>(1 + i % 60'000)};
    const Work work = steps::cost_of([&] { host.segment(from, 80, TcpFlags::Syn, i, 0); });
    if (i + 100 >= count) most.add(work);
  }
  return most.work();
}

// Shows: B31
TEST(SynFlood, CostsASynNoMoreTheLongerItLasts) {
  const Work early = dearest_syn(2000);
  const Work late = dearest_syn(20'000);
  EXPECT_LE(late.blocks, early.blocks * 5 / 4);
}

/// Fragments of which none finds its other half.
Work dearest_fragment(std::uint32_t count) {
  Host host(config());
  Most most;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::vector<std::byte> packet(20 + 64);
    wire::emit_ipv4(
        {.identification = static_cast<std::uint16_t>(i),
         .dont_fragment = false,
         .more_fragments = i % 2 == 0,
         .fragment_offset = static_cast<std::uint16_t>(i % 3 * 8 * 100),
         .protocol = 17,
         .source = Ipv4Address(10, 9, static_cast<std::uint8_t>(i / 256 % 256), static_cast<std::uint8_t>(i % 250 + 3)),
         .destination = kOwn,
         .total_length = 84},
        packet);
    PacketBuffer buffer(Chain(host.stack.pool().copy(packet)));
    const Work work = steps::cost_of([&] { host.receive(std::move(buffer)); });
    if (i + 100 >= count) most.add(work);
  }
  return most.work();
}

// Shows: B15
TEST(Fragments, CostNoMoreTheMoreOfThemWait) {
  const Work early = dearest_fragment(500);
  const Work late = dearest_fragment(50'000);
  EXPECT_LE(late.blocks, early.blocks * 3);
}

/// The dearest of many single octets with a hole behind each, through the whole stack.
Work dearest_octet(std::uint32_t count) {
  Config large = config();
  large.tcp.receive_buffer = 16 * 1024 * 1024;
  Host host(large);
  host.listen();
  Segment syn;
  syn.source = {kPeer, 1};
  syn.destination = {kOwn, 80};
  syn.flags = TcpFlags::Syn;
  syn.wnd = RawWindow{65535};
  constexpr std::array kScaleAndSack{std::byte{3}, std::byte{3}, std::byte{14}, std::byte{1},
                                     std::byte{4}, std::byte{2}, std::byte{1},  std::byte{1}};
  syn.options = wire::OptionBytes(kScaleAndSack);
  host.receive(encode_segment(syn, {}));
  host.segment({kPeer, 1}, 80, TcpFlags::Ack, 1, Host::kIss + 1);
  const TcpSocket socket = std::move(*host.listener.accept());
  Most most;
  for (std::uint32_t i = 1; i <= count; ++i) {
    most.add(
        steps::cost_of([&] { host.segment({kPeer, 1}, 80, TcpFlags::Ack, 2 * (count - i) + 2, Host::kIss + 1, 1); }));
  }
  EXPECT_EQ(socket.info()->rcv_nxt, 1U);
  return most.work();
}

// Shows: B48
TEST(SingleOctets, CostNoMoreTheMoreThereWere) {
  const Work early = dearest_octet(1000);
  const Work late = dearest_octet(8000);
  EXPECT_LE(late.blocks, early.blocks * 5 / 4);
}

/// A datagram among so many UDP sockets.
Work dearest_datagram(std::uint32_t sockets) {
  Host host(config());
  std::vector<UdpSocket> all;
  all.reserve(sockets);
  for (std::uint32_t i = 0; i < sockets; ++i)
    all.push_back(std::move(*UdpSocket::bind(host.stack, {kOwn, static_cast<Port>(1 + i)})));
  Most most;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::byte> packet(20 + 8 + 1);
    wire::emit_ipv4({.protocol = 17, .source = kPeer, .destination = kOwn, .total_length = 29}, packet);
    packet[21] = std::byte{9};   // from port 9
    packet[23] = std::byte{50};  // to port 50
    packet[25] = std::byte{9};   // its length; no checksum
    PacketBuffer buffer(Chain(host.stack.pool().copy(packet)));
    most.add(steps::cost_of([&] { host.receive(std::move(buffer)); }));
  }
  return most.work();
}

TEST(UdpSockets, CostADatagramNothingHoweverManyThereAre) {
  EXPECT_LE(dearest_datagram(50'000).blocks, dearest_datagram(100).blocks * 5 / 4 + 50);
}

}  // namespace
}  // namespace tunic
