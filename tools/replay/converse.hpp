// Two instances of the stack in the places of both recorded hosts, on a link as long as the recorded one and without its
// losses: the applications make the calls that were recorded or inferred, each at its time.
//
// What the segments are is then theirs: only the outcome can be compared. It must not judge.
#pragma once

#include <expected>
#include <string>

#include "replay/injection.hpp"
#include "replay/recording.hpp"

namespace tunic::replay {

/// The error: there are more hosts than two, or a call cannot be made.
std::expected<LiveRun, std::string> converse(const Recording& recording, const Plan& plan);

}  // namespace tunic::replay
