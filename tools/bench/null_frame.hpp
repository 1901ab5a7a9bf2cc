// TCP segments in IPv4 packets as a null stack needs them: read in place, written in front of a payload that already lies
// there. RFC 791, RFC 9293 §3.1; Virtio 1.1 §5.1.6 for the header of a device with offloads.
//
// Only what the kernel's own TCP sends over a private link need be understood: everything else is no segment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tunic/address.hpp>

namespace tunic::bench {

inline constexpr std::size_t kNullMss = 1460;

inline constexpr std::uint8_t kFin = 1;
inline constexpr std::uint8_t kSyn = 2;
inline constexpr std::uint8_t kRst = 4;
inline constexpr std::uint8_t kPsh = 8;
inline constexpr std::uint8_t kAck = 16;

/// Whose segment: ours is the server's side.
struct NullPeer {
  Ipv4Address ours;
  Ipv4Address theirs;
  Port our_port = 0;
  Port their_port = 0;
};

struct NullSegment {
  NullPeer peer;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::span<const std::byte> options;
  std::span<const std::byte> payload;
};

/// A packet, the device's header included, as a read gave it. Without offloads its checksum must be right.
std::optional<NullSegment> parse_null(std::span<const std::byte> packet, bool offloads);

/// Room for one packet; the payload is put in its place once, headers each time it is sent.
class NullFrame {
 public:
  NullFrame(std::size_t payload_room, bool offloads);

  /// Where the payload of a segment without options begins, and the options of one without payload.
  std::span<std::byte> payload();
  /// The packet with the first `size` octets of payload() behind the header, of which `options` are options.
  std::span<const std::byte> finish(const NullSegment& segment, std::size_t size, std::size_t options = 0);

 private:
  std::vector<std::byte> octets_;
  bool offloads_;
};

/// The shift of the window scale option, or 0. RFC 7323 §2.2
std::uint8_t window_scale_in(std::span<const std::byte> options);

}  // namespace tunic::bench
