// SIGINT and SIGTERM as a readable descriptor instead of an interruption.
#pragma once

#include <tunic/tun/file_descriptor.hpp>

namespace tunic::command {

/// Blocks both signals, and ignores SIGPIPE (a reader of our output that goes away ends nothing), for the process.
class Termination {
 public:
  Termination();

  int fd() const { return signals_.get(); }
  /// The next signal; 0: none.
  int take() const;

 private:
  tun::FileDescriptor signals_;
};

}  // namespace tunic::command
