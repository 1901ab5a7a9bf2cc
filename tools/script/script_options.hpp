// What the lines in front of a script say: --tolerance_usecs=10000. Only options that mean something here are known.
#pragma once

#include <expected>

#include <tunic/address.hpp>
#include <tunic/time.hpp>

#include "script/script.hpp"

namespace tunic::script {

struct ScriptOptions {
  Ipv4Prefix local{Ipv4Address(192, 168, 0, 1), 16};
  Ipv4Address remote{192, 0, 2, 1};
  Port bind_port = 8080;
  Port connect_port = 8080;
  std::uint32_t mtu = 1500;
  Duration tolerance = std::chrono::milliseconds(4);
  Duration ts_tick{};
  bool ts_echo_scaled = false;
  bool strict_segments = false;
  bool packets_not_fatal = false;
  bool calls_not_fatal = false;
  std::optional<std::string> init;         ///< a command to begin with
  std::optional<std::string> unsupported;  ///< why this script cannot run here
};

std::expected<ScriptOptions, ScriptError> read_options(const Script& script);

}  // namespace tunic::script
