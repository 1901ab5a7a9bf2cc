// Whether the stack did what the recorded host did, at one of three levels; if not, where they part.
//
// Strict and outcome compare what is said, semantic what it means: comparison_strict.cpp, comparison_semantic.cpp,
// comparison_outcome.cpp. Timestamps' values and identifications are the host's own and never compared.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "replay/injection.hpp"
#include "replay/recording.hpp"
#include "replay/sidecar.hpp"

namespace tunic::replay {

struct Divergence {
  std::optional<std::size_t> recorded{};  ///< index into the recorded packets of the host, Conversation::recorded
  std::optional<std::size_t> live{};      ///< index into Conversation::live
  std::string reason{};                   ///< one line
};

/// The two sides of one conversation.
struct Conversation {
  const Recording& recording;
  const Flow& flow;
  Ipv4Address local;
  const LiveFlow& live_flow;
  const std::vector<std::byte>& stream;   ///< what the application sends
  std::vector<const Packet*> recorded{};  ///< sent by the host
  std::vector<const Packet*> arrived{};   ///< reached it
  std::vector<Duration> causes{};         ///< when something came from outside: arrivals and calls, in order
  std::uint32_t recorded_isn = 0, peer_isn = 0;
  std::string recorded_error{};  ///< of the first call that failed: "ECONNRESET"; empty: nobody knows of any
  Duration slack{};

  const std::vector<LivePacket>& live() const { return live_flow.sent; }
  /// How far from `at` the other side's time may be.
  Duration tolerance_at(Duration at) const;
  bool same_time(Duration recorded_at, Duration live_at) const;
  /// Something reached the host at `at` or just before.
  bool is_prompted(Duration at) const;
  /// Why what the stack had to say was still waiting then; empty: it had nothing to say.
  std::string reason_to_wait(Duration at) const;
  std::string notation(const Packet& packet, bool is_live) const;
  std::string show_recorded(std::size_t packet) const;
  std::string show_live(std::size_t packet) const;
};
Conversation conversation(const Recording& recording, const LiveRun& run, const Plan& plan, std::size_t index);

std::optional<Divergence> compare_strictly(const Conversation& both);
std::optional<Divergence> compare_meaning(const Conversation& both);
std::optional<Divergence> compare_outcome(const Conversation& both);
std::optional<Divergence> compare(const Conversation& both, Level level);

// ---- For all levels ----

/// "flags: recorded P., live ." and the like, a line each: all that two packets of one conversation differ in.
std::vector<std::string> differences(const Conversation& both, const Packet& recorded, const Packet& live);
/// Whether the options are the same but for the value of the timestamp.
bool same_options(const Packet& recorded, const Packet& live);
/// The application must be told of the same end: by the recorded error, or by one that the recording explains.
std::optional<Divergence> compare_errors(const Conversation& both);
/// The first octet of data that is not what the application sent; nullopt: all are.
std::optional<Divergence> compare_octets(const Conversation& both);

}  // namespace tunic::replay
