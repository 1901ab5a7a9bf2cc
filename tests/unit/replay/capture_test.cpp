// Frames of capture files: which link types, what is cut, what is broken, and that each error names its frame.
#include "replay/capture.hpp"

#include <gtest/gtest.h>

#include "capture_bytes.hpp"

namespace tunic::replay {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kEthernet = 1, kRawIp = 101, kCooked = 113, kCooked2 = 276;

struct ReadAll {
  std::vector<Frame> frames;
  std::string error;
};

ReadAll read_all(const Octets& file) {
  ReadAll all;
  auto reader = CaptureReader::open(file, "x.pcap");
  if (!reader) {
    all.error = reader.error();
    return all;
  }
  while (true) {
    auto frame = reader->next();
    if (!frame) all.error = frame.error();
    if (!frame || !*frame) return all;
    all.frames.push_back(std::move(**frame));
  }
}

void expect_packet(const Octets& file, const Octets& packet) {
  const ReadAll all = read_all(file);
  EXPECT_EQ(all.error, "");
  ASSERT_EQ(all.frames.size(), 1U);
  EXPECT_EQ(all.frames[0].kind, FrameKind::Ipv4);
  EXPECT_EQ(all.frames[0].packet, packet);
  EXPECT_FALSE(all.frames[0].is_cut());
}

TEST(Capture, FramesHaveNumbersAndTimes) {
  const ReadAll all = read_all(pcap_header(kRawIp) + pcap_frame(1'000'000, some_packet(10, 1)) +
                               pcap_frame(1'000'250, some_packet(20, 2)));
  EXPECT_EQ(all.error, "");
  ASSERT_EQ(all.frames.size(), 2U);
  EXPECT_EQ(all.frames[0].number, 1U);
  EXPECT_EQ(all.frames[0].at, 0us);
  EXPECT_EQ(all.frames[0].since_1970, 1'700'000'001s);
  EXPECT_EQ(all.frames[1].number, 2U);
  EXPECT_EQ(all.frames[1].at, 250us);
  EXPECT_EQ(all.frames[1].packet, some_packet(20, 2));
}

TEST(Capture, TimeDoesNotGoBack) {
  const ReadAll all = read_all(pcap_header(kRawIp) + pcap_frame(10, some_packet(0)) + pcap_frame(30, some_packet(0)) +
                               pcap_frame(20, some_packet(0)));
  ASSERT_EQ(all.frames.size(), 3U);
  EXPECT_EQ(all.frames[2].at, 20us);
}

TEST(Capture, EthernetWithoutAndWithVlanTags) {
  const Octets addresses = zeros(12);
  const Octets packet = some_packet(3);
  expect_packet(pcap_header(kEthernet) + pcap_frame(0, addresses + octets({8, 0}) + packet + zeros(23)), packet);
  expect_packet(pcap_header(kEthernet) + pcap_frame(0, addresses + octets({0x81, 0, 0, 7, 8, 0}) + packet), packet);
  expect_packet(
      pcap_header(kEthernet) + pcap_frame(0, addresses + octets({0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 8, 0}) + packet),
      packet);
}

TEST(Capture, LinuxCookedBothVersions) {
  const Octets packet = some_packet(3);
  expect_packet(pcap_header(kCooked) + pcap_frame(0, zeros(14) + octets({8, 0}) + packet), packet);
  expect_packet(pcap_header(kCooked2) + pcap_frame(0, octets({8, 0}) + zeros(18) + packet), packet);
}

TEST(Capture, WhatIsNoIpv4IsSaidToBe) {
  const ReadAll all = read_all(pcap_header(kEthernet) + pcap_frame(0, zeros(12) + octets({0x86, 0xdd}) + zeros(40)) +
                               pcap_frame(0, zeros(12) + octets({8, 6}) + zeros(28)) + pcap_frame(0, zeros(5)));
  ASSERT_EQ(all.frames.size(), 3U);
  EXPECT_EQ(all.frames[0].kind, FrameKind::Ipv6);
  EXPECT_EQ(all.frames[1].kind, FrameKind::Other);
  EXPECT_EQ(all.frames[2].kind, FrameKind::Other);
  EXPECT_EQ(read_all(pcap_header(kRawIp) + pcap_frame(0, octets({0x60}) + zeros(39))).frames.at(0).kind,
            FrameKind::Ipv6);
}

TEST(Capture, WhatTheSnapLengthCutIsZeros) {
  const Octets whole = some_packet(100, 7);
  const Octets part(whole.begin(), whole.begin() + 60);
  const ReadAll all = read_all(pcap_header(kRawIp) + pcap_frame(0, part, 120));
  ASSERT_EQ(all.frames.size(), 1U);
  EXPECT_TRUE(all.frames[0].is_cut());
  EXPECT_EQ(all.frames[0].present, 60U);
  EXPECT_EQ(all.frames[0].packet, part + zeros(60));
  EXPECT_EQ(all.frames[0].original_length, 120U);
}

TEST(Capture, ALengthThatCanNotBeIsNotBelieved) {
  Octets packet = some_packet(10);
  packet[2] = std::byte{0xff};  // the total length is more than the frame had
  const ReadAll all = read_all(pcap_header(kRawIp) + pcap_frame(0, packet));
  ASSERT_EQ(all.frames.size(), 1U);
  EXPECT_EQ(all.frames[0].packet, packet);
}

TEST(Capture, ATruncatedFileGivesWhatIsThereAndNamesTheFrame) {
  Octets file = pcap_header(kRawIp) + pcap_frame(0, some_packet(10)) + pcap_frame(0, some_packet(10));
  file.pop_back();
  const ReadAll all = read_all(file);
  EXPECT_EQ(all.frames.size(), 1U);
  EXPECT_TRUE(all.error.starts_with("x.pcap: frame 2: truncated")) << all.error;
}

TEST(Capture, PcapngWithBlocksThatNobodyKnows) {
  const Octets section =
      pcapng_block(0x0a0d0d0a, little32(0x1a2b3c4d) + little16(1) + little16(0) + Octets(8, std::byte{0xff}));
  const Octets interface = pcapng_block(1, little16(101) + little16(0) + little32(0));
  const Octets unknown = pcapng_block(0x0badcafe, zeros(16));
  const Octets packet = some_packet(4);
  const Octets enhanced = pcapng_block(6, zeros(12) + little32(24) + little32(24) + packet);
  expect_packet(section + unknown + interface + unknown + enhanced + unknown, packet);
}

TEST(Capture, WhatIsNoCaptureIsRefused) {
  EXPECT_TRUE(read_all(octets({1, 2, 3, 4, 5})).error.starts_with("x.pcap: it is no capture: "));
  EXPECT_EQ(read_all({}).error, "x.pcap: it is no capture: it is empty");
  EXPECT_EQ(read_all(pcap_header(105)).error,
            "x.pcap: its link type is IEEE802_11; raw IP, Ethernet and Linux cooked can be read");
  EXPECT_EQ(CaptureReader::open("/nowhere/x.pcap").error(), "/nowhere/x.pcap: it cannot be opened");
  EXPECT_EQ(CaptureReader::open("/").error(), "/: it is a folder");
}

// A pcapng file has 64 bits of microseconds, of which nanoseconds would not fit into as many.
TEST(Capture, ATimeThatNobodyLivesToSeeIsTheLatest) {
  const Octets packet = some_packet(0);
  const auto frame = [&](std::uint32_t high) {
    const auto size = static_cast<std::uint32_t>(packet.size());
    return pcapng_block(6, little32(0) + little32(high) + little32(0) + little32(size) + little32(size) + packet);
  };
  const Octets file =
      pcapng_block(0x0a0d0d0a, little32(0x1a2b3c4d) + little16(1) + little16(0) + Octets(8, std::byte{0xff})) +
      pcapng_block(1, little16(101) + little16(0) + little32(65535)) + frame(0xffffffff) + frame(1);
  auto reader = CaptureReader::open(file, "x.pcapng");
  ASSERT_TRUE(reader) << reader.error();
  const auto latest = reader->next();
  ASSERT_TRUE(latest && *latest) << latest.error();
  EXPECT_EQ((*latest)->since_1970 / std::chrono::seconds(1), 0xffffffff);
  const auto earlier = reader->next();
  ASSERT_TRUE(earlier && *earlier);
  EXPECT_EQ((*earlier)->at, Duration{});
}

}  // namespace
}  // namespace tunic::replay
