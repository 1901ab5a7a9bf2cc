// A capture replayed: the door to this room. Reads the capture and its sidecar, decides who is replayed and how, does it, and
// compares.
//
// What is not said is inferred: the host from who answers at once, calls and settings from what the host sent. A recording of
// Linux is the usual case, so settings begin with what that system has where it differs from this stack's own profile.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "replay/sidecar.hpp"
#include "script/settings.hpp"

namespace tunic::replay {

enum class Mode : std::uint8_t {
  Inject,    ///< the recorded peer's segments reach the stack
  Converse,  ///< a second stack takes the peer's place; only the outcome is compared
};

struct ReplayOptions {
  Mode mode = Mode::Inject;
  std::optional<Level> level{};  ///< instead of the sidecar's
  std::string local{};           ///< the host that is replayed
  std::string flow{};            ///< the only conversation that is read of the capture; empty: all
  script::Profile profile = script::Profile::Linux;
  Names settings{};    ///< made after all others: {"net.ipv4.tcp_sack", "0"}
  bool trace = false;  ///< keep events and packets
};

/// One host of one capture, replayed.
struct Verdict {
  std::string local;
  Level level = Level::Semantic;
  bool passed = false;
  std::string reason{};              ///< one line: where the two part
  std::string ladder{};              ///< the conversation up to there
  std::vector<std::string> notes{};  ///< calls that were inferred, frames that were left out
  std::vector<std::string> trace{};
  std::vector<std::byte> capture{};  ///< pcapng
  std::string golden{};              ///< all that the stack sent, with the names of its reasons
};

/// Why nothing could be replayed.
struct Refusal {
  std::string reason;
  bool usage = false;  ///< other options would help
};

/// What a golden of all these holds.
std::string golden_of(const std::vector<Verdict>& verdicts);

std::expected<std::vector<Verdict>, Refusal> replay_capture(const std::string& path, const ReplayOptions& options);

}  // namespace tunic::replay
