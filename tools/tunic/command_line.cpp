// See command_line.hpp. This file and the *_arguments.cpp see CLI11.
#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <span>

#include <tunic/version.hpp>

#include "bench_arguments.hpp"
#include "exit_code.hpp"
#include "fixture_arguments.hpp"
#include "help_text.hpp"
#include "quantities.hpp"
#include "stack_arguments.hpp"

namespace tunic::command {
namespace {

/// In the list of commands each has one line; a command's own help begins with an example.
class HelpText final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return std::string(help_example(app->get_name())) + "\n\n";
  }
};

/// CLI11 keeps references into these, so they live as long as the parse.
struct ServeArguments {
  ServeOptions options;
  StackArguments stack;
};
struct GetArguments {
  GetOptions options;
  StackArguments stack;
};
struct PingArguments {
  PingOptions options;
  StackArguments stack;
};
struct NcArguments {
  NcOptions options;
  StackArguments stack;
  std::vector<std::string> words;  // HOST PORT, or with -l PORT
};

Port parse_port(const std::string& text) {
  Port port = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || rest != text.data() + text.size() || port == 0)
    refuse(fmt::format("'{}' is no port from 1 to 65535", text));
  return port;
}

/// As in other programs of these names: a number alone is seconds.
Duration parse_seconds(const std::string& text) {
  const bool has_unit = !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0;
  const auto duration = parse_duration(has_unit ? text : text + "s");
  if (duration && *duration >= std::chrono::milliseconds(1)) return *duration;
  refuse(fmt::format("'{}' is no time (such as 0.2 or 200ms, from 1ms to an hour)", text));
}

Ipv4Address parse_host(const std::string& text) {
  const auto address = Ipv4Address::parse(text);
  return checked(address ? std::optional(*address) : std::nullopt, text,
                 "an IPv4 address, and names are not looked up");
}

void add_serve(CLI::App& app, ServeArguments& serve) {
  CLI::App* command = app.add_subcommand("serve", "Run a stack with services on it");
  command->footer(help_footer("serve"));
  ServeOptions& options = serve.options;
  command
      ->add_option_function<std::vector<std::string>>(
          "services",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto service = services::parse_service(text);
              if (!service) refuse(service.error());
              options.services.push_back(*service);
            }
          },
          "echo, discard, daytime, chargen, http or udp-echo, each with a port if it is not the usual one")
      ->type_name("SERVICE[:PORT]")
      ->required();
  command->add_option("--dir", options.folder, "The folder that http serves (default: the current one)")
      ->type_name("D");
  add_stack_options(*command, serve.stack);
}

void add_get(CLI::App& app, GetArguments& get) {
  CLI::App* command = app.add_subcommand("get", "Fetch a document by HTTP through the stack");
  command->footer(help_footer("get"));
  command
      ->add_option_function<std::string>(
          "url",
          [&get](const std::string& text) {
            const auto url = parse_http_url(text);
            if (!url) refuse(fmt::format("cannot use the URL '{}': {}", text, url.error()));
            get.options.url = *url;
          },
          "http://ADDRESS[:PORT]/PATH")
      ->type_name("URL")
      ->required();
  command->add_option("-o,--output", get.options.output, "Write the document to this file")->type_name("FILE");
  add_stack_options(*command, get.stack);
}

void add_ping(CLI::App& app, PingArguments& ping) {
  CLI::App* command = app.add_subcommand("ping", "Ask a host whether it answers");
  command->footer(help_footer("ping"));
  PingOptions& options = ping.options;
  const auto add = [command](const char* name, const char* type, const char* what,
                             const std::function<void(const std::string&)>& take) {
    return command->add_option_function<std::string>(name, take, what)->type_name(type);
  };
  add("host", "HOST", "Whom to ask", [&options](const std::string& text) {
    options.host = parse_host(text);
  })->required();
  command->add_option("-c,--count", options.count, "Ask so often (default: 4)")
      ->type_name("N")
      ->check(CLI::Range(1U, 0xffffffffU));
  add("-i,--interval", "SECONDS", "Wait so long between two requests (default: 1)",
      [&options](const std::string& text) { options.interval = parse_seconds(text); });
  command->add_option("-s,--size", options.size, "Octets of data (default: 56)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{0}, EchoSocket::kMaxSize));
  command->add_option("-t,--ttl", options.echo.ttl, "Time to live of the requests (default: 64)")
      ->type_name("N")
      ->check(CLI::Range(1, 255));
  add("-W,--timeout", "SECONDS", "Wait so long for answers after the last request (default: 2)",
      [&options](const std::string& text) { options.timeout = parse_seconds(text); });
  add("-M", "do|want|dont", "Path MTU: do: never fragment; want: here, if need be (default); dont: routers may too",
      [&options](const std::string& text) {
        options.echo.dont_fragment = text == "do"     ? DontFragment::Always
                                     : text == "dont" ? DontFragment::Never
                                                      : DontFragment::WhereItFits;
      })
      ->check(CLI::IsMember({"do", "want", "dont"}));
  add_stack_options(*command, ping.stack);
}

void add_nc(CLI::App& app, NcArguments& nc) {
  CLI::App* command = app.add_subcommand("nc", "Join standard input and output to a peer of the stack");
  command->footer(help_footer("nc"));
  command->add_option("peer", nc.words, "Where to connect to; with -l, where to listen")
      ->type_name("HOST PORT | -l PORT")
      ->required();
  command->add_flag("-l,--listen", nc.options.listen, "Wait for one connection, or for the first who sends a datagram");
  command->add_flag("-u,--udp", nc.options.udp, "Datagrams instead of a connection");
  command
      ->add_option_function<std::string>(
          "-w", [&nc](const std::string& text) { nc.options.idle = parse_seconds(text); },
          "End when nothing came or went for so long")
      ->type_name("SECONDS");
  add_stack_options(*command, nc.stack);
}

NcOptions finished(NcArguments nc, std::vector<std::string> after_dashes) {
  if (nc.words.size() != (nc.options.listen ? 1U : 2U))
    refuse(nc.options.listen ? "-l wants a port alone" : "it wants a host and a port");
  if (!nc.options.listen) nc.options.peer.address = parse_host(nc.words.front());
  nc.options.peer.port = parse_port(nc.words.back());
  nc.options.stack = finished(std::move(nc.stack), std::move(after_dashes), false);
  return std::move(nc.options);
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

void add_replay(CLI::App& app, ReplayCommand& replay) {
  CLI::App* command = app.add_subcommand("replay", "Play captures to the stack, and compare what it sends");
  command->footer(help_footer("replay"));
  command->add_option("paths", replay.paths, "Captures, and folders of *.pcap and *.pcapng files")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--local", replay.options.local, "Replay this host (default: the sidecar's, or who answers at once)")
      ->type_name("ADDRESS");
  command->add_option("--flow", replay.options.flow, "Read only this conversation of the capture, however large it is")
      ->type_name("A:PORT-B:PORT");
  command
      ->add_option_function<std::string>(
          "--level",
          [&replay](const std::string& text) {
            replay.options.level = checked(replay::level_named(text), text, "a level: strict, semantic or outcome");
          },
          "How much must be the same (default: the sidecar's, or semantic)")
      ->type_name("strict|semantic|outcome");
  command
      ->add_option_function<std::string>(
          "--mode",
          [&replay](const std::string& text) {
            replay.options.mode = text == "inject" ? replay::Mode::Inject : replay::Mode::Converse;
          },
          "inject: the recorded peer's segments arrive (default); converse: a second stack takes the peer's place")
      ->type_name("inject|converse")
      ->check(CLI::IsMember({"inject", "converse"}));
  command
      ->add_option_function<std::string>(
          "--profile",
          [&replay](const std::string& text) {
            const auto profile = script::profile_named(text);
            replay.options.profile = checked(profile, text, "a profile: linux or freebsd");
          },
          "Behave as this system where the RFCs leave it free (default: linux)")
      ->type_name("linux|freebsd");
  command
      ->add_option_function<std::vector<std::string>>(
          "--set",
          [&replay](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) replay.options.settings.push_back(pair_in(text));
          },
          "Make a setting after those of the sidecar: net.ipv4.tcp_sack=0")
      ->type_name("NAME=VALUE");
  command->add_flag("--json", replay.json,
                    "Print a JSON object for each replay: path, local, level, result, reason, ladder");
  command->add_flag("--trace", replay.options.trace, "Print all events of each replay as lines");
  command
      ->add_option(
          "--pcap", replay.pcap,
          "Write what passed, with the stack's reasons, to this file; with several replays, to files in this folder")
      ->type_name("OUT");
  command->add_flag("--update", replay.update,
                    "Write what the stack sends to NAME.golden, to be compared from then on");
}

/// Help and version go to stdout and are no failure.
int say(const CLI::App& app, const CLI::ParseError& error, const std::string& help) {
  if (error.get_exit_code() == 0) return app.exit(error);
  // CLI11 calls a command that it does not know a missing one.
  const bool no_command = app.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const std::string why =
      no_command
          ? "it begins with none of the commands serve, get, ping, nc, ss, drill, replay, fixture, bench, doctor, demo"
          : error.what();
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
  GetArguments get;
  add_get(app, get);
  PingArguments ping;
  add_ping(app, ping);
  NcArguments nc;
  add_nc(app, nc);
  SsOptions ss;
  CLI::App* ss_command = app.add_subcommand("ss", "Show the sockets of running stacks");
  ss_command->add_flag("--json", ss.json, "As JSON: an array with one object per stack");
  ss_command->add_option("--pid", ss.process, "Only the stack of this process")->type_name("P");
  DoctorOptions doctor;
  app.add_subcommand("doctor", "Check what Tunic needs of this machine")->add_flag("--json", doctor.json, "As JSON");
  DrillOptions drill{.definitions = {{"STANDARD", ""}}};
  add_drill(app, drill);
  BenchArguments bench;
  add_bench(app, bench);
  FixtureArguments fixture;
  add_fixture(app, fixture);
  ReplayCommand replay;
  add_replay(app, replay);
  DemoOptions demo;
  app.add_subcommand("demo", "Show a first conversation, every segment beside its reason")
      ->add_flag("--in-memory", demo.in_memory, "Between two stacks, without the kernel");

  try {
    app.parse(static_cast<int>(dashes - all.begin()), arguments);
    if (dashes != all.end() && after_dashes.empty()) refuse("there is no command after --");
    if (app.got_subcommand("serve")) {
      serve.options.stack = finished(std::move(serve.stack), after_dashes, after_dashes.empty());
      return std::move(serve.options);
    }
    if (app.got_subcommand("get")) {
      get.options.stack = finished(std::move(get.stack), after_dashes, false);
      return std::move(get.options);
    }
    if (app.got_subcommand("ping")) {
      ping.options.stack = finished(std::move(ping.stack), after_dashes, false);
      return std::move(ping.options);
    }
    if (app.got_subcommand("nc")) return finished(std::move(nc), after_dashes);
    if (dashes != all.end()) refuse("only serve, get, ping and nc take a command after --");
    if (app.got_subcommand("bench")) return finished(std::move(bench));
  } catch (const CLI::ParseError& error) {
    std::string chosen = "tunic ";
    for (auto below = app.get_subcommands(); !below.empty(); below = below.front()->get_subcommands())
      chosen += below.front()->get_name() + " ";
    return std::unexpected(say(app, error, chosen + "--help"));
  }
  if (app.got_subcommand("ss")) return ss;
  if (app.got_subcommand("drill")) return drill;
  if (app.got_subcommand("fixture")) {
    return std::visit([](auto&& options) { return Command(std::forward<decltype(options)>(options)); },
                      finished(app, std::move(fixture)));
  }
  if (app.got_subcommand("replay")) return replay;
  if (app.got_subcommand("doctor")) return doctor;
  return demo;
}

}  // namespace tunic::command
