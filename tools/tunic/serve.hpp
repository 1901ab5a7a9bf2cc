// `tunic serve`: a stack on a TUN device with services on it, for a command's lifetime or until a signal.
#pragma once

#include <string>
#include <vector>

#include "running_stack.hpp"
#include "services/catalog.hpp"

namespace tunic::command {

struct ServeOptions {
  std::vector<services::ServiceRequest> services;
  std::string folder = ".";  ///< of http
  StackOptions stack;        ///< no command: until SIGINT or SIGTERM
};

int run_serve(const ServeOptions& options);

}  // namespace tunic::command
