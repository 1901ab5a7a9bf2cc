// Runs a script in virtual time against a stack of its own, and says how it went.
//
// The script is the peer and the application of one stack. Nothing waits, nothing depends on the machine: the same script
// gives the same verdict and the same story everywhere. Thread-safety: one runner per thread; they share nothing.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tunic/time.hpp>

#include "script/script.hpp"
#include "script/settings.hpp"
#include "text/capture.hpp"

namespace tunic::script {

struct RunOptions {
  std::optional<Profile> profile;  ///< default: guessed from the script
  bool strict = false;             ///< live segments must have the script's sizes, whatever the dialect
  bool psh_counts = true;
  std::optional<Duration> tolerance;                          ///< default: 4 ms, or what the script says
  std::vector<std::pair<std::string, std::string>> settings;  ///< made before the script's own
  ByteSink capture;                                           ///< takes a pcapng file of all packets, if set
};

enum class Result : std::uint8_t { Passed, Failed, Skipped };

struct Verdict {
  Result result = Result::Passed;
  std::string reason;                  ///< one line; empty if passed
  std::string story;                   ///< of a failure: what happened so far, expected and live
  std::vector<std::string> trace;      ///< all events as lines
  std::vector<std::string> left_over;  ///< packets that nobody expected after the last event
};

Verdict run_script(const Script& script, const RunOptions& options);
/// Parses and runs; a script that cannot be understood has failed.
Verdict run_text(const std::string& file, std::string_view text, const Definitions& definitions,
                 const RunOptions& options);

}  // namespace tunic::script
