// What --help says around the options of a command: an example and what the command does, and below them the rest.
#pragma once

#include <string_view>

namespace tunic::command {

/// Begins with an example. Of `tunic` itself if there is no such command.
const char* help_example(std::string_view command);
/// Exit codes, defaults; empty: nothing more to say.
const char* help_footer(std::string_view command);

}  // namespace tunic::command
