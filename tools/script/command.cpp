// Words and pipes, nothing more: no quoting, no variables, no globbing.
#include "script/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tunic::script {

namespace {

using Words = std::vector<std::string_view>;
using Instructions = std::vector<Instruction>;
using Parsed = std::expected<Instructions, std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\\";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The parts between separators, without blanks around them and without empty ones.
Words split(std::string_view text, std::string_view separators) {
  Words parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (const std::string_view part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <typename Number>
std::optional<Number> number_in(std::string_view word) {
  Number value = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || result.ec != std::errc{} || result.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

Parsed not_understood(std::string_view text) {
  return std::unexpected(fmt::format("the command '{}' is not understood, and nothing is given to a shell", text));
}

/// sysctl name=value …; a value may have blanks if it is quoted: name="4096 8192 16384"
Parsed settings(std::string_view text) {
  Instructions instructions;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t equals = text.find('=');
    const std::size_t blank = std::min(text.find_first_of(" \t"), text.size());
    if (text.starts_with('-') && blank < equals) {
      text.remove_prefix(blank);
      continue;
    }
    if (equals == std::string_view::npos) return not_understood(text);
    std::string_view name = trimmed(text.substr(0, equals));
    if (name.starts_with('"') || name.starts_with('\'')) name.remove_prefix(1);
    text = text.substr(equals + 1);
    const bool quoted = text.starts_with('"') || text.starts_with('\'');
    const std::size_t end = quoted ? text.find(text.front(), 1) : text.find_first_of(" \t\"'");
    instructions.emplace_back(
        SetValue{std::string(name), std::string(text.substr(quoted ? 1 : 0, quoted ? end - 1 : end))});
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return instructions;
}

/// set_sysctls.py /proc/sys/net/ipv4/tcp_sack=1 …
Parsed settings_of_paths(const Words& words) {
  constexpr std::string_view kRoot = "/proc/sys/";
  Instructions instructions;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (!words[i].starts_with(kRoot) || equals == std::string_view::npos) return not_understood(words[i]);
    std::string name(words[i].substr(kRoot.size(), equals - kRoot.size()));
    std::ranges::replace(name, '/', '.');
    instructions.emplace_back(SetValue{std::move(name), std::string(words[i].substr(equals + 1))});
  }
  return instructions;
}

/// Attributes of a route that say where it leads, which a stack with one device knows; each takes one word.
constexpr std::array<std::string_view, 9> kWhere{"via",   "dev",    "src",    "proto", "scope",
                                                 "table", "metric", "weight", "type"};

/// ip route change PREFIX {NAME VALUE}
Parsed route_change(std::string_view text, const Words& words) {
  RouteChange change;
  for (std::size_t i = 4; i < words.size(); ++i) {
    const std::string_view name = words[i];
    if (i + 1 < words.size() && words[i + 1] == "lock") ++i;
    if (i + 1 == words.size()) return not_understood(text);
    const auto value = number_in<std::uint32_t>(words[++i]);
    if (std::ranges::find(kWhere, name) != kWhere.end()) continue;
    if (!value || (name != "mtu" && name != "initcwnd")) return not_understood(text);
    (name == "mtu" ? change.mtu : change.initial_window) = value;
  }
  return Instructions{change};
}

struct StateName {
  std::string_view name;
  TcpState state;
};
constexpr std::array<StateName, 11> kStateNames{{{"CLOSED", TcpState::Closed},
                                                 {"LISTEN", TcpState::Listen},
                                                 {"SYN_SENT", TcpState::SynSent},
                                                 {"SYN_RCVD", TcpState::SynReceived},
                                                 {"ESTABLISHED", TcpState::Established},
                                                 {"FIN_WAIT_1", TcpState::FinWait1},
                                                 {"FIN_WAIT_2", TcpState::FinWait2},
                                                 {"CLOSE_WAIT", TcpState::CloseWait},
                                                 {"CLOSING", TcpState::Closing},
                                                 {"LAST_ACK", TcpState::LastAck},
                                                 {"TIME_WAIT", TcpState::TimeWait}}};

/// sockstat … | grep … | grep -c STATE | grep N: the last two are the question.
Parsed count_connections(std::string_view text) {
  const Words stages = split(text, "|");
  if (stages.size() < 3) return not_understood(text);
  CountConnections question;
  const Words list = split(stages.front(), " \t");
  if (const auto flag = std::ranges::find(list, "-p"); flag != list.end() && flag + 1 != list.end()) {
    question.port = number_in<Port>(*(flag + 1));
    if (!question.port) return not_understood(text);
  }
  const Words counted = split(stages[stages.size() - 2], " \t");
  const Words wanted = split(stages.back(), " \t");
  if (counted.size() != 3 || counted[0] != "grep" || counted[1] != "-c" || wanted.size() != 2 || wanted[0] != "grep") {
    return not_understood(text);
  }
  const auto state = std::ranges::find(kStateNames, counted[2], &StateName::name);
  const auto count = number_in<std::uint32_t>(wanted[1]);
  if (state == kStateNames.end() || !count) return not_understood(text);
  question.state = state->state;
  question.count = *count;
  return Instructions{question};
}

/// tcpdrop LOCAL PORT REMOTE PORT, tcpdrop -a, tcpdrop -s STATE
Parsed drop_connections(std::string_view text, const Words& words) {
  if (words.size() == 2 && words[1] == "-a") return Instructions{DropConnections{}};
  if (words.size() == 3 && words[1] == "-s") {
    const auto state = std::ranges::find(kStateNames, words[2], &StateName::name);
    if (state == kStateNames.end()) return not_understood(text);
    return Instructions{DropConnections{.local = {}, .remote = {}, .state = state->state}};
  }
  if (words.size() != 5) return not_understood(text);
  const auto endpoint = [&](std::size_t first) -> std::optional<Endpoint> {
    const auto address = Ipv4Address::parse(words[first]);
    const auto port = number_in<Port>(words[first + 1]);
    if (!address || !port) return std::nullopt;
    return Endpoint{*address, *port};
  };
  const DropConnections drop{.local = endpoint(1), .remote = endpoint(3), .state = {}};
  if (!drop.local || !drop.remote) return not_understood(text);
  return Instructions{drop};
}

Parsed parse_one(std::string_view text) {
  Words words = split(text, " \t");
  const std::string_view program = file_name(words.front());
  if (program == "sysctl") return settings(trimmed(text).substr(words.front().size()));
  if (program == "set_sysctls.py") return settings_of_paths(words);
  if (program == "defaults.sh") return Instructions{LinuxSuiteDefaults{}};
  if (program == "sockstat") return count_connections(text);
  if (program == "tcpdrop") return drop_connections(text, words);
  if (program == "ip" && words.size() > 3 && words[1] == "route") return route_change(text, words);
  // A stack of its own remembers nothing of other runs, and has no queue in front of its device.
  if (program == "ip" && words.size() > 2 && words[1] == "tcp_metrics") return Instructions{DoNothing{}};
  if (program == "tc" && words.size() > 2 && words[1] == "qdisc") return Instructions{DoNothing{}};
  if (program == "sleep" || program == "true" || program == "echo") return Instructions{DoNothing{}};
  return not_understood(text);
}

std::string replaced(std::string_view text, std::string_view sign, char by) {
  std::string result;
  for (std::size_t at = text.find(sign); at != std::string_view::npos; at = text.find(sign)) {
    result.append(text.substr(0, at));
    result.push_back(by);
    text.remove_prefix(at + sign.size());
  }
  return result.append(text);
}

/// Output goes nowhere anyway.
std::string without_redirections(std::string_view text) {
  std::string kept(text);
  for (const std::string_view redirection : {"> /dev/null", ">/dev/null", "2>&1", "&>/dev/null", "|| true"}) {
    kept = replaced(kept, redirection, ' ');
  }
  return replaced(replaced(kept, "&&", ';'), "\\\n", ' ');
}

}  // namespace

std::expected<std::vector<Instruction>, std::string> parse_command(std::string_view text) {
  Instructions all;
  const std::string plain = without_redirections(text);
  for (const std::string_view line : split(plain, ";\n")) {
    auto instructions = parse_one(line);
    if (!instructions) return instructions;
    all.insert(all.end(), instructions->begin(), instructions->end());
  }
  return all;
}

}  // namespace tunic::script
