// Runs a packet script (packetdrill's language) against a stack of its own, in virtual time: for tests of other projects.
//
//     TEST(Handshake, IsWhatTheScriptSays) {
//       const auto run = tunic::testing::drill("handshake.pkt");
//       EXPECT_TRUE(run) << run;
//     }
//
// What a script asks for and cannot have fails with a sentence, and is never passed over. No test framework is needed.
// Thread-safety: calls are independent of each other.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tunic/time.hpp>

namespace tunic::testing {

/// As the options of `tunic drill`.
struct DrillSettings {
  /// "linux" or "freebsd"; empty: guessed from the script. Another name fails the script.
  std::string profile{};
  /// Segments must have the sizes that the script says; otherwise consecutive ones may add up to them.
  bool strict = false;
  /// Whether the PSH flag is compared.
  bool psh_counts = true;
  /// How far times may differ; the larger of this and an eighth of the gap counts. nullopt: 4 ms, or what the script says.
  std::optional<Duration> tolerance{};
  /// Made before the script's own: {"net.ipv4.tcp_sack", "0"}.
  std::vector<std::pair<std::string, std::string>> settings{};
  /// Words of the script and what stands for them: {"SIZE", "1000"}.
  std::vector<std::pair<std::string, std::string>> definitions{};
};

struct Drilled {
  enum class Outcome : std::uint8_t {
    Passed,
    Failed,   ///< also: it cannot be read, or not be understood
    Skipped,  ///< it needs what this stack does not have at all, such as IPv6
  };
  Outcome outcome = Outcome::Failed;
  std::string reason;  ///< one line, with file and line; empty if passed
  std::string story;  ///< of a failure: what happened so far, the packet expected and the live one, and why it was sent

  /// A script that is skipped has not passed.
  explicit operator bool() const { return outcome == Outcome::Passed; }
};

/// The story, or the reason where there is none.
std::ostream& operator<<(std::ostream& out, const Drilled& run);

/// `path` is a file of this machine.
Drilled drill(const std::string& path, const DrillSettings& settings = {});
/// `text` is the script itself; `name` stands for its file in messages.
Drilled drill_text(const std::string& name, const std::string& text, const DrillSettings& settings = {});

}  // namespace tunic::testing
