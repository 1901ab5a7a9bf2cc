// From the command line to the options of one command. Knows every option and does nothing.
#pragma once

#include <expected>
#include <variant>

#include "bench.hpp"
#include "demo.hpp"
#include "doctor.hpp"
#include "drill.hpp"
#include "fixture_capture.hpp"
#include "fixture_record.hpp"
#include "get.hpp"
#include "nc.hpp"
#include "ping.hpp"
#include "replay.hpp"
#include "serve.hpp"
#include "ss.hpp"

namespace tunic::command {

using Command =
    std::variant<ServeOptions, GetOptions, PingOptions, NcOptions, SsOptions, DoctorOptions, DemoOptions, DrillOptions,
                 BenchOptions, ReplayCommand, RecordOptions, InfoOptions, ShrinkOptions, ToScriptOptions>;

/// Otherwise everything is said (help, version, or a complaint on stderr), and this is the exit code.
std::expected<Command, int> parse_command_line(int count, const char* const* arguments);

}  // namespace tunic::command
