// The options that all commands with a stack share: its address and device, capture and log, and the bad link. For
// command_line.cpp alone.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "running_stack.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace tunic::command {

/// CLI11 keeps references into it, so it lives as long as the parse.
struct StackArguments {
  StackOptions options;
  bool trace = false;
  bool json = false;
  std::optional<tun::Offloading> offloading;  ///< empty: off where each segment is printed
};

/// Throws what becomes a complaint about the command line.
[[noreturn]] void refuse(const std::string& why);

/// What an option's text means, or a complaint.
template <typename Value>
Value checked(const std::optional<Value>& value, const std::string& text, const char* expected) {
  if (!value) refuse(fmt::format("'{}' is not {}", text, expected));
  return *value;
}

/// name=value
std::pair<std::string, std::string> pair_in(const std::string& text);

/// The bad link alone: loss, delay, rate, seed.
void add_link_options(CLI::App& command, tun::LinkConditions& link);
void add_stack_options(CLI::App& command, StackArguments& stack);

/// `after_dashes`: the command on the kernel's side. `log_to_stdout`: nobody else writes there.
StackOptions finished(StackArguments stack, std::vector<std::string> after_dashes, bool log_to_stdout);

}  // namespace tunic::command
