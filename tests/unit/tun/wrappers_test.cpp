// Wrappers around a device that is a pair of queues: what passes, what is recorded, what is printed.
#include <tunic/tun/wrappers.hpp>

#include <gtest/gtest.h>
#include <tins/ip.h>
#include <tins/sniffer.h>
#include <tins/tcp.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <string>

#include "segment/codec.hpp"
#include "tests/support/bytes.hpp"

namespace tunic::tun {
namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::seconds(1000)};

class QueueDevice : public Device {
 public:
  bool ready() const override { return is_ready; }
  void send(PacketBuffer packet, Instant) override { sent.push_back(packet.to_vector()); }
  DeviceCapabilities capabilities() const override { return {.mtu = 1500, .checksum_offload = true}; }
  std::size_t receive(BlockPool&, std::span<PacketBuffer> batch, Instant) override {
    std::size_t count = 0;
    for (; count < batch.size() && !arrived.empty(); ++count, arrived.pop_front())
      batch[count] = std::move(arrived.front());
    return count;
  }

  std::deque<test::Bytes> sent;
  std::deque<PacketBuffer> arrived;
  bool is_ready = true;
};

/// A stream in memory that can be looked at.
class TextFile {
 public:
  std::FILE* stream() { return file_.get(); }
  std::string text() {
    std::string all(4096, '\0');
    EXPECT_EQ(std::fseek(file_.get(), 0, SEEK_SET), 0);
    all.resize(std::fread(all.data(), 1, all.size(), file_.get()));
    return all;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), std::fclose};
};

class WrappersTest : public ::testing::Test {
 protected:
  /// A segment from 10.9.0.2:80 to 10.9.0.1:40000 with sequence number near the wrap.
  PacketBuffer packet(std::size_t payload) {
    Segment segment;
    segment.source = {Ipv4Address(10, 9, 0, 2), 80};
    segment.destination = {Ipv4Address(10, 9, 0, 1), 40000};
    segment.seq = SeqNum(0xfffffff0);
    segment.ack = SeqNum(0x80000000);
    segment.flags = TcpFlags::Ack;
    segment.wnd = RawWindow(502);
    if (payload > 0) segment.payload = Chain(pool.copy(test::pattern(payload)));
    return encode_segment(segment, {.protocol = 6});
  }

  /// One that stands for three, as a device with offloads takes it and delivers it.
  PacketBuffer super_segment() {
    Segment segment;
    segment.source = {Ipv4Address(10, 9, 0, 2), 80};
    segment.destination = {Ipv4Address(10, 9, 0, 1), 40000};
    segment.seq = SeqNum(0xfffffff0);
    segment.flags = TcpFlags::Ack;
    segment.payload = Chain(pool.copy(test::pattern(250)));
    segment.gso_size = 100;
    return encode_segment(segment, {});
  }
  PacketBuffer inbound_super_segment() {
    const PacketBuffer super = super_segment();
    PacketBuffer packet{Chain(pool.copy(super.to_vector()))};
    packet.offload = super.offload;
    packet.offload.checksum_valid = true;
    return packet;
  }

  /// As a device delivers it: all in the first slice.
  PacketBuffer inbound(std::size_t payload) { return PacketBuffer(Chain(pool.copy(packet(payload).to_vector()))); }

  BlockPool pool;
  std::array<PacketBuffer, 8> batch;
  QueueDevice wire;
};

TEST_F(WrappersTest, TapRecordsBothWaysAndPassesEverythingOn) {
  const std::string path = std::filesystem::temp_directory_path() / ("tunic-tap-" + std::to_string(getpid()) + ".pcap");
  auto tap = PcapTap::open(wire, path);
  ASSERT_TRUE(tap) << tap.error().to_string();
  (*tap)->send(packet(1000), kStart);
  wire.arrived.push_back(inbound(30));
  EXPECT_EQ((*tap)->receive(pool, batch, kStart + milliseconds(5)), 1U);
  EXPECT_EQ(wire.sent.size(), 1U);
  EXPECT_EQ((*tap)->packets(), 2U);
  EXPECT_TRUE((*tap)->flush());

  std::vector<std::vector<std::uint8_t>> recorded;
  std::vector<std::chrono::microseconds> times;
  Tins::FileSniffer reader(path);
  reader.sniff_loop([&](Tins::Packet& each) {
    recorded.push_back(each.pdu()->serialize());
    times.push_back(each.timestamp());
    return true;
  });
  std::filesystem::remove(path);
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_EQ(test::bytes(recorded[0]), wire.sent[0]);
  EXPECT_EQ(test::bytes(recorded[1]), batch[0].to_vector());
  EXPECT_EQ(times[1] - times[0], milliseconds(5));
}

// A capture is one of the wire, whatever the device spares both sides.
TEST_F(WrappersTest, TapRecordsWhatAWireCarries) {
  const std::string path = std::filesystem::temp_directory_path() / ("tunic-cut-" + std::to_string(getpid()) + ".pcap");
  auto tap = PcapTap::open(wire, path);
  ASSERT_TRUE(tap) << tap.error().to_string();
  (*tap)->send(super_segment(), kStart);
  wire.arrived.push_back(inbound_super_segment());
  EXPECT_EQ((*tap)->receive(pool, batch, kStart), 1U);
  EXPECT_EQ(batch[0].size(), 290U);
  EXPECT_EQ(wire.sent[0].size(), 290U);
  EXPECT_EQ((*tap)->packets(), 6U);
  EXPECT_TRUE((*tap)->flush());
  std::vector<std::uint32_t> numbers;
  Tins::FileSniffer reader(path);
  reader.sniff_loop([&](Tins::Packet& each) {
    auto& tcp = each.pdu()->rfind_pdu<Tins::TCP>();
    const std::uint16_t checksum = tcp.checksum();
    each.pdu()->serialize();  // computes it anew
    EXPECT_EQ(tcp.checksum(), checksum);
    numbers.push_back(tcp.seq());
    return true;
  });
  std::filesystem::remove(path);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0xfffffff0, 84, 184, 0xfffffff0, 84, 184}));
}

TEST_F(WrappersTest, TapSaysThatTheFileCannotBeWritten) {
  const auto tap = PcapTap::open(wire, "/nonexistent/capture.pcap");
  ASSERT_FALSE(tap);
  EXPECT_NE(tap.error().what.find("/nonexistent/capture.pcap"), std::string::npos);
}

TEST_F(WrappersTest, TapTellsThatTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto tap = PcapTap::open(wire, "/dev/full");
  ASSERT_TRUE(tap);
  EXPECT_FALSE((*tap)->flush());
}

TEST_F(WrappersTest, WrappersForwardReadinessAndCapabilities) {
  TextFile out;
  const TracedDevice traced(wire, out.stream());
  EXPECT_TRUE(traced.ready());
  wire.is_ready = false;
  EXPECT_FALSE(traced.ready());
  EXPECT_TRUE(traced.capabilities().checksum_offload);
  EXPECT_EQ(traced.next_deadline(), kNever);
}

TEST_F(WrappersTest, TracedDeviceShowsWhatPasses) {
  TextFile out;
  TracedDevice traced(wire, out.stream());
  traced.send(packet(100), kStart);
  wire.arrived.push_back(inbound(0));
  wire.arrived.emplace_back(Chain(pool.copy(test::bytes({0x60, 0, 0, 0}))));
  PacketBuffer corrupt = inbound(10);
  corrupt.writable_front()[45] ^= std::byte{1};
  wire.arrived.push_back(std::move(corrupt));
  EXPECT_EQ(traced.receive(pool, batch, kStart + milliseconds(12)), 3U);
  EXPECT_EQ(out.text(),
            "     0.000000 > 10.9.0.2:80 > 10.9.0.1:40000 . 4294967280:84(100) ack 2147483648 win 502\n"
            "     0.012000 < 10.9.0.2:80 > 10.9.0.1:40000 . 4294967280:4294967280(0) ack 2147483648 win 502\n"
            "     0.012000 < 4 octets: Not IP version 4.\n"
            "     0.012000 < 10.9.0.2 > 10.9.0.1 bad segment: The TCP checksum is wrong.\n");
  EXPECT_EQ(wire.sent[0], packet(100).to_vector());
}

TEST_F(WrappersTest, TracedDeviceShowsWhatAWireCarries) {
  TextFile out;
  TracedDevice traced(wire, out.stream());
  traced.send(super_segment(), kStart);
  EXPECT_EQ(out.text(),
            "     0.000000 > 10.9.0.2:80 > 10.9.0.1:40000 . 4294967280:84(100) ack 0 win 0\n"
            "     0.000000 > 10.9.0.2:80 > 10.9.0.1:40000 . 84:184(100) ack 0 win 0\n"
            "     0.000000 > 10.9.0.2:80 > 10.9.0.1:40000 . 184:234(50) ack 0 win 0\n");
}

// What is lost on a bad link is one packet, not all that the device delivered at once.
TEST_F(WrappersTest, ImpairedDeviceCutsBeforeItImpairs) {
  ImpairedDevice bad(wire, {.seed = 3, .drop = 5000});
  wire.arrived.push_back(inbound_super_segment());
  wire.arrived.push_back(inbound_super_segment());
  const std::size_t count = bad.receive(pool, batch, kStart);
  EXPECT_GT(count, 0U);
  EXPECT_LT(count, 6U);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_LE(batch[i].size(), 140U);
    EXPECT_EQ(batch[i].offload.gso_size, 0);
    EXPECT_FALSE(batch[i].offload.checksum_valid);
  }
}

TEST_F(WrappersTest, ImpairedDeviceDelaysBothWaysAndSaysWhenToAskAgain) {
  ImpairedDevice bad(wire, {.delay = milliseconds(20)});
  EXPECT_EQ(bad.next_deadline(), kNever);
  EXPECT_FALSE(bad.capabilities().checksum_offload);
  bad.send(packet(10), kStart);
  wire.arrived.push_back(inbound(30));
  EXPECT_EQ(bad.receive(pool, batch, kStart + milliseconds(1)), 0U);
  EXPECT_EQ(bad.next_deadline(), kStart + milliseconds(20));
  EXPECT_EQ(bad.receive(pool, batch, kStart + milliseconds(20)), 0U);
  ASSERT_EQ(wire.sent.size(), 1U);
  EXPECT_EQ(wire.sent[0], packet(10).to_vector());
  EXPECT_EQ(bad.next_deadline(), kStart + milliseconds(21));
  ASSERT_EQ(bad.receive(pool, batch, kStart + milliseconds(21)), 1U);
  EXPECT_EQ(batch[0].to_vector(), inbound(30).to_vector());
  EXPECT_EQ(bad.next_deadline(), kNever);
}

TEST_F(WrappersTest, ImpairedDeviceKeepsWhatTheInnerDeviceRefuses) {
  ImpairedDevice bad(wire, {});
  wire.is_ready = false;
  EXPECT_FALSE(bad.ready());
  bad.send(packet(10), kStart);
  EXPECT_TRUE(wire.sent.empty());
  EXPECT_EQ(bad.next_deadline(), kNever);
  wire.is_ready = true;
  EXPECT_LE(bad.next_deadline(), kStart);
  bad.receive(pool, batch, kStart + milliseconds(1));
  EXPECT_EQ(wire.sent.size(), 1U);
}

TEST_F(WrappersTest, ImpairedDeviceTreatsTheDirectionsDifferently) {
  ImpairedDevice bad(wire, {.seed = 7, .drop = 5000});
  std::vector<bool> sent;
  std::vector<bool> received;
  for (int i = 0; i < 64; ++i) {
    const std::size_t before = wire.sent.size();
    bad.send(packet(10), kStart);
    sent.push_back(wire.sent.size() > before);
    wire.arrived.push_back(inbound(10));
    received.push_back(bad.receive(pool, batch, kStart) == 1);
  }
  EXPECT_NE(sent, received);
  EXPECT_GT(std::ranges::count(sent, true), 16);
  EXPECT_LT(std::ranges::count(sent, true), 48);
}

TEST_F(WrappersTest, WhatIsOnTheWayMayOutliveTheStacksPool) {
  ImpairedDevice bad(wire, {.delay = milliseconds(20)});
  {
    BlockPool stacks_pool;
    Chain payload(stacks_pool.copy(test::pattern(500)));
    bad.send(PacketBuffer(std::move(payload)), kStart);
    wire.arrived.push_back(inbound(30));
    EXPECT_EQ(bad.receive(stacks_pool, batch, kStart), 0U);
    EXPECT_EQ(stacks_pool.blocks_in_use(), 0U);
  }
  bad.receive(pool, batch, kStart + milliseconds(20));
  EXPECT_EQ(wire.sent.size(), 1U);
}

TEST_F(WrappersTest, EventPrinterWritesALinePerEvent) {
  TextFile text;
  TextFile json;
  EventPrinter text_printer(text.stream(), EventFormat::Text);
  EventPrinter json_printer(json.stream(), EventFormat::Json);
  for (EventPrinter* printer : {&text_printer, &json_printer}) {
    printer->on_event({.at = kStart, .kind = EventKind::Timer, .why = Why::RetransmissionTimeout, .connection = 1});
    printer->on_event({.at = kStart + milliseconds(3), .kind = EventKind::Drop, .why = Why::LinkDrop});
    EXPECT_EQ(printer->lines(), 2U);
  }
  EXPECT_NE(text.text().find("0.003000"), std::string::npos) << text.text();
  EXPECT_NE(json.text().find("\"t_ns\":0,"), std::string::npos) << json.text();
  EXPECT_NE(json.text().find("\"t_ns\":3000000,"), std::string::npos) << json.text();
  EXPECT_TRUE(json.text().ends_with("}\n"));
}

}  // namespace
}  // namespace tunic::tun
