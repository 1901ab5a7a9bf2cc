// Pieces by their place, so that what was lost and sent again is where it belongs; memory is what the capture has of it.
#include "replay/stream.hpp"

#include <algorithm>
#include <span>

namespace tunic::replay {

std::vector<std::byte> stream_of(const Recording& recording, const Flow& flow, Ipv4Address sender) {
  struct Piece {
    std::uint32_t at;
    std::span<const std::byte> octets;
  };
  std::vector<Piece> pieces;
  std::vector<std::byte> stream;
  for (const std::size_t index : flow.packets) {
    const Packet& packet = recording.packets[index];
    const auto payload = packet.payload();
    if (packet.ip.source != sender || payload.empty() || (packet.icmp && packet.icmp->is_error())) continue;
    if (!packet.tcp) {
      stream.insert(stream.end(), payload.begin(), payload.end());
    } else if (packet.checksum_good) {
      const std::uint32_t first = packet.tcp->seq.value() - flow.isn_of_sender(packet) - (packet.flags().syn() ? 0 : 1);
      pieces.push_back({first, payload});
    }
  }
  std::ranges::sort(pieces, {}, &Piece::at);
  for (const Piece& piece : pieces) {
    if (piece.at > stream.size()) break;
    const std::size_t known = stream.size() - piece.at;
    if (known < piece.octets.size()) {
      stream.insert(stream.end(), piece.octets.begin() + static_cast<std::ptrdiff_t>(known), piece.octets.end());
    }
  }
  return stream;
}

}  // namespace tunic::replay
