// The one file that sees CLI11. See command_line.hpp.
#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <span>

#include <tunic/version.hpp>

#include "exit_code.hpp"
#include "quantities.hpp"

namespace tunic::command {
namespace {

constexpr const char* kExample = R"(Example: tunic serve http --dir . -- curl -sS http://10.9.0.2/

Tunic is a TCP/IP stack in user space over a Linux TUN device. It says why it sends what it sends.)";

constexpr const char* kServeExample =
    R"(Example: tunic serve http echo:7777 --dir . --trace -- curl -sS http://10.9.0.2/

Runs a stack with services on a TUN device in a private network of its own. With a command after --, the command runs on
the kernel's side of that network as soon as the services listen, and serve ends with it and returns its exit status.
Without one, serve runs until SIGINT or SIGTERM.)";

constexpr const char* kServeFooter = R"(Services (TCP): echo 7, discard 9, daytime 13, chargen 19, http 80.
The stack is 10.9.0.2/24 unless --addr says otherwise; the kernel takes the first other host address (10.9.0.1).
With --json the last line sums up: connections open, TIME-WAIT, bytes queued, packets, drops by reason. Events go to stdout;
with a command, whose stdout is its own, to stderr; with --log FILE to that file.
Exit codes: the command's own; 0 ended by a signal; 2 wrong use; 3 the environment lacks something.)";

constexpr const char* kSsExample = R"(Example: tunic ss

Shows the sockets of the stacks that you run with tunic serve: state, queues, congestion window, round-trip time,
retransmission timeout, octets in flight, and what was dropped and why.)";

constexpr const char* kDoctorExample = R"(Example: tunic doctor

Checks what Tunic needs of this machine: kernel, TUN node, private networks, programs. Each check that fails has its fix.
Exit codes: 0 all is well, 3 something is missing.)";

constexpr const char* kDemoExample = R"(Example: tunic demo

Shows a first conversation, every segment beside its reason: the kernel's ping and curl talk to the stack over a TUN device
in a private network. With --in-memory two stacks talk to each other instead, which needs nothing of the machine.
Exit codes: 0 done, 3 the environment lacks something, 4 ping or curl failed.)";

constexpr const char* kDrillExample = R"(Example: tunic drill tests/script

Runs packet scripts (packetdrill's language) against a stack of their own, in virtual time: no TUN device, no privileges, no
waiting. Folders are searched for *.pkt. A script that fails tells its story: the lines so far, the expected segment, the
live one, and why the stack sent that. The last line of the output sums up.
Exit codes: 0 all passed, 1 a script failed, 2 wrong use, 3 the environment lacks something.)";

/// In the list of commands each has one line; a command's own help begins with an example.
class HelpText final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    const std::string& command = app->get_name();
    const char* text = command == "serve"    ? kServeExample
                       : command == "ss"     ? kSsExample
                       : command == "doctor" ? kDoctorExample
                       : command == "demo"   ? kDemoExample
                       : command == "drill"  ? kDrillExample
                                             : kExample;
    return std::string(text) + "\n\n";
  }
};

/// What an option's text means, or an exception that becomes a complaint.
template <typename Value>
Value checked(const std::optional<Value>& value, const std::string& text, const char* expected) {
  if (!value) throw CLI::ValidationError(fmt::format("'{}' is not {}", text, expected));
  return *value;
}

void add_percent(CLI::App& app, const char* name, std::uint32_t& parts, const char* what) {
  app.add_option_function<std::string>(
         name,
         [&parts](const std::string& text) {
           parts = checked(parse_percent(text), text, "a percentage (0 to 100, such as 2.5)");
         },
         what)
      ->type_name("PERCENT")
      ->group("Bad link, in both directions");
}

void add_link_options(CLI::App& app, tun::LinkConditions& link) {
  add_percent(app, "--drop-chance", link.drop, "Lose packets");
  add_percent(app, "--duplicate-chance", link.duplicate, "Deliver packets twice");
  add_percent(app, "--reorder-chance", link.reorder, "Hold packets until 3 later ones have passed, or 5 ms");
  add_percent(app, "--corrupt-chance", link.corrupt, "Change bits of packets");
  const auto add = [&app](const char* name, const char* type, const char* what,
                          const std::function<void(const std::string&)>& take) {
    app.add_option_function<std::string>(name, take, what)->type_name(type)->group("Bad link, in both directions");
  };
  add("--delay", "TIME", "Deliver packets later: 20ms, 1.5s", [&link](const std::string& text) {
    link.delay = checked(parse_duration(text), text, "a time (such as 20ms or 1.5s, at most an hour)");
  });
  add("--rate", "RATE", "Carry no more than this: 10Mbit", [&link](const std::string& text) {
    link.bits_per_second = checked(parse_rate(text), text, "a rate (such as 10Mbit or 64kbit)");
  });
  app.add_option("--size-limit", link.size_limit, "Lose packets longer than this, in octets")
      ->type_name("N")
      ->check(CLI::Range(68U, 65535U))
      ->group("Bad link, in both directions");
  app.add_option("--seed", link.seed, "Begin the random numbers of the bad link here: the same seed, the same fates")
      ->type_name("N")
      ->group("Bad link, in both directions");
}

/// CLI11 keeps references to `options` and `wants_*`, so they live as long as the parse.
struct ServeArguments {
  ServeOptions options;
  bool trace = false;
  bool json = false;
};

void add_serve(CLI::App& app, ServeArguments& serve) {
  CLI::App* command = app.add_subcommand("serve", "Run a stack with services on it");
  command->footer(kServeFooter);
  ServeOptions& options = serve.options;
  command
      ->add_option_function<std::vector<std::string>>(
          "services",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto service = services::parse_service(text);
              if (!service) throw CLI::ValidationError(service.error());
              options.services.push_back(*service);
            }
          },
          "echo, discard, daytime, chargen or http, each with a port if it is not the usual one")
      ->type_name("SERVICE[:PORT]")
      ->required();
  command->add_option("--dir", options.folder, "The folder that http serves (default: the current one)")
      ->type_name("D");
  command
      ->add_option_function<std::string>(
          "--addr",
          [&options](const std::string& text) {
            const auto address = Ipv4Prefix::parse(text);
            options.network.address = checked(address ? std::optional(*address) : std::nullopt, text,
                                              "an address with a prefix, such as 10.9.0.2/24");
          },
          "The stack's address")
      ->type_name("A/P");
  command
      ->add_option("--tun", options.network.existing_tun,
                   "Attach to this device of the current network, and leave its set-up alone")
      ->type_name("NAME");
  command->add_option("--pcap", options.network.pcap_path, "Write the packets to this file, as their senders sent them")
      ->type_name("F");
  command->add_flag("--trace", serve.trace, "Print each event as a line: the segment, and why");
  command->add_flag("--json", serve.json, "Print each event as a JSON object, and a summary at the end");
  command->add_option("--log", options.log_path, "Print them to this file")->type_name("FILE");
  add_link_options(*command, options.network.conditions);
}

ServeOptions finished(ServeArguments serve, std::vector<std::string> after_dashes) {
  serve.options.log = serve.json ? LogFormat::Json : serve.trace ? LogFormat::Text : LogFormat::None;
  serve.options.log_to_stdout = after_dashes.empty();
  serve.options.command = std::move(after_dashes);
  return std::move(serve.options);
}

/// name=value
std::pair<std::string, std::string> pair_in(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw CLI::ValidationError(fmt::format("'{}' is not name=value", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_drill(CLI::App& app, DrillOptions& drill) {
  CLI::App* command = app.add_subcommand("drill", "Run packet scripts against the stack, in virtual time");
  command->add_option("paths", drill.paths, "Scripts, and folders of *.pkt files")->type_name("PATH")->required();
  command
      ->add_option_function<std::string>(
          "--profile",
          [&drill](const std::string& text) {
            drill.run.profile = checked(script::profile_named(text), text, "a profile: linux or freebsd");
          },
          "Behave as this system where the RFCs leave it free (default: guessed from the script)")
      ->type_name("linux|freebsd");
  command->add_flag("--strict", drill.run.strict, "Segments must have the sizes that the script says");
  command
      ->add_option_function<std::string>(
          "--psh", [&drill](const std::string& text) { drill.run.psh_counts = text != "lenient"; },
          "lenient: do not compare the PSH flag")
      ->type_name("strict|lenient")
      ->check(CLI::IsMember({"strict", "lenient"}));
  command
      ->add_option_function<std::string>(
          "--tolerance",
          [&drill](const std::string& text) {
            drill.run.tolerance = checked(parse_duration(text), text, "a time (such as 4ms or 1s, at most an hour)");
          },
          "Times may differ by this, or an eighth of the gap (default: the script's, or 4ms)")
      ->type_name("TIME");
  command
      ->add_option_function<std::vector<std::string>>(
          "--set",
          [&drill](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) drill.run.settings.push_back(pair_in(text));
          },
          "Make a setting before the script's own: net.ipv4.tcp_sack=0")
      ->type_name("NAME=VALUE");
  command
      ->add_option_function<std::vector<std::string>>(
          "-D",
          [&drill](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) drill.definitions.push_back(pair_in(text));
          },
          "Put a value in place of a word of the scripts")
      ->type_name("WORD=VALUE");
  command->add_option("-j,--jobs", drill.jobs, "Run so many scripts at once")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  command->add_flag("--json", drill.json, "Print a JSON object for each script: path, result, reason");
  command->add_flag("--trace", drill.trace, "Print all events of each script as lines");
  command->add_option("--junit", drill.junit, "Write the results to this file, for JUnit's readers")->type_name("FILE");
  command
      ->add_option("--pcap", drill.pcap,
                   "Write the packets to this file; with several scripts, to files in this folder")
      ->type_name("OUT");
}

/// Help and version go to stdout and are no failure.
int say(const CLI::App& app, const CLI::ParseError& error, const std::string& help) {
  if (error.get_exit_code() == 0) return app.exit(error);
  // CLI11 calls a command that it does not know a missing one.
  const bool no_command = app.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const std::string why =
      no_command ? "it begins with none of the commands serve, ss, drill, doctor, demo" : error.what();
  return complain({ExitCode::Usage, {"cannot understand the command line", why, "see " + help}});
}

}  // namespace

std::expected<Command, int> parse_command_line(int count, const char* const* arguments) {
  const std::span all(arguments, static_cast<std::size_t>(count));
  const auto dashes =
      std::ranges::find(all, std::string_view("--"), [](const char* text) { return std::string_view(text); });
  const std::vector<std::string> after_dashes(dashes == all.end() ? dashes : dashes + 1, all.end());

  CLI::App app;
  app.name("tunic");
  app.formatter(std::make_shared<HelpText>());
  app.set_version_flag("--version", TUNIC_VERSION);
  app.require_subcommand(1);
  ServeArguments serve;
  add_serve(app, serve);
  SsOptions ss;
  CLI::App* ss_command = app.add_subcommand("ss", "Show the sockets of running stacks");
  ss_command->add_flag("--json", ss.json, "As JSON: an array with one object per stack");
  ss_command->add_option("--pid", ss.process, "Only the stack of this process")->type_name("P");
  DoctorOptions doctor;
  app.add_subcommand("doctor", "Check what Tunic needs of this machine")->add_flag("--json", doctor.json, "As JSON");
  DrillOptions drill{.definitions = {{"STANDARD", ""}}};
  add_drill(app, drill);
  DemoOptions demo;
  app.add_subcommand("demo", "Show a first conversation, every segment beside its reason")
      ->add_flag("--in-memory", demo.in_memory, "Between two stacks, without the kernel");

  try {
    app.parse(static_cast<int>(dashes - all.begin()), arguments);
    if (dashes != all.end() && after_dashes.empty()) throw CLI::ValidationError("there is no command after --");
    if (dashes != all.end() && !app.got_subcommand("serve"))
      throw CLI::ValidationError("only serve takes a command after --");
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    return std::unexpected(
        say(app, error, "tunic " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help"));
  }
  if (app.got_subcommand("serve")) return finished(std::move(serve), after_dashes);
  if (app.got_subcommand("ss")) return ss;
  if (app.got_subcommand("drill")) return drill;
  if (app.got_subcommand("doctor")) return doctor;
  return demo;
}

}  // namespace tunic::command
