// `tunic ss`: the sockets of the stacks that this user runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tunic::command {

struct SsOptions {
  bool json = false;
  std::optional<int> process;  ///< only this one
};

int run_ss(const SsOptions& options);

/// The document of one stack (report.hpp) as a table for people.
std::string sockets_table(std::string_view document);

}  // namespace tunic::command
