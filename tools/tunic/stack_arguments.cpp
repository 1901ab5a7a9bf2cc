// See stack_arguments.hpp.
#include "stack_arguments.hpp"

#include <CLI/CLI.hpp>

#include "quantities.hpp"

namespace tunic::command {
namespace {

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

}  // namespace

void add_link_options(CLI::App& command, tun::LinkConditions& link) {
  add_percent(command, "--drop-chance", link.drop, "Lose packets");
  add_percent(command, "--duplicate-chance", link.duplicate, "Deliver packets twice");
  add_percent(command, "--reorder-chance", link.reorder, "Hold packets until 3 later ones have passed, or 5 ms");
  add_percent(command, "--corrupt-chance", link.corrupt, "Change bits of packets");
  const auto add = [&command](const char* name, const char* type, const char* what,
                              const std::function<void(const std::string&)>& take) {
    command.add_option_function<std::string>(name, take, what)->type_name(type)->group("Bad link, in both directions");
  };
  add("--delay", "TIME", "Deliver packets later: 20ms, 1.5s", [&link](const std::string& text) {
    link.delay = checked(parse_duration(text), text, "a time (such as 20ms or 1.5s, at most an hour)");
  });
  add("--rate", "RATE", "Carry no more than this: 10Mbit", [&link](const std::string& text) {
    link.bits_per_second = checked(parse_rate(text), text, "a rate (such as 10Mbit or 64kbit)");
  });
  command.add_option("--size-limit", link.size_limit, "Lose packets longer than this, in octets")
      ->type_name("N")
      ->check(CLI::Range(68U, 65535U))
      ->group("Bad link, in both directions");
  command
      .add_option("--seed", link.seed, "Begin the random numbers of the bad link here: the same seed, the same fates")
      ->type_name("N")
      ->group("Bad link, in both directions");
}

void refuse(const std::string& why) {
  throw CLI::ValidationError(why);
}

std::pair<std::string, std::string> pair_in(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) refuse(fmt::format("'{}' is not name=value", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_stack_options(CLI::App& command, StackArguments& stack) {
  StackOptions& options = stack.options;
  command
      .add_option_function<std::string>(
          "--addr",
          [&options](const std::string& text) {
            const auto address = Ipv4Prefix::parse(text);
            options.network.address = checked(address ? std::optional(*address) : std::nullopt, text,
                                              "an address with a prefix, such as 10.9.0.2/24");
          },
          "The stack's address")
      ->type_name("A/P")
      ->envname("TUNIC_ADDR");
  command
      .add_option("--tun", options.network.existing_tun,
                  "Attach to this device of the current network, and leave its set-up alone")
      ->type_name("NAME")
      ->envname("TUNIC_TUN");
  command
      .add_option_function<std::string>(
          "--offload",
          [&stack](const std::string& text) {
            if (text != "auto" && text != "off") refuse("'" + text + "' is not 'auto' or 'off'");
            stack.offloading = text == "auto" ? tun::Offloading::Auto : tun::Offloading::Off;
          },
          "auto: exchange many segments at once with the kernel, if it can; off: single packets, cut and put together\n"
          "here, or each by itself where --trace or --json shows it (default: auto, but off with these and a bad link)")
      ->type_name("HOW")
      ->envname("TUNIC_OFFLOAD");
  command
      .add_option_function<std::string>(
          "--busy-poll",
          [&options](const std::string& text) {
            options.busy_poll = checked(parse_duration(text), text, "a time (such as 50us, at most an hour)");
          },
          "After a packet look for the next one for so long before sleeping: lower latency for a busy processor")
      ->type_name("TIME");
  command.add_option("--pcap", options.network.pcap_path, "Write the packets to this file, as their senders sent them")
      ->type_name("F");
  command.add_flag("--trace", stack.trace, "Print each event as a line: the segment, and why");
  command.add_flag("--json", stack.json, "Print each event as a JSON object, and a summary at the end");
  command.add_option("--log", options.log_path, "Print them to this file")->type_name("FILE");
  add_link_options(command, options.network.conditions);
}

StackOptions finished(StackArguments stack, std::vector<std::string> after_dashes, bool log_to_stdout) {
  stack.options.log = stack.json ? LogFormat::Json : stack.trace ? LogFormat::Text : LogFormat::None;
  stack.options.log_to_stdout = log_to_stdout;
  const bool logged = stack.options.log != LogFormat::None;
  auto& offloading = stack.options.network.offloading;
  offloading = stack.offloading.value_or(logged ? tun::Offloading::Off : tun::Offloading::Auto);
  if (logged && offloading == tun::Offloading::Off) offloading = tun::Offloading::Single;
  stack.options.command = std::move(after_dashes);
  return std::move(stack.options);
}

}  // namespace tunic::command
