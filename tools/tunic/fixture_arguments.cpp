// See fixture_arguments.hpp.
#include "fixture_arguments.hpp"

#include <CLI/CLI.hpp>

#include "help_text.hpp"
#include "quantities.hpp"
#include "stack_arguments.hpp"

namespace tunic::command {
namespace {

/// `text` is one of the names, and its place among them that of the value.
template <typename Value>
CLI::Option* add_choice(CLI::App& command, const char* option, Value& value, const std::vector<std::string>& names,
                        const std::vector<Value>& values, const char* what) {
  return command
      .add_option_function<std::string>(
          option,
          [&value, names, values](const std::string& text) {
            value = values[static_cast<std::size_t>(std::ranges::find(names, text) - names.begin())];
          },
          what)
      ->type_name(CLI::detail::join(names, "|"))
      ->check(CLI::IsMember(names));
}

void add_time(CLI::App& command, const char* option, Duration& time, const char* what) {
  command
      .add_option_function<std::string>(
          option,
          [&time](const std::string& text) {
            time = checked(parse_duration(text), text, "a time (such as 500ms or 5s, at most an hour)");
          },
          what)
      ->type_name("TIME");
}

void add_what_is_recorded(CLI::App& command, RecordOptions& options) {
  fixture::RecordingFacts& facts = options.facts;
  command.add_option("output", options.output, "The capture; its sidecar NAME.json comes beside it")
      ->type_name("NAME.pcap")
      ->required();
  command.add_option("--client", facts.client_command, "The shell's command on 10.9.0.1; the recording ends with it")
      ->type_name("COMMAND")
      ->required();
  command.add_option("--server", facts.server_command, "The shell's command on 10.9.0.2, started before")
      ->type_name("COMMAND");
  using replay::HostStack;
  const std::vector<std::string> stacks{"kernel", "tunic"};
  const std::vector kinds{HostStack::Kernel, HostStack::Tunic};
  add_choice(command, "--client-stack", options.client_stack, stacks, kinds,
             "Whose TCP/IP the client has (default: kernel)");
  add_choice(command, "--server-stack", options.server_stack, stacks, kinds,
             "Whose TCP/IP the server has (default: kernel)");
  add_choice(command, "--beside", options.beside, {"client", "server", "both"},
             std::vector{Beside::Client, Beside::Server, Beside::Both},
             "Whose capture it is: the host that a replay replaces (default: server)");
  command
      .add_option_function<std::vector<std::string>>(
          "--sysctl",
          [&facts](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) facts.sysctls.push_back(pair_in(text));
          },
          "A setting of the kernels, such as net.ipv4.tcp_sack=0")
      ->type_name("NAME=VALUE");
  command.add_option("--congestion", facts.congestion_control, "Their congestion control (default: cubic)")
      ->type_name("NAME");
  add_time(command, "--settle", options.settle, "End after so long a silence behind the client's end (default: 500ms)");
  add_time(command, "--limit", options.limit, "Give up after this (default: 60s)");
  add_time(command, "--punctual", options.punctual,
           "Refuse a recording in which a busy machine woke us later than this");
  command.add_option("--snap", options.snap_length, "Keep so many octets of each packet")
      ->type_name("N")
      ->check(CLI::Range(68U, kSnapLength));
  command.add_flag_callback(
      "--no-calls", [&options] { options.trace_calls = false; },
      "Do not trace the programs: a replay infers their calls");
}

void add_record(CLI::App& app, RecordOptions& options) {
  CLI::App* command = app.add_subcommand("record", "Record two programs that talk to each other");
  command->footer(help_footer("record"));
  fixture::RecordingFacts& facts = options.facts;
  facts.congestion_control = "cubic";
  add_what_is_recorded(*command, options);
  command
      ->add_option("--do", facts.impairments,
                   "What happens to which segment, such as 'drop 2nd data segment of the server'")
      ->type_name("RULE")
      ->group("Bad link, in both directions");
  command
      ->add_option("--mtu", facts.path.mtu, "Tell the sender of longer packets that must not be cut (ICMP), in octets")
      ->type_name("N")
      ->check(CLI::Range(68U, 65535U))
      ->group("Bad link, in both directions");
  add_link_options(*command, facts.path.link);
  const char* sidecar = "What the sidecar says";
  command->add_option("--shows", facts.shows, "One sentence: what the capture shows")
      ->type_name("TEXT")
      ->group(sidecar);
  command->add_option("--recipe", facts.recipe, "Its name in the script that records it again")
      ->type_name("NAME")
      ->group(sidecar);
  using replay::Level;
  add_choice(*command, "--level", facts.level, {"strict", "semantic", "outcome"},
             std::vector{Level::Strict, Level::Semantic, Level::Outcome},
             "How much must be as recorded (default: semantic)")
      ->group(sidecar);
  command->add_option("--reason", facts.reason, "Why the level is not higher")->type_name("TEXT")->group(sidecar);
}

void add_flow(CLI::App& command, std::string& flow) {
  command.add_option("--flow", flow, "Read only this conversation of the capture, however large it is")
      ->type_name("A:PORT-B:PORT");
}

void add_info(CLI::App& app, InfoOptions& options) {
  CLI::App* command = app.add_subcommand("info", "Tell what a capture shows, on one screen");
  command->add_option("captures", options.paths, "pcap and pcapng files")->type_name("FILE")->required();
  add_flow(*command, options.flow);
}

void add_shrink(CLI::App& app, ShrinkOptions& options) {
  CLI::App* command = app.add_subcommand("shrink", "Leave out of a failing capture what does not matter");
  command->add_option("capture", options.path, "It does not replay as it was recorded")->type_name("FILE")->required();
  command->add_option("-o,--output", options.output, "Write what is left to this file (default: NAME-small.pcap)")
      ->type_name("FILE");
  command->add_option("--local", options.replay.local, "The host that is replayed")->type_name("ADDRESS");
  command
      ->add_option_function<std::string>(
          "--level", [&options](const std::string& text) { options.replay.level = replay::level_named(text); },
          "How much must be as recorded (default: the sidecar's, or semantic)")
      ->type_name("strict|semantic|outcome")
      ->check(CLI::IsMember({"strict", "semantic", "outcome"}));
}

void add_to_script(CLI::App& app, ToScriptOptions& options) {
  CLI::App* command = app.add_subcommand("to-script", "Turn a capture into a packet script for tunic drill");
  command->add_option("capture", options.path, "One connection of TCP")->type_name("FILE")->required();
  command->add_option("-o,--output", options.output, "Write the script to this file")->type_name("FILE");
  command->add_option("--local", options.local, "The host whose place the stack takes")->type_name("ADDRESS");
  add_flow(*command, options.flow);
}

}  // namespace

void add_fixture(CLI::App& app, FixtureArguments& fixture) {
  CLI::App* command = app.add_subcommand("fixture", "Make captures that serve as tests");
  command->require_subcommand(1);
  command->footer(help_footer("fixture"));
  add_record(*command, fixture.record);
  add_info(*command, fixture.info);
  add_shrink(*command, fixture.shrink);
  add_to_script(*command, fixture.to_script);
}

FixtureCommand finished(const CLI::App& app, FixtureArguments fixture) {
  const CLI::App& chosen = *app.get_subcommand("fixture");
  if (chosen.got_subcommand("info")) return std::move(fixture.info);
  if (chosen.got_subcommand("shrink")) return std::move(fixture.shrink);
  if (chosen.got_subcommand("to-script")) return std::move(fixture.to_script);
  return std::move(fixture.record);
}

}  // namespace tunic::command
