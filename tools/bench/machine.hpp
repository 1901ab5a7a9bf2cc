// The machine while something is measured: which processors are ours, what a process used of them, and who else used them.
// Linux: proc(5), sched_setaffinity(2), clock_getcpuclockid(3).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "results.hpp"

namespace tunic::bench {

/// The server has one, the client another; the same twice where this process may use only one.
struct Processors {
  int server = 0;
  int client = 0;

  static Processors allowed();
};

/// From now on this thread, and what it starts, runs there alone.
void pin_to(int processor);
/// So many descriptors, or as many as may be; gives how many.
std::size_t allow_descriptors(std::size_t wanted);

/// Octets of memory that a process has in use.
double resident_octets(pid_t process);

/// Observes the machine from its construction to stop().
class Observation {
 public:
  struct Result {
    double seconds = 0;
    double server_cpu = 0;  ///< seconds
    Disturbance disturbance;
  };

  /// `server` 0: there is none but this process. Both count as ours.
  explicit Observation(pid_t server = 0);
  /// Since the construction.
  double elapsed() const;
  Result stop() const;

 private:
  /// Seconds of processor time since the machine started.
  struct Usage {
    double all = 0;
    double steal = 0;
    double foreign = 0;
  };
  Usage usage() const;

  pid_t server_;
  Usage before_;
  double server_before_;
  double began_;
};

/// Seconds of a clock that never goes back.
double seconds_now();

}  // namespace tunic::bench
