// The command line of tunic fixture and its own commands. For command_line.cpp alone.
#pragma once

#include <variant>

#include "fixture_capture.hpp"
#include "fixture_record.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace tunic::command {

/// CLI11 keeps references into it, so it lives as long as the parse.
struct FixtureArguments {
  RecordOptions record;
  InfoOptions info;
  ShrinkOptions shrink;
  ToScriptOptions to_script;
};

using FixtureCommand = std::variant<RecordOptions, InfoOptions, ShrinkOptions, ToScriptOptions>;

void add_fixture(CLI::App& app, FixtureArguments& fixture);
/// What was asked for.
FixtureCommand finished(const CLI::App& app, FixtureArguments fixture);

}  // namespace tunic::command
