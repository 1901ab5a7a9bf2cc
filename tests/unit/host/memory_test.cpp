// What an idle established connection costs: at most 1 KiB with everything that was allocated for it, after data went both
// ways; and that packets of a steady flow ask for no memory. Counted where memory is asked for, so that nothing is forgotten.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "host/host.hpp"

namespace {
std::size_t live_bytes = 0;  // as malloc rounds them
std::size_t allocations = 0;
}  // namespace

// Not inlined: the compiler would see malloc's memory come back by another door.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  live_bytes += malloc_usable_size(memory);
  ++allocations;
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  ::operator delete(memory);
}

namespace tunic::host {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address kClient(10, 9, 0, 1);
constexpr Ipv4Address kServer(10, 9, 0, 2);

/// Two hosts whose packets go to each other at once, or when they are delivered.
class MemoryOfConnections : public ::testing::Test {
 protected:
  class Wire final : public PacketSink {
   public:
    DeviceCapabilities capabilities() const override {
      return {.checksum_offload = super_segments, .segmentation_offload = super_segments};
    }
    void send(PacketBuffer packet, Instant now) override {
      Slice slice = to->pool().allocate(packet.size());
      slice.trim_back(slice.size() - packet.size());
      packet.copy_to(slice.writable());
      PacketBuffer arrived{Chain(std::move(slice))};
      arrived.offload = packet.offload;
      arrived.offload.checksum_valid = packet.offload.checksum_partial;
      ++packets;
      if (holds) return held.push_back(std::move(arrived));
      to->receive(std::move(arrived), now);
    }
    /// All that is held now, and not what is sent meanwhile.
    void deliver(Instant now) {
      taken.swap(held);
      for (PacketBuffer& packet : taken) to->receive(std::move(packet), now);
      taken.clear();
    }
    Host* to = nullptr;
    bool super_segments = false;
    bool holds = false;
    std::size_t packets = 0;
    std::vector<PacketBuffer> held;
    std::vector<PacketBuffer> taken;
  };

  void SetUp() override {
    client_.add_address({kClient, 24});
    server_.add_address({kServer, 24});
    to_client_.to = &client_;
    to_server_.to = &server_;
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      client_.advance(now_);
      server_.advance(now_);
      client_.flush(to_server_, {});
      server_.flush(to_client_, {});
    }
  }
  void let_pass(Duration duration) {
    now_ += duration;
    settle();
  }
  static void write(Host& host, SlotKey key, std::size_t size) {
    TcpEntry& entry = *host.find(key);
    ASSERT_EQ(entry.connection.send(std::vector<std::byte>(size), host.now()).value(), size);
    host.touch(entry);
  }
  static void read(Host& host, SlotKey key, std::size_t size) {
    TcpEntry& entry = *host.find(key);
    std::vector<std::byte> data(size);
    ASSERT_EQ(entry.connection.receive(data, host.now()).value(), size);
    host.touch(entry);
  }
  /// How often memory is asked for in `rounds` round trips of 100 µs; the sender always has more to send, and the receiver reads
  /// what there is.
  std::size_t allocations_of_flow(SlotKey sender, SlotKey receiver, std::size_t rounds) {
    const std::vector<std::byte> data(100'000);
    std::vector<std::byte> room(data.size());
    to_server_.holds = to_client_.holds = true;
    const std::size_t before = allocations;
    for (std::size_t round = 0; round < rounds; ++round) {
      now_ += 50us;
      client_.advance(now_);
      TcpEntry& from = *client_.find(sender);
      if (from.connection.writable()) from.connection.send(data, now_).value();
      client_.touch(from);
      while (client_.run_ready()) {
      }
      client_.flush(to_server_, {});
      to_client_.deliver(now_);  // of what the last round sent: some is always on its way
      client_.flush(to_server_, {});
      now_ += 50us;
      server_.advance(now_);
      to_server_.deliver(now_);
      TcpEntry& to = *server_.find(receiver);
      while (to.connection.unread() > 0) to.connection.receive(room, now_).value();
      server_.touch(to);
      while (server_.run_ready()) {
      }
      server_.flush(to_client_, {});
    }
    return allocations - before;
  }
  /// One connection, that has carried data both ways and is idle.
  void open_and_use(SlotKey listener) {
    const SlotKey client = client_.connect({kServer, 80}, {}).value();
    settle();
    const SlotKey server = server_.accept(listener).value();
    client_.on_ready(*client_.find(client), [this](Readiness) { ++told_; });
    server_.on_ready(*server_.find(server), [this](Readiness) { ++told_; });
    constexpr std::size_t kSize = 20'000;
    write(client_, client, kSize);
    settle();
    read(server_, server, kSize);
    write(server_, server, kSize);
    settle();
    read(client_, client, kSize);
    let_pass(100ms);
  }

  Instant now_{1h};
  Host client_{Config()};
  Host server_{Config()};
  Wire to_client_;
  Wire to_server_;
  int told_ = 0;
};

TEST_F(MemoryOfConnections, IsAtMostAKibibyte) {
  const SlotKey listener = server_.listen({kServer, 80}, {}).value();
  open_and_use(listener);  // what belongs to the hosts and not to connections
  const std::size_t before = live_bytes;
  constexpr std::size_t kConnections = 1000;
  for (std::size_t i = 0; i < kConnections; ++i) open_and_use(listener);
  let_pass(10s);
  ASSERT_EQ(client_.info().connections.size(), kConnections + 1);
  ASSERT_EQ(client_.info().bytes_queued + server_.info().bytes_queued, 0U);
  const std::size_t each = (live_bytes - before) / (2 * kConnections) + sizeof(TcpSocket);
  EXPECT_LE(each, 1024U);
  RecordProperty("octets", static_cast<int>(each));
}

class SteadyFlow : public MemoryOfConnections, public ::testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(SuperSegments, SteadyFlow, ::testing::Bool());

// Once the pools have grown to what the flow needs, nothing asks for memory.
TEST_P(SteadyFlow, AsksForNoMemoryPerPacket) {
  to_server_.super_segments = to_client_.super_segments = GetParam();
  const SlotKey listener = server_.listen({kServer, 80}, {}).value();
  const SlotKey sender = client_.connect({kServer, 80}, {}).value();
  settle();
  const SlotKey receiver = server_.accept(listener).value();
  client_.on_ready(*client_.find(sender), [this](Readiness) { ++told_; });
  server_.on_ready(*server_.find(receiver), [this](Readiness) { ++told_; });
  constexpr std::size_t kRounds = 200;
  allocations_of_flow(sender, receiver, kRounds);
  const std::size_t packets = to_server_.packets;
  EXPECT_EQ(allocations_of_flow(sender, receiver, kRounds), 0U);
  EXPECT_GE(to_server_.packets - packets, kRounds * (GetParam() ? 2 : 68));
  to_server_.held.clear();
  to_client_.held.clear();
}

}  // namespace
}  // namespace tunic::host
