// The tunic program: one command per run.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "command_line.hpp"
#include "exit_code.hpp"

namespace tunic::command {
namespace {

int run(const ServeOptions& options) {
  return run_serve(options);
}
int run(const GetOptions& options) {
  return run_get(options);
}
int run(const PingOptions& options) {
  return run_ping(options);
}
int run(const NcOptions& options) {
  return run_nc(options);
}
int run(const SsOptions& options) {
  return run_ss(options);
}
int run(const DoctorOptions& options) {
  return run_doctor(options);
}
int run(const DrillOptions& options) {
  return run_drill(options);
}
int run(const BenchOptions& options) {
  return run_bench(options);
}
int run(const RecordOptions& options) {
  return run_fixture_record(options);
}
int run(const InfoOptions& options) {
  return run_fixture_info(options);
}
int run(const ShrinkOptions& options) {
  return run_fixture_shrink(options);
}
int run(const ToScriptOptions& options) {
  return run_fixture_to_script(options);
}
int run(const ReplayCommand& options) {
  return run_replay(options);
}
int run(const DemoOptions& options) {
  return run_demo(options);
}

}  // namespace
}  // namespace tunic::command

int main(int count, char** arguments) try {
  const auto command = tunic::command::parse_command_line(count, arguments);
  if (!command) return command.error();
  return std::visit([](const auto& options) { return tunic::command::run(options); }, *command);
} catch (const std::exception& error) {
  return tunic::command::complain(
      {tunic::command::ExitCode::Environment, {"cannot go on", error.what(), "see tunic doctor"}});
}
