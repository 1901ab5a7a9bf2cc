// `tunic ping`: asks a host whether it answers, and tells who said what. RFC 792, RFC 1122 §3.2.2.6.
#pragma once

#include <tunic/echo_socket.hpp>

#include "running_stack.hpp"

namespace tunic::command {

struct PingOptions {
  Ipv4Address host;
  std::uint32_t count = 4;
  std::uint32_t size = 56;  ///< octets of data
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(2);  ///< for the answers, after the last request
  EchoOptions echo;
  StackOptions stack;
};

int run_ping(const PingOptions& options);

}  // namespace tunic::command
