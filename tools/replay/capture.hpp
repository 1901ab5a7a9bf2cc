// Captures, read frame by frame: pcap and pcapng files through libpcap, down to the IPv4 packet of each frame.
//
// Link types: raw IP, Ethernet (with VLAN tags), Linux cooked v1 and v2. One frame is in memory at a time, however large the
// file is. A file that is broken gives the frames in front of the break and then an error that names the frame. It must
// not know what the packets are about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tunic/time.hpp>

namespace tunic::replay {

enum class FrameKind : std::uint8_t {
  Ipv4,
  Ipv6,
  Other,  ///< ARP, or anything else that is no IP packet
};

struct Frame {
  std::uint64_t number = 0;  ///< from 1, as Wireshark counts
  /// Since the first frame. It never goes back: a frame that says so happened with the one before.
  Duration at{};
  Duration since_1970{};  ///< as the file has it
  std::uint32_t captured_length = 0, original_length = 0;
  FrameKind kind = FrameKind::Other;
  /// Of an IPv4 frame: the packet without link header and padding, at its full length. What the capture has cut is zeros.
  std::vector<std::byte> packet{};
  std::size_t present = 0;  ///< so many octets of `packet` are from the capture

  bool is_cut() const { return present < packet.size(); }
};

class CaptureReader {
 public:
  /// Errors are sentences that begin with the file's name.
  static std::expected<CaptureReader, std::string> open(const std::string& path);
  /// `octets` must live as long as the reader; `name` stands for them in errors.
  static std::expected<CaptureReader, std::string> open(std::span<const std::byte> octets, const std::string& name);

  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;
  ~CaptureReader();

  /// The next frame; nullopt: the file has ended. After an error there is nothing more.
  std::expected<std::optional<Frame>, std::string> next();

 private:
  class File;
  explicit CaptureReader(std::unique_ptr<File> file);

  std::unique_ptr<File> file_;
};

}  // namespace tunic::replay
