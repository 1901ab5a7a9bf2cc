// Work in a child process: what it changes of the process (namespaces, processor, limits) and all its memory ends with it.
// Linux: fork(2), prctl(2) PR_SET_PDEATHSIG.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include <tunic/tun/file_descriptor.hpp>

namespace tunic::bench {

/// Runs `work` in a child and gives what it returns, or what it threw, or how the child died; it dies after `limit`. To be called
/// while there is one thread.
std::expected<std::string, std::string> in_child(const std::function<std::string()>& work, std::chrono::seconds limit);

/// A child that goes on while its parent works; it dies with its owner and with its parent.
/// Thread-safety: none.
class Companion {
 public:
  /// The child's end of the line to its parent.
  class Line {
   public:
    explicit Line(tun::FileDescriptor fd) : fd_(std::move(fd)) {}
    void tell(std::string_view message) const;
    /// Waits; throws std::runtime_error when the other side has gone.
    std::string hear() const;

   private:
    tun::FileDescriptor fd_;
  };

  /// `work` runs in the child; what it throws is heard by the parent.
  explicit Companion(const std::function<void(const Line&)>& work);
  ~Companion();
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;

  pid_t process() const { return process_; }
  void tell(std::string_view message) const { line_.tell(message); }
  /// Waits for this very message; throws std::runtime_error with any other.
  void await(std::string_view message) const;

 private:
  Line line_;
  pid_t process_ = 0;
};

}  // namespace tunic::bench
