// What an idle established connection costs: at most 1 KiB with everything that was allocated for it, after data went both
// ways. Counted where memory is asked for, so that nothing is forgotten.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "host/host.hpp"

namespace {
std::size_t live_bytes = 0;  // as malloc rounds them
}  // namespace

// Not inlined: the compiler would see malloc's memory come back by another door.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  live_bytes += malloc_usable_size(memory);
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

/// Two hosts whose packets go to each other at once.
class MemoryOfConnections : public ::testing::Test {
 protected:
  class Wire final : public PacketSink {
   public:
    void send(PacketBuffer packet, Instant now) override {
      const auto bytes = packet.to_vector();
      to_->receive(PacketBuffer(Chain(to_->pool().copy(bytes))), now);
    }
    Host* to_ = nullptr;
  };

  void SetUp() override {
    client_.add_address({kClient, 24});
    server_.add_address({kServer, 24});
    to_client_.to_ = &client_;
    to_server_.to_ = &server_;
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

}  // namespace
}  // namespace tunic::host
