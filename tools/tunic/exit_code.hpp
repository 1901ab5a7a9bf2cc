// How a command ends: its exit code, and the complaint that goes with a failure.
#pragma once

#include <expected>

#include <tunic/tun/environment_error.hpp>

namespace tunic::command {

enum class ExitCode : int {
  Ok = 0,
  Mismatch = 1,     ///< something was compared and differs
  Usage = 2,        ///< the command line asks for what cannot be
  Environment = 3,  ///< the machine lacks something, or refuses it
  Peer = 4,         ///< the other side failed
};

/// What failed, why, one fix, and the exit code that says which kind of failure it is.
struct Failure {
  ExitCode code;
  tun::EnvironmentError error;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

/// Prints the complaint to stderr; gives the exit code.
int complain(const Failure& failure);

inline std::unexpected<Failure> usage_failure(std::string what, std::string why, std::string fix) {
  return std::unexpected(Failure{ExitCode::Usage, {std::move(what), std::move(why), std::move(fix)}});
}
inline std::unexpected<Failure> peer_failure(std::string what, std::string why, std::string fix) {
  return std::unexpected(Failure{ExitCode::Peer, {std::move(what), std::move(why), std::move(fix)}});
}
inline std::unexpected<Failure> environment_failure(tun::EnvironmentError error) {
  return std::unexpected(Failure{ExitCode::Environment, std::move(error)});
}

}  // namespace tunic::command
