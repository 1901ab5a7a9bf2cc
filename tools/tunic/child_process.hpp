// The command after `--`: a child process whose end can be waited for with a descriptor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include <tunic/tun/file_descriptor.hpp>

#include "exit_code.hpp"

namespace tunic::command {

/// Thread-safety: none.
class ChildProcess {
 public:
  enum class Streams : std::uint8_t {
    Ours,        ///< its streams are ours
    Background,  ///< no input, all output to stderr, and a process group of its own
  };

  /// Searches PATH. Signals are as they were when this process began; descriptors other than 0, 1 and 2 stay here.
  static Outcome<ChildProcess> start(const std::vector<std::string>& command, Streams streams = Streams::Ours);

  /// Becomes readable when the process has ended.
  int fd() const { return pidfd_.get(); }
  void send_signal(int number) const;
  /// Waits; the exit status, or 128 and the number of the signal that ended it, as shells say it.
  int wait() const;
  /// Of a background process: asks it and its children to end, makes them after a second, and waits.
  void end() const;

 private:
  ChildProcess(pid_t pid, tun::FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  tun::FileDescriptor pidfd_;
};

}  // namespace tunic::command
