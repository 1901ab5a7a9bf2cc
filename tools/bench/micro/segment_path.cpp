// What a data segment costs that comes in order or leaves while nothing is missing: the path that nearly all take. An item is a
// segment. Out: written, sent, its acknowledgment taken. In: received, read, acknowledged.
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

namespace tunic {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Keeps what is sent.
class Shelf final : public PacketSink {
 public:
  void send(PacketBuffer packet, Instant) override { packets.push_back(std::move(packet)); }
  std::vector<PacketBuffer> packets;
};

/// The packets of a shelf in blocks of another stack, as a device would bring them.
std::vector<PacketBuffer> brought(Shelf& shelf, BlockPool& pool) {
  std::vector<PacketBuffer> arrived;
  for (const PacketBuffer& packet : shelf.packets) {
    Slice block = pool.allocate(packet.size());
    packet.copy_to(block.writable());
    block.trim_back(block.size() - packet.size());
    arrived.emplace_back(Chain(std::move(block)));
  }
  shelf.packets.clear();
  return arrived;
}

Config config(std::uint64_t seed) {
  Config config = Config::linux_profile();
  config.seed = Seed::numbered(seed);
  return config;
}

class Conversation {
 public:
  struct Costs {
    Seconds out{};
    Seconds in{};
    std::int64_t segments = 0;
  };

  Conversation() : left_(config(1)), right_(config(2)), text_(kWrite), room_(kWrite) {
    constexpr Endpoint kServer{Ipv4Address(10, 9, 0, 2), 9};
    left_.add_address({Ipv4Address(10, 9, 0, 1), 24});
    right_.add_address({kServer.address, 24});
    auto listener = TcpListener::listen(right_, kServer);
    auto source = TcpSocket::connect(left_, kServer);
    if (!listener || !source) throw std::runtime_error("the conversation does not begin");
    source_ = std::move(*source);
    Result<TcpSocket> sink;
    for (int i = 0; i < kTurns && !(sink = listener->accept()); ++i) step();
    if (!sink) throw std::runtime_error("the connection does not open");
    sink_ = std::move(*sink);
    for (int i = 0; i < kTurns; ++i) step();  // the window opens
  }

  Costs step() {
    Costs costs;
    now_ += std::chrono::microseconds(100);
    auto began = Clock::now();
    left_.advance(now_);
    left_.run_ready();
    if (source_.valid()) benchmark::DoNotOptimize(source_.write_some(text_));
    left_.flush(shelf_);
    costs.out = Clock::now() - began;
    costs.segments = static_cast<std::int64_t>(shelf_.packets.size());

    auto segments = brought(shelf_, right_.pool());
    began = Clock::now();
    right_.receive(segments, now_, false);
    right_.advance(now_);
    right_.run_ready();
    if (sink_.valid()) benchmark::DoNotOptimize(sink_.read_some(room_));
    right_.flush(shelf_);
    costs.in = Clock::now() - began;

    auto acknowledgments = brought(shelf_, left_.pool());
    began = Clock::now();
    left_.receive(acknowledgments, now_, false);
    costs.out += Clock::now() - began;
    return costs;
  }

 private:
  static constexpr int kTurns = 100;
  static constexpr std::size_t kWrite = std::size_t{64} * 1448;

  Stack left_;
  Stack right_;
  TcpSocket source_;
  TcpSocket sink_;
  Shelf shelf_;
  std::vector<std::byte> text_;
  std::vector<std::byte> room_;
  Instant now_{std::chrono::hours(1)};
};

template <auto cost>
void data_segment(benchmark::State& state) {
  Conversation conversation;
  std::int64_t segments = 0;
  for ([[maybe_unused]] auto turn : state) {
    const Conversation::Costs costs = conversation.step();
    state.SetIterationTime((costs.*cost).count());
    segments += costs.segments;
  }
  state.SetItemsProcessed(segments);
}

BENCHMARK(data_segment<&Conversation::Costs::out>)->Name("segment/out")->UseManualTime();
BENCHMARK(data_segment<&Conversation::Costs::in>)->Name("segment/in")->UseManualTime();

}  // namespace
}  // namespace tunic
