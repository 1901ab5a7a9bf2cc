// One row per option.
#include "script/script_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tunic::script {

namespace {

/// False: the value is not one that the option can have.
using Reader = bool (*)(ScriptOptions&, std::string_view);

struct Row {
  std::string_view name;
  Reader read;
};

template <typename Number>
bool number(std::string_view text, Number& out, Number most) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size() && out <= most;
}

bool microseconds(std::string_view text, Duration& out) {
  std::uint64_t count = 0;
  if (!number(text, count, std::uint64_t{1} << 40)) return false;
  out = std::chrono::microseconds(count);
  return true;
}

bool address(std::string_view text, Ipv4Address& out) {
  const auto parsed = Ipv4Address::parse(text);
  if (parsed) out = *parsed;
  return parsed.has_value();
}

bool prefix_length(std::string_view mask, Ipv4Prefix& prefix) {
  Ipv4Address parsed;
  if (!address(mask, parsed)) return false;
  const std::uint32_t bits = parsed.value();
  prefix.length = static_cast<std::uint8_t>(std::countl_one(bits));
  return prefix.mask() == bits;
}

bool ignored(ScriptOptions&, std::string_view) {
  return true;
}

bool ip_version(ScriptOptions& options, std::string_view value) {
  if (value != "ipv4") options.unsupported = fmt::format("it needs {}, and this stack has IPv4 alone", value);
  return value == "ipv4" || value == "ipv6" || value == "ipv4-mapped-ipv6";
}

// clang-format off
constexpr Row kRows[] = {
    {"ip_version", ip_version},
    {"local_ip", [](ScriptOptions& o, std::string_view v) { return address(v, o.local.address); }},
    {"netmask_ip", [](ScriptOptions& o, std::string_view v) { return prefix_length(v, o.local); }},
    {"remote_ip", [](ScriptOptions& o, std::string_view v) { return address(v, o.remote); }},
    {"gateway_ip", ignored},
    {"bind_port", [](ScriptOptions& o, std::string_view v) { return number(v, o.bind_port, Port{65535}); }},
    {"connect_port", [](ScriptOptions& o, std::string_view v) { return number(v, o.connect_port, Port{65535}); }},
    {"mtu", [](ScriptOptions& o, std::string_view v) { return number(v, o.mtu, 65535U) && o.mtu >= 576; }},
    {"tolerance_usecs", [](ScriptOptions& o, std::string_view v) { return microseconds(v, o.tolerance); }},
    {"tcp_ts_tick_usecs", [](ScriptOptions& o, std::string_view v) { return microseconds(v, o.ts_tick); }},
    {"tcp_ts_ecr_scaled", [](ScriptOptions& o, std::string_view) { return o.ts_echo_scaled = true; }},
    {"strict_segments", [](ScriptOptions& o, std::string_view) { return o.strict_segments = true; }},
    {"non_fatal", [](ScriptOptions& o, std::string_view v) {
       o.packets_not_fatal = v.contains("packet");
       o.calls_not_fatal = v.contains("syscall");
       return o.packets_not_fatal || o.calls_not_fatal; }},
    {"init_scripts", [](ScriptOptions& o, std::string_view v) { o.init = v; return !v.empty(); }},
    {"udp_encapsulation", [](ScriptOptions& o, std::string_view) {
       o.unsupported = "it needs TCP inside UDP, which this stack does not have";
       return true; }},
    {"speed", ignored},
    {"verbose", ignored},
    {"debug", ignored},
    {"code_command", ignored},
    {"code_format", ignored},
    {"code_sockopt", ignored},
    {"persistent_tun_dev", ignored},
    {"tun_dev", ignored},
};
// clang-format on

}  // namespace

std::expected<ScriptOptions, ScriptError> read_options(const Script& script) {
  ScriptOptions options;
  for (const Option& option : script.options) {
    const auto row = std::ranges::find(kRows, option.name, &Row::name);
    if (row == std::ranges::end(kRows)) {
      return std::unexpected(
          ScriptError{script.file, option.place, fmt::format("there is no option --{}", option.name)});
    }
    if (!row->read(options, option.value)) {
      return std::unexpected(
          ScriptError{script.file, option.place, fmt::format("--{} cannot be '{}'", option.name, option.value)});
    }
  }
  return options;
}

}  // namespace tunic::script
