// tunic replay: plays captures to the stack, in the place of a recorded host, and tells whether it did the same.
#pragma once

#include <string>
#include <vector>

#include "replay/replay.hpp"

namespace tunic::command {

struct ReplayCommand {
  std::vector<std::string> paths;
  replay::ReplayOptions options;
  bool json = false;
  bool update = false;  ///< write the goldens instead of comparing with them
  std::string pcap;     ///< a file for one replay, a folder for several; empty: none
};

int run_replay(const ReplayCommand& command);

}  // namespace tunic::command
