// The stack in the place of one recorded host, alone in virtual time: what reached that host arrives at the recorded times,
// its application makes the recorded calls, and all that the stack sends is kept.
//
// What a segment of the peer acknowledges must have been sent: it waits for that as long as times may differ. It must not
// judge what was sent.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tunic/config.hpp>

#include "replay/application.hpp"
#include "replay/mapping.hpp"
#include "replay/recording.hpp"
#include "replay/sidecar.hpp"
#include "script/bench.hpp"
#include "script/recorder.hpp"
#include "text/capture.hpp"

namespace tunic::replay {

/// What is to be replayed, and how.
struct Plan {
  Ipv4Address local;
  Config config{};
  SocketOptionValues options{};
  /// By index of the conversation.
  std::vector<std::vector<RecordedCall>> calls{};
  /// What causes wait this long for the stack; nullopt: as long as times may differ.
  std::optional<Duration> patience{};
  Duration slack = std::chrono::milliseconds(4);
  bool trace = false;
};

/// Times may differ by this: the slack, or an eighth of the time since something last came from outside.
Duration tolerance_of(Duration slack, Duration since_cause);

struct LivePacket {
  Packet packet;
  std::string why;
  std::size_t arrivals = 0;  ///< so many packets of this conversation had reached the stack
};

/// So long as nothing was sent after this, the stack had a reason to wait.
struct LiveWait {
  Duration at;
  std::string why;
};

/// What became of one conversation.
struct LiveFlow {
  std::vector<LivePacket> sent{};
  std::vector<LiveWait> waits{};
  std::uint32_t isn = 0;       ///< the stack's
  std::uint32_t peer_isn = 0;  ///< as recorded, unless the peer lives too
  std::vector<std::byte> received{};
  std::string error{};  ///< the first that a call gave: "read: ECONNRESET"; empty: none did
};

struct LiveRun {
  std::vector<LiveFlow> flows{};                  ///< as Recording::flows
  std::vector<LivePacket> strangers{};            ///< belong to no recorded conversation
  std::vector<std::string> trace{};               ///< all events as lines
  std::vector<std::vector<std::byte>> streams{};  ///< what each application had to send
  std::vector<std::byte> capture{};               ///< everything that passed, as a pcapng file
};

/// What the recorder knows of a run that began at `start`: reasons to wait, and with `trace` everything.
void take_notes(LiveRun& run, const Recording& recording, const script::Recorder& recorder, Instant start, bool trace);

/// The error: a call or an option that cannot be made.
std::expected<LiveRun, std::string> inject(const Recording& recording, const Plan& plan);

}  // namespace tunic::replay
