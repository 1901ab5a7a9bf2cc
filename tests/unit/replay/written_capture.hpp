// Captures written in packet notation: what a tap beside the server would have seen.
//
//     WrittenCapture capture;
//     capture.add(0.000, "< S 0:0(0) win 65535 <mss 1000>");
//     capture.add(0.001, "> S. 0:0(0) ack 1 win 65535 <mss 1460>");
//
// '<' is from the client 10.9.0.1:40000, '>' from the server 10.9.0.2:80. Both ISNs are close to where numbers wrap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "capture_bytes.hpp"
#include "replay/capture.hpp"
#include "replay/recording.hpp"
#include "replay/replay.hpp"
#include "segment/segment.hpp"

namespace tunic::replay {

class WrittenCapture {
 public:
  static constexpr std::uint32_t kClientIsn = 0x7fffffff - 50, kServerIsn = 0xffffffff - 50;

  /// The client's port from here on: another connection.
  void client_port(Port port) { client_.port = port; }
  void add(double seconds, std::string_view text);
  /// So many times the same, each cut by the snap length.
  void add_cut(double seconds, std::string_view text, std::size_t snap_length, std::size_t times);
  /// A whole IPv4 packet.
  void add_packet(double seconds, const Octets& packet);

  const Octets& octets() const { return octets_; }
  /// Asserts that it can be read.
  Recording recording() const;
  /// Writes it to a file of its own, with this sidecar if there is one.
  std::string file(std::string_view sidecar = {}) const;

 private:
  Octets packet_of(std::string_view text) const;

  Endpoint client_{Ipv4Address(10, 9, 0, 1), 40000};
  Endpoint server_{Ipv4Address(10, 9, 0, 2), 80};
  Octets octets_ = pcap_header(101);
};

/// Replays it; asserts that it can be, and that one host was.
Verdict replayed(const WrittenCapture& capture, const ReplayOptions& options = {}, std::string_view sidecar = {});
ReplayOptions at(Level level);

}  // namespace tunic::replay
