// `tunic serve`: a stack on a TUN device with services on it, for a command's lifetime or until a signal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network.hpp"
#include "services/catalog.hpp"

namespace tunic::command {

enum class LogFormat : std::uint8_t { None, Text, Json };

struct ServeOptions {
  std::vector<services::ServiceRequest> services;
  std::string folder = ".";  ///< of http
  NetworkOptions network;
  LogFormat log = LogFormat::None;
  std::string log_path;              ///< empty: stdout or stderr
  bool log_to_stdout = true;         ///< false: stdout belongs to the command
  std::vector<std::string> command;  ///< empty: until SIGINT or SIGTERM
};

int run_serve(const ServeOptions& options);

}  // namespace tunic::command
