// Captures: pcap and pcapng files of raw IP packets, written piece by piece to whoever takes the bytes.
//
// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; link type 101, raw IP (TUN has no Ethernet); nanoseconds.
// Always little-endian, so that the same packets give the same bytes on every machine. It must not know files: the sink
// may be one, or a vector. What is written is what passes: whoever taps a device with offloads completes checksums and
// cuts super-segments first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>

namespace tunic {

/// Takes the next bytes of the file. They live only during the call.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Longer packets are cut to this, unless a writer is told otherwise.
inline constexpr std::uint32_t kSnapLength = 262144;

class PcapWriter {
 public:
  /// Writes the file header at once. Of each packet `snap_length` octets are kept.
  explicit PcapWriter(ByteSink sink, std::uint32_t snap_length = kSnapLength);
  /// `at` counts from 1970 if people are to recognise the date; it must not lie before its epoch.
  void write(Instant at, std::span<const std::byte> packet);
  void write(Instant at, const PacketBuffer& packet);

 private:
  ByteSink sink_;
  std::uint32_t snap_length_;
};

enum class CaptureDirection : std::uint8_t { Unknown = 0, Inbound = 1, Outbound = 2 };

class PcapngWriter {
 public:
  /// Writes the section header and the description of one interface at once.
  explicit PcapngWriter(ByteSink sink, std::string_view interface_name = "tunic");
  /// `comment`, if not empty, is shown beside the packet: the reason why it was sent.
  void write(Instant at, std::span<const std::byte> packet, CaptureDirection direction = CaptureDirection::Unknown,
             std::string_view comment = {});
  void write(Instant at, const PacketBuffer& packet, CaptureDirection direction = CaptureDirection::Unknown,
             std::string_view comment = {});

 private:
  ByteSink sink_;
};

}  // namespace tunic
