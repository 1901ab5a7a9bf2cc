// What comes of one event of a script: nothing, or a sentence about why it is not as written.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include <tunic/time.hpp>

namespace tunic::script {

/// A script and the stack disagree, or the script asks for what cannot be.
struct Mismatch {
  std::string reason;
  std::vector<std::string> details{};
  bool not_understood = false;  ///< no option makes this harmless
};
using Step = std::expected<void, Mismatch>;

inline std::unexpected<Mismatch> mismatch(std::string reason, std::vector<std::string> details = {}) {
  return std::unexpected(Mismatch{.reason = std::move(reason), .details = std::move(details)});
}

/// The instants between which an event is due, and the gap that the script leaves in front of it.
struct Due {
  Instant from;
  Instant to;
  Duration gap{};
  bool any_time = false;
};

inline double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace tunic::script
