// About 200 socket calls with odd arguments, written once; what they answer, one line a call.
#pragma once

#include <string>
#include <vector>

#include "socket_calls.hpp"

namespace tunic::testing {

struct CallLine {
  std::string call;    ///< "bind: address too short"; no two are equal
  std::string result;  ///< "0", "fd", "-1 EINVAL", "4 bytes=1"

  friend bool operator==(const CallLine&, const CallLine&) = default;
};

std::vector<CallLine> run_socket_program(SocketCalls& calls);

}  // namespace tunic::testing
