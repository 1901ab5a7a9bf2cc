// tunic drill: runs packet scripts against the stack, and tells how each went.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exit_code.hpp"
#include "script/runner.hpp"

namespace tunic::command {

struct DrillOptions {
  std::vector<std::string> paths;  ///< scripts, and folders of them
  script::RunOptions run;
  script::Definitions definitions;
  bool json = false;
  bool trace = false;
  std::string junit;  ///< a file to write; empty: none
  std::string pcap;   ///< a file for one script, a folder for several; empty: none
  unsigned jobs = 1;
};

int run_drill(const DrillOptions& options);

/// A script with its outcome.
struct DrillResult {
  std::string path;
  script::Verdict verdict;
};

/// "N passed, N failed, N skipped"
std::string drill_total(const std::vector<DrillResult>& results);
/// What JUnit's readers take: one test suite with a test case for each script.
std::string drill_junit(const std::vector<DrillResult>& results);

}  // namespace tunic::command
