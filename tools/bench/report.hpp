// The results for people (tables) and for programs (JSON).
#pragma once

#include <string>

#include "results.hpp"

namespace tunic::bench {

/// A column for each contestant that has results, three columns of ratios, then the goals. `*`: of disturbed runs alone.
std::string table(const Results& results);

/// What was asked for, so that a document can be read without its command line.
struct Conditions {
  std::string version;
  std::string kernel;
  double seconds = 0;
  unsigned rounds = 0;
  unsigned idle = 0;
  unsigned time_wait = 0;
};

/// One object: conditions, runs, medians, ratios, goals.
std::string document(const Results& results, const Conditions& conditions);

}  // namespace tunic::bench
