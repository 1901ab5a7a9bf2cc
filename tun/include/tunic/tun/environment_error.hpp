// Errors of the environment, as a person needs them: what failed, why, and one thing that repairs it.
#pragma once

#include <expected>
#include <string>

namespace tunic::tun {

struct EnvironmentError {
  std::string what;  ///< "cannot open /dev/net/tun"
  std::string why;   ///< "the node does not exist"
  std::string fix;   ///< one command, or one sentence

  /// "cannot open /dev/net/tun: the node does not exist\n  Fix: …"
  std::string to_string() const { return what + ": " + why + "\n  Fix: " + fix; }
};

template <typename T>
using EnvironmentResult = std::expected<T, EnvironmentError>;

}  // namespace tunic::tun
