// Captures, read back by others: libtins (over libpcap) and, for pcapng's options, by the format's own words.
#include "text/capture.hpp"

#include <gtest/gtest.h>
#include <tins/tins.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace tunic {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> udp_packet(std::size_t payload) {
  Tins::IP packet = Tins::IP("10.9.0.1", "10.9.0.2") / Tins::UDP(40000, 9) / Tins::RawPDU(std::string(payload, 'x'));
  const auto octets = packet.serialize();
  const auto bytes = std::as_bytes(std::span(octets));
  return {bytes.begin(), bytes.end()};
}

ByteSink into(std::vector<std::byte>& out) {
  return [&out](std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
}

struct ReadBack {
  Tins::Timestamp::seconds_type seconds;
  Tins::Timestamp::microseconds_type microseconds;
  std::uint32_t size;
  std::string destination;
};

/// Through a file, as a person would open it.
std::vector<ReadBack> read_with_libtins(const std::vector<std::byte>& capture) {
  std::string path = ::testing::TempDir() + "tunic-capture-XXXXXX";
  const int descriptor = mkstemp(path.data());
  EXPECT_GE(descriptor, 0);
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(capture.data()), std::ssize(capture));
  std::vector<ReadBack> packets;
  Tins::FileSniffer sniffer(path);
  EXPECT_EQ(sniffer.link_type(), 12);  // DLT_RAW, the reading side's number for link type 101
  sniffer.sniff_loop([&packets](Tins::Packet& packet) {
    const auto& ip = packet.pdu()->rfind_pdu<Tins::IP>();
    packets.push_back({packet.timestamp().seconds(), packet.timestamp().microseconds(), packet.pdu()->size(),
                       ip.dst_addr().to_string()});
    return true;
  });
  ::close(descriptor);
  std::remove(path.c_str());
  return packets;
}

std::uint32_t word(const std::vector<std::byte>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes.at(at + i));
  return value;
}

TEST(PcapWriter, IsReadByLibtins) {
  std::vector<std::byte> capture;
  PcapWriter writer(into(capture));
  writer.write(Instant{1700000000s + 123456789ns}, udp_packet(1));
  writer.write(Instant{1700000001s}, udp_packet(1472));
  const auto packets = read_with_libtins(capture);
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[0].seconds, 1700000000);
  EXPECT_EQ(packets[0].microseconds, 123456);
  EXPECT_EQ(packets[0].size, 29U);
  EXPECT_EQ(packets[0].destination, "10.9.0.1");
  EXPECT_EQ(packets[1].seconds, 1700000001);
  EXPECT_EQ(packets[1].microseconds, 0);
  EXPECT_EQ(packets[1].size, 1500U);
}

TEST(PcapWriter, KeepsNanoseconds) {
  std::vector<std::byte> capture;
  PcapWriter writer(into(capture));
  writer.write(Instant{5s + 999999999ns}, udp_packet(1));
  EXPECT_EQ(word(capture, 0), 0xa1b23c4dU);
  EXPECT_EQ(word(capture, 20), 101U);
  EXPECT_EQ(word(capture, 24), 5U);
  EXPECT_EQ(word(capture, 28), 999999999U);
}

TEST(PcapWriter, CutsPacketsAndTellsHowLongTheyWere) {
  std::vector<std::byte> capture;
  PcapWriter(into(capture), 100).write(Instant{1s}, udp_packet(1000));
  EXPECT_EQ(word(capture, 16), 100U);
  EXPECT_EQ(word(capture, 32), 100U);
  EXPECT_EQ(word(capture, 36), 1028U);
  EXPECT_EQ(capture.size(), 24U + 16U + 100U);
}

TEST(PcapWriter, WritesAPacketBufferWhole) {
  BlockPool pool;
  PacketBuffer packet(Chain(pool.copy(udp_packet(100))));
  std::vector<std::byte> from_buffer;
  std::vector<std::byte> from_bytes;
  PcapWriter(into(from_buffer)).write(Instant{1s}, packet);
  PcapWriter(into(from_bytes)).write(Instant{1s}, udp_packet(100));
  EXPECT_EQ(from_buffer, from_bytes);
}

TEST(PcapngWriter, IsReadByLibtins) {
  std::vector<std::byte> capture;
  PcapngWriter writer(into(capture));
  writer.write(Instant{1700000000s + 123456789ns}, udp_packet(2), CaptureDirection::Outbound, "RFC 9293 §3.10.1: why");
  writer.write(Instant{1700000000s + 123457789ns}, udp_packet(3));
  const auto packets = read_with_libtins(capture);
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[0].seconds, 1700000000);
  EXPECT_EQ(packets[0].microseconds, 123456);
  EXPECT_EQ(packets[0].size, 30U);
  EXPECT_EQ(packets[1].microseconds, 123457);
  EXPECT_EQ(packets[1].size, 31U);
}

TEST(PcapngWriter, PutsTheReasonBesideThePacket) {
  std::vector<std::byte> capture;
  PcapngWriter writer(into(capture));
  const std::size_t block = capture.size();
  writer.write(Instant{1s}, udp_packet(2), CaptureDirection::Outbound, "why");  // 30 octets, padded to 32
  EXPECT_EQ(word(capture, block), 6U);                                          // an enhanced packet block
  EXPECT_EQ(word(capture, block + 4), capture.size() - block);
  EXPECT_EQ(word(capture, capture.size() - 4), capture.size() - block);
  const std::size_t options = block + 28 + 32;
  EXPECT_EQ(word(capture, options), 0x00040002U);      // epb_flags, 4 octets
  EXPECT_EQ(word(capture, options + 4), 2U);           // outbound
  EXPECT_EQ(word(capture, options + 8), 0x00030001U);  // opt_comment, 3 octets
  EXPECT_EQ(std::memcmp(capture.data() + options + 12, "why\0", 4), 0);
  EXPECT_EQ(word(capture, options + 16), 0U);  // the end of the options
}

TEST(PcapngWriter, LeavesOutAnEmptyComment) {
  std::vector<std::byte> capture;
  PcapngWriter writer(into(capture));
  const std::size_t block = capture.size();
  writer.write(Instant{1s}, udp_packet(2));
  EXPECT_EQ(capture.size() - block, 28U + 32U + 8U + 4U + 4U);
}

}  // namespace
}  // namespace tunic
