// The program: its parts in their order. Each has a file.
#include "socket_program.hpp"

#include "program_part.hpp"

namespace tunic::testing {

std::vector<CallLine> run_socket_program(SocketCalls& calls) {
  std::vector<CallLine> lines;
  for (const auto run : {run_opening, run_streams, run_options, run_readiness, run_urgent, run_datagrams})
    run(calls, lines);
  return lines;
}

}  // namespace tunic::testing
