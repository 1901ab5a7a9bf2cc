// Whether a script uses only words that mean something here, before any of it runs: calls, constants, errors, commands,
// settings. A word that nobody knows has a place, and one sentence.
#pragma once

#include <optional>

#include "script/script.hpp"

namespace tunic::script {

std::optional<ScriptError> unknown_word(const Script& script);

}  // namespace tunic::script
