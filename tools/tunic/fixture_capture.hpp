// tunic fixture info, shrink and to-script: what can be done with a capture that is there.
#pragma once

#include <string>
#include <vector>

#include "exit_code.hpp"
#include "replay/replay.hpp"

namespace tunic::command {

struct InfoOptions {
  std::vector<std::string> paths;
  std::string flow;  ///< the only conversation that is read; empty: all
};

struct ShrinkOptions {
  std::string path;
  std::string output;  ///< empty: NAME-small.pcap
  replay::ReplayOptions replay;
};

struct ToScriptOptions {
  std::string path;
  std::string output;  ///< empty: stdout
  std::string local;   ///< the host whose place the stack takes; empty: the sidecar's, or inferred
  std::string flow;    ///< the only conversation that is read; empty: all
};

int run_fixture_info(const InfoOptions& options);
int run_fixture_shrink(const ShrinkOptions& options);
int run_fixture_to_script(const ToScriptOptions& options);

}  // namespace tunic::command
