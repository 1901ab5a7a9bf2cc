// `tunic nc`: standard input to a peer, what the peer says to standard output, by TCP or UDP.
#pragma once

#include <optional>

#include <tunic/address.hpp>

#include "running_stack.hpp"

namespace tunic::command {

struct NcOptions {
  Endpoint peer;        ///< to listen: only the port counts
  bool listen = false;  ///< for one connection, or for the first who sends a datagram
  bool udp = false;
  std::optional<Duration> idle;  ///< ends when nothing came or went for so long
  StackOptions stack;
};

int run_nc(const NcOptions& options);

}  // namespace tunic::command
