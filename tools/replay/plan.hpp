// From a recording, a line of its sidecar and what the user says to a plan: settings and calls, inferred where nobody gives them.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "replay/injection.hpp"
#include "replay/recording.hpp"
#include "replay/replay.hpp"
#include "replay/sidecar.hpp"

namespace tunic::replay {

/// The entries to be replayed: the sidecar's, or one that is inferred. The error lists the candidates.
std::expected<std::vector<ReplayEntry>, std::string> entries_for(const Recording& recording,
                                                                 const std::optional<Sidecar>& sidecar,
                                                                 const ReplayOptions& options);

/// What is asked for, else what the sidecar says; of two stacks that converse only the outcome.
Level level_of(const ReplayEntry& entry, const ReplayOptions& options);

struct PlannedReplay {
  Plan plan;
  std::vector<std::string> notes;  ///< what was inferred
};
std::expected<PlannedReplay, std::string> plan_for(const Recording& recording, const ReplayEntry& entry,
                                                   const ReplayOptions& options);

}  // namespace tunic::replay
