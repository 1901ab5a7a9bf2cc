// Batches: whose packets leave when there are more than one turn takes; what becomes of those that arrive together.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "host/host.hpp"
#include "segment/merging.hpp"

namespace tunic::host {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address kClient(10, 9, 0, 1);
constexpr Ipv4Address kServer(10, 9, 0, 2);
constexpr std::uint32_t kTurn = 32;

class Wire final : public PacketSink {
 public:
  explicit Wire(Host& to) : to_(to) {}
  void send(PacketBuffer packet, Instant now) override {
    with_text_ += packet.size() > 100 ? 1 : 0;
    to_strangers_ += packet.addressee == Addressee::Stranger ? 1 : 0;
    ++packets_;
    to_.receive(PacketBuffer(packet.take_chain(to_.pool())), now);
  }
  std::size_t packets() const { return packets_; }
  std::size_t with_text() const { return with_text_; }
  std::size_t to_strangers() const { return to_strangers_; }

 private:
  Host& to_;
  std::size_t packets_ = 0;
  std::size_t with_text_ = 0;
  std::size_t to_strangers_ = 0;
};

class Flush : public ::testing::Test {
 protected:
  void SetUp() override {
    client_.add_address({kClient, 24});
    server_.add_address({kServer, 24});
    server_.listen({kServer, 80}, {}).value();
    for (Host* host : {&client_, &server_}) host->advance(Instant(1h));
  }
  /// So many SYNs arrive at the server, and their answers wait there.
  void connect(int count) {
    for (int i = 0; i < count; ++i) client_.connect({kServer, 80}, {}).value();
    Wire wire(server_);
    client_.flush(wire, {});
  }
  SlotKey established() {
    const SlotKey listener = server_.listen({kServer, 81}, {}).value();
    client_.connect({kServer, 81}, {}).value();
    Wire to_server(server_);
    Wire to_client(client_);
    for (int i = 0; i < 2; ++i) {
      client_.flush(to_server, {});
      server_.flush(to_client, {});
    }
    return server_.accept(listener).value();
  }
  Wire turn() {
    Wire wire(client_);
    server_.flush(wire, {.packets = kTurn});
    return wire;
  }

  Host client_{Config()};
  Host server_{Config()};
};

// A flood is answered in each turn, and leaves a connection its half.
TEST_F(Flush, AnswersDoNotStarveAConnection) {
  TcpEntry& entry = *server_.find(established());
  entry.connection.send(std::vector<std::byte>(100'000), server_.now()).value();
  server_.touch(entry);
  connect(64);
  const Wire first = turn();
  EXPECT_EQ(first.packets(), kTurn);
  EXPECT_EQ(first.with_text(), 10U);  // its initial window
  EXPECT_EQ(first.to_strangers(), 22U);
}

TEST_F(Flush, AnswersAloneHaveTheWholeTurn) {
  connect(64);
  EXPECT_EQ(turn().to_strangers(), kTurn);
  EXPECT_EQ(turn().to_strangers(), kTurn);
  EXPECT_EQ(turn().packets(), 0U);
}

class Cutting : public Flush, public ::testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(InSoftware, Cutting, ::testing::Bool());

// A super-segment that is cut in software takes as long as the packets that it becomes.
TEST_P(Cutting, CountsAsManyPacketsAsItMakes) {
  struct Taker final : PacketSink {
    explicit Taker(bool in_software) : software(in_software) {}
    DeviceCapabilities capabilities() const override {
      return {.checksum_offload = true, .segmentation_offload = true, .in_software = software};
    }
    void send(PacketBuffer packet, Instant) override { sizes.push_back(packet.size()); }
    bool software;
    std::vector<std::size_t> sizes;
  };
  TcpEntry& entry = *server_.find(established());
  entry.connection.send(std::vector<std::byte>(std::size_t{10} * 1448), server_.now()).value();
  server_.touch(entry);
  connect(8);
  Taker taker(GetParam());
  server_.flush(taker, {.packets = 14});
  EXPECT_EQ(std::ranges::count(taker.sizes, 10U * 1448 + 52), 1);
  EXPECT_EQ(taker.sizes.size(),
            GetParam() ? 7U + 1 : 7U + 1 + 1);  // half of the turn is for answers; the last has no place
}

class Batch final : public PacketSink, public Observer {
 public:
  void send(PacketBuffer packet, Instant) override { packets_.push_back(std::move(packet)); }
  void on_event(const Event& event) override { received_ += event.kind == EventKind::Recv ? 1 : 0; }
  std::span<PacketBuffer> packets() { return packets_; }
  int received() const { return received_; }

 private:
  std::vector<PacketBuffer> packets_;
  int received_ = 0;
};

// Who sends the same again and again is told apart, until something new comes.
TEST_F(Flush, NamesANuisance) {
  TcpEntry& from = *server_.find(established());
  const auto text = [&](std::size_t octets) {
    from.connection.send(std::vector<std::byte>(octets), server_.now()).value();
    server_.touch(from);
    Batch batch;
    server_.flush(batch, {});
    return batch.packets().front().to_vector();
  };
  const auto answer_to = [&](const std::vector<std::byte>& packet) {
    client_.receive(PacketBuffer(Chain(client_.pool().copy(packet))), client_.now());
    client_.advance(client_.now() + 1s);  // an acknowledgment may be delayed
    Batch batch;
    client_.flush(batch, {});
    return batch.packets().back().addressee;
  };
  const auto octet = text(1);  // the SYN-ACK has brought no octet either
  for (int times = 0; times < 254; ++times) EXPECT_EQ(answer_to(octet), Addressee::Known) << times;
  EXPECT_EQ(answer_to(octet), Addressee::Nuisance);
  EXPECT_EQ(answer_to(text(2000)), Addressee::Known);
}

class Arrival : public Flush, public ::testing::WithParamInterface<bool> {
 protected:
  std::vector<PacketBuffer> as_one(std::span<const PacketBuffer> packets) {
    const auto read = [&](std::span<std::byte> room) {
      if (packets.empty()) return std::size_t{0};
      const std::size_t size = packets.front().copy_to(room);
      packets = packets.subspan(1);
      return size;
    };
    std::vector<PacketBuffer> batch(2);
    batch.resize(read_merged(read, 1500, client_.pool(), batch));
    return batch;
  }
};

INSTANTIATE_TEST_SUITE_P(Merged, Arrival, ::testing::Bool());

// Segments that continue one another arrive as one, or each by itself. To TCP they count the same.
TEST_P(Arrival, OfABatch) {
  const bool merged = GetParam();
  constexpr std::size_t kText = std::size_t{10} * 1448;
  TcpEntry& from = *server_.find(established());
  from.connection.send(std::vector<std::byte>(kText), server_.now()).value();
  server_.touch(from);
  Batch batch;
  server_.flush(batch, {});
  ASSERT_EQ(batch.packets().size(), 10U);
  client_.observe(&batch);
  std::vector<PacketBuffer> arrived;
  for (PacketBuffer& packet : batch.packets()) arrived.emplace_back(Chain(client_.pool().copy(packet.to_vector())));
  if (merged) arrived = as_one(arrived);
  const Counters before = client_.counters();
  client_.receive(arrived, client_.now(), false);
  EXPECT_EQ(client_.counters().packets_in - before.packets_in, merged ? 1U : 10U);
  EXPECT_EQ(client_.counters().bytes_in - before.bytes_in, kText + arrived.size() * 52);
  EXPECT_EQ(batch.received(), merged ? 1 : 10);
  const auto all = client_.info().connections;
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].unread, kText);
  EXPECT_EQ(all[0].segments_in, 10U + 1U);  // and the SYN-ACK
  Batch answers;
  client_.flush(answers, {});
  EXPECT_EQ(answers.packets().size(), 1U);
  client_.observe(nullptr);
}

}  // namespace
}  // namespace tunic::host
