// Conversations of a capture, who is who, and what is refused.
#include "replay/recording.hpp"

#include <gtest/gtest.h>

#include "replay/inference.hpp"
#include "written_capture.hpp"

namespace tunic::replay {
namespace {

std::expected<Recording, std::string> read(const Octets& file, std::string_view flow = {}) {
  auto reader = CaptureReader::open(file, "x.pcap");
  if (!reader) return std::unexpected(reader.error());
  return read_recording(std::move(*reader), "x.pcap", flow);
}

std::string refusal(const Octets& file, std::string_view flow = {}) {
  const auto recording = read(file, flow);
  return recording ? "" : recording.error();
}

TEST(Recording, MidConnectionIsRefusedWithTheFrame) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000");
  capture.client_port(40001);
  capture.add(0, "< . 1:1(0) ack 1 win 1000");
  EXPECT_EQ(refusal(capture.octets()),
            "x.pcap: frame 2: 10.9.0.1:40001 > 10.9.0.2:80 begins in mid-connection; its SYN must be in the capture");
}

TEST(Recording, CutHeadersAreRefusedAndCutDataIsNot) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000 <mss 1000>");
  const Packet packet = capture.recording().packets.at(0);
  const auto cut_to = [&](std::ptrdiff_t size) {
    return pcap_header(101) + pcap_frame(0, Octets(packet.octets.begin(), packet.octets.begin() + size), 44);
  };
  EXPECT_EQ(refusal(cut_to(43)), "x.pcap: frame 1: the snap length has cut its headers");
  EXPECT_EQ(refusal(cut_to(44)), "");
}

TEST(Recording, AMissingFrameIsSeenWhereItIsAcknowledged) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000");
  capture.add(0, "> S. 0:0(0) ack 1 win 1000");
  capture.add(0, "< . 1:101(100) ack 102 win 1000");
  const Recording recording = capture.recording();
  EXPECT_EQ(recording.missing_before(Ipv4Address(10, 9, 0, 1)), std::nullopt);
  EXPECT_EQ(
      recording.missing_before(Ipv4Address(10, 9, 0, 2)),
      "written.pcap: frame 3: it acknowledges up to 102, and the capture has it up to 1 only: frames are missing");
}

TEST(Recording, OnlyIpv6IsRefused) {
  EXPECT_EQ(refusal(pcap_header(101) + pcap_frame(0, octets({0x60}) + zeros(39))),
            "x.pcap: there is no IPv4 packet in it; 1 frames are IPv6, which this stack does not have");
}

TEST(Recording, APortMayBeUsedAgainWhenItsConnectionIsOver) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000");
  capture.add(0, "> R. 0:0(0) ack 1 win 0");
  capture.add(1, "< S 7:7(0) win 1000");
  capture.add(1, "> R. 0:0(0) ack 8 win 0");
  const Recording recording = capture.recording();
  ASSERT_EQ(recording.flows.size(), 2U);
  EXPECT_EQ(recording.flows[0].packets.size(), 2U);
  EXPECT_EQ(recording.flows[1].first_isn, WrittenCapture::kClientIsn + 7);
}

/// A connection, and the beginning of one with many octets or packets, all of which have headers of 40 octets in the file.
WrittenCapture with_a_large_one(const char* segment, std::size_t count) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000");
  capture.add(0, "> R. 0:0(0) ack 1 win 0");
  capture.client_port(40001);
  capture.add(0, "< S 0:0(0) win 1000");
  capture.add_cut(0, segment, 40, count);
  return capture;
}

// Frames that the capture has cut count with what they were, since so much is kept.
TEST(Recording, SoMuchIsRefusedWithAWayOut) {
  const WrittenCapture long_ones = with_a_large_one("< . 1:60001(60000) ack 1 win 1000", 1200);
  EXPECT_EQ(
      refusal(long_ones.octets()),
      "x.pcap: frame 1121: more than 64 MiB or 250000 packets are too many; take one conversation, such as --flow "
      "10.9.0.1:40000-10.9.0.2:80, or the first frames alone: tcpdump -r x.pcap -c 1120 -w part.pcap");
  EXPECT_EQ(refusal(long_ones.octets(), "10.9.0.1:40000-10.9.0.2:80"), "");
  EXPECT_EQ(refusal(long_ones.octets(), "10.9.0.1:40001-10.9.0.2:80"),
            "x.pcap: frame 1121: more than 64 MiB or 250000 packets are too many; take the first frames alone: "
            "tcpdump -r x.pcap -c 1120 -w part.pcap");
  const WrittenCapture many = with_a_large_one("< . 1:1(0) ack 1 win 1000", kMostPackets - 3);
  EXPECT_EQ(refusal(many.octets()), "");
  const WrittenCapture one_more = with_a_large_one("< . 1:1(0) ack 1 win 1000", kMostPackets - 2);
  EXPECT_TRUE(refusal(one_more.octets()).starts_with("x.pcap: frame 250001: more than "));
}

// What is wrong with the others, here that one begins in the middle, is then nobody's concern.
TEST(Recording, OneConversationIsReadOfMany) {
  WrittenCapture capture;
  capture.add(0, "< . 1:1(0) ack 1 win 1000");
  capture.client_port(40001);
  capture.add(0, "< S 0:0(0) win 1000");
  capture.add(0, "> R. 0:0(0) ack 1 win 0");
  for (const char* name : {"10.9.0.1:40001-10.9.0.2:80", "10.9.0.2:80-10.9.0.1:40001"}) {
    const auto recording = read(capture.octets(), name);
    ASSERT_TRUE(recording) << recording.error();
    ASSERT_EQ(recording->flows.size(), 1U);
    EXPECT_EQ(recording->flows[0].packets.size(), 2U);
    EXPECT_EQ(recording->packets[0].frame, 2U);
  }
  EXPECT_EQ(refusal(capture.octets(), "10.9.0.1:40002-10.9.0.2:80"),
            "x.pcap: there is no conversation 10.9.0.1:40002-10.9.0.2:80 in it");
  EXPECT_EQ(refusal(capture.octets(), "10.9.0.1:40002"),
            "x.pcap: '10.9.0.1:40002' names no conversation, such as 10.9.0.1:40000-10.9.0.2:80");
}

TEST(Recording, BrokenFramesAreToldButNotEachOfThem) {
  WrittenCapture capture;
  capture.add(0, "< S 0:0(0) win 1000");
  for (int i = 0; i < 1000; ++i) capture.add_packet(0, octets({0x45, 0, 0, 1}));
  const Recording recording = capture.recording();
  ASSERT_EQ(recording.notes.size(), 11U);
  EXPECT_TRUE(recording.notes[0].starts_with("frame 2 is left out: its IP header is broken"));
  EXPECT_EQ(recording.notes[10], "990 more such frames are left out");
}

TEST(Recording, WhoAnswersAtOnceIsLocal) {
  WrittenCapture beside_server;
  beside_server.add(0.000, "< S 0:0(0) win 1000");
  beside_server.add(0.001, "> S. 0:0(0) ack 1 win 1000");
  beside_server.add(0.021, "< . 1:1(0) ack 1 win 1000");
  EXPECT_EQ(beside_server.recording().likely_local(), Ipv4Address(10, 9, 0, 2));
  WrittenCapture beside_client;
  beside_client.add(0.000, "< S 0:0(0) win 1000");
  beside_client.add(0.020, "> R. 0:0(0) ack 1 win 0");
  EXPECT_EQ(beside_client.recording().likely_local(), Ipv4Address(10, 9, 0, 1));
  WrittenCapture between;
  between.add(0.000, "< S 0:0(0) win 1000");
  between.add(0.010, "> S. 0:0(0) ack 1 win 1000");
  between.add(0.020, "< . 1:1(0) ack 1 win 1000");
  EXPECT_EQ(between.recording().likely_local(), std::nullopt);
}

std::string calls_of(const WrittenCapture& capture) {
  const Recording recording = capture.recording();
  std::string lines;
  for (const RecordedCall& call : infer_calls(recording, recording.flows.at(0), Ipv4Address(10, 9, 0, 2))) {
    lines += to_line(call) + '\n';
  }
  return lines;
}

WrittenCapture established() {
  WrittenCapture capture;
  capture.add(0.000, "< S 0:0(0) win 65535 <mss 1000>");
  capture.add(0.001, "> S. 0:0(0) ack 1 win 4000 <mss 1460>");
  capture.add(0.020, "< . 1:1(0) ack 1 win 65535");
  return capture;
}

TEST(InferredCalls, DataThatAnAckLetGoWasWrittenBefore) {
  WrittenCapture capture = established();
  capture.add(0.030, "> . 1:1001(1000) ack 1 win 4000");
  capture.add(0.030, "> . 1001:2001(1000) ack 1 win 4000");
  capture.add(0.050, "< . 1:1(0) ack 1001 win 65535");
  capture.add(0.050, "> P. 2001:2501(500) ack 1 win 4000");
  capture.add(0.070, "< . 1:1(0) ack 2501 win 65535");
  capture.add(0.200, "> P. 2501:2601(100) ack 1 win 4000");
  capture.add(0.230, "> F. 2601:2601(0) ack 1 win 4000");
  EXPECT_EQ(calls_of(capture), "0.000000 listen()\n0.030000 write(2500)\n0.200000 write(100)\n0.230000 close()\n");
}

TEST(InferredCalls, AHoleIsNotWritten) {
  WrittenCapture capture = established();
  capture.add(0.030, "> P. 1000000001:1000000101(100) ack 1 win 4000");
  EXPECT_EQ(calls_of(capture), "0.000000 listen()\n0.030000 write(100)\n");
}

TEST(InferredCalls, AResetThatAnswersNothingIsAnAbort) {
  WrittenCapture capture = established();
  capture.add(0.100, "> R. 1:1(0) ack 1 win 0");
  EXPECT_EQ(calls_of(capture), "0.000000 listen()\n0.100000 close(linger 0)\n");
}

TEST(InferredCalls, WhoStillTakesDataHasOnlyShutDown) {
  WrittenCapture capture = established();
  capture.add(0.100, "> F. 1:1(0) ack 1 win 4000");
  capture.add(0.120, "< P. 1:101(100) ack 2 win 65535");
  capture.add(0.121, "> . 2:2(0) ack 101 win 4000");
  EXPECT_EQ(calls_of(capture), "0.000000 listen()\n0.100000 shutdown(write)\n0.121000 close()\n");
}

TEST(InferredCalls, AClosedWindowTellsWhatWasRead) {
  WrittenCapture capture = established();
  capture.add(0.100, "< . 1:3001(3000) ack 1 win 65535");
  capture.add(0.101, "> . 1:1(0) ack 3001 win 1000");
  capture.add(0.500, "> . 1:1(0) ack 3001 win 3500");
  EXPECT_EQ(calls_of(capture), "0.000000 listen()\n0.500000 read(2500)\n");
}

}  // namespace
}  // namespace tunic::replay
