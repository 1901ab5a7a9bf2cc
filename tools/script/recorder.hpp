// All that happens while a script runs: events as lines, and the packets that left with the reasons for them.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <tunic/device.hpp>
#include <tunic/observer.hpp>

#include "text/capture.hpp"

namespace tunic::script {

struct LivePacket {
  Instant at;
  std::vector<std::byte> octets;
  std::string why;           ///< name, section and sentence of the reason; empty: no event spoke of it
  std::string_view state{};  ///< of the connection that sent it; empty: there is none
};

/// Something that a connection had to say waited from then on, until it sent something.
struct LiveHold {
  Instant at;
  Endpoint local;
  Endpoint remote;
  std::string why;  ///< as in LivePacket
};

class Recorder final : public Observer, public PacketSink {
 public:
  explicit Recorder(Instant start) : start_(start) {}

  void on_event(const tunic::Event& event) override;
  void send(PacketBuffer packet, Instant now) override;
  /// A packet that the script injects.
  void received(const PacketBuffer& packet, Instant now);
  void note(std::string line) { lines_.push_back(std::move(line)); }

  /// What the stack has sent and nobody has taken yet.
  std::deque<LivePacket>& packets() { return packets_; }
  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<LiveHold>& holds() const { return holds_; }
  /// Everything that passed, as a capture of its own.
  void write_capture(const ByteSink& sink) const;

 private:
  struct Announcement {
    SegmentInfo segment;
    std::string why;
    std::string_view state;
  };
  struct Captured {
    LivePacket packet;
    CaptureDirection direction;
  };

  Instant start_;
  std::vector<std::string> lines_;
  std::vector<LiveHold> holds_;
  std::deque<Announcement> announcements_;
  std::deque<LivePacket> packets_;
  std::vector<Captured> capture_;
};

}  // namespace tunic::script
