// `tunic nc`: standard input to a peer, what the peer says to standard output.
#pragma once

#include <tunic/address.hpp>

#include "running_stack.hpp"

namespace tunic::command {

struct NcOptions {
  Endpoint peer;        ///< to listen: only the port counts
  bool listen = false;  ///< for one connection
  StackOptions stack;
};

int run_nc(const NcOptions& options);

}  // namespace tunic::command
