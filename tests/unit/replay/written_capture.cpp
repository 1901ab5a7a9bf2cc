// The octets of data are a pattern of their place in the stream, so that another place would be seen.
#include "written_capture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "segment/codec.hpp"
#include "text/notation.hpp"

namespace tunic::replay {

Octets WrittenCapture::packet_of(std::string_view text) const {
  const bool from_client = text.starts_with("< ");
  const auto written = parse_segment(text.substr(2));
  EXPECT_TRUE(written) << text;
  if (!written) return {};
  BlockPool pool;
  Segment segment;
  segment.source = from_client ? client_ : server_;
  segment.destination = from_client ? server_ : client_;
  const std::uint32_t own = from_client ? kClientIsn : kServerIsn;
  const std::uint32_t other = from_client ? kServerIsn : kClientIsn;
  segment.seq = SeqNum(own + written->start);
  if (written->ack) segment.ack = SeqNum(other + *written->ack);
  segment.flags = written->flags;
  segment.wnd = RawWindow{written->window.value_or(0)};
  segment.options = rebase_options(written->options.bytes(), {.sack = other});
  Octets data(written->length);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>((written->start + i) % 251);
  if (!data.empty()) segment.payload.push_back(pool.copy(data));
  return encode_segment(segment, {.tos = written->tos.value_or(0)}).to_vector();
}

void WrittenCapture::add(double seconds, std::string_view text) {
  add_packet(seconds, packet_of(text));
}

void WrittenCapture::add_cut(double seconds, std::string_view text, std::size_t snap_length, std::size_t times) {
  Octets packet = packet_of(text);
  const auto original = static_cast<std::uint32_t>(packet.size());
  packet.resize(std::min(packet.size(), snap_length));
  const Octets frame = pcap_frame(static_cast<std::uint32_t>(std::lround(seconds * 1e6)), packet, original);
  for (std::size_t i = 0; i < times; ++i) octets_.insert(octets_.end(), frame.begin(), frame.end());
}

void WrittenCapture::add_packet(double seconds, const Octets& packet) {
  octets_ = octets_ + pcap_frame(static_cast<std::uint32_t>(std::lround(seconds * 1e6)), packet);
}

Recording WrittenCapture::recording() const {
  auto reader = CaptureReader::open(octets_, "written.pcap");
  EXPECT_TRUE(reader) << reader.error();
  auto recording = read_recording(std::move(*reader), "written.pcap");
  EXPECT_TRUE(recording) << recording.error();
  return recording ? std::move(*recording) : Recording{};
}

std::string WrittenCapture::file(std::string_view sidecar) const {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string stem = fmt::format("{}{}-{}", testing::TempDir(), test->test_suite_name(), test->name());
  std::ofstream(stem + ".pcap", std::ios::binary)
      .write(reinterpret_cast<const char*>(octets_.data()), static_cast<std::streamsize>(octets_.size()));
  std::remove((stem + ".json").c_str());
  if (!sidecar.empty()) std::ofstream(stem + ".json") << sidecar;
  return stem + ".pcap";
}

Verdict replayed(const WrittenCapture& capture, const ReplayOptions& options, std::string_view sidecar) {
  const auto verdicts = replay_capture(capture.file(sidecar), options);
  if (!verdicts || verdicts->size() != 1) {
    ADD_FAILURE() << (verdicts ? "several hosts were replayed" : verdicts.error().reason);
    return {};
  }
  return verdicts->front();
}

ReplayOptions at(Level level) {
  return {.level = level};
}

}  // namespace tunic::replay
