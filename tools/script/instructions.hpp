// Carries out the commands of a script on the stack under test: settings change its configuration, questions are answered.
#pragma once

#include <string_view>

#include "script/bench.hpp"
#include "script/step.hpp"

namespace tunic::script {

/// name=value, as `sysctl -w` or --set gives it.
Step set_value(Bench& bench, std::string_view name, std::string_view value);
/// The text between backticks; see command.hpp for what is understood.
Step carry_out(Bench& bench, std::string_view command);

}  // namespace tunic::script
