// The calls of a script on the socket table: what is written becomes arguments, what comes back is compared.
//
// Descriptors are the script's: the number that socket() is written to give is the one it is known by from then on. A call
// is an attempt that may be repeated until it is done, because the table never waits; who repeats it owns time.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tunic/socket_table.hpp>

#include "script/script.hpp"

namespace tunic::script {

struct CallOutcome {
  std::int64_t result = 0;  ///< as POSIX gives it: -1 with an error
  std::optional<posix::Errno> error;
  std::vector<std::string> differences;  ///< in what came back through arguments
  std::optional<int> opened;             ///< a descriptor of the table that the script has not named yet
};

/// One attempt; nullopt: it would have to wait. `expired`: the caller's time is up, so it must end now.
using Attempt = std::function<std::optional<CallOutcome>(bool expired)>;

struct PreparedCall {
  Attempt attempt;
  std::vector<int> watched;          ///< descriptors of the table whose readiness may end the wait
  std::optional<Duration> patience;  ///< poll and epoll_wait: their timeout
};

/// Why a call cannot be made whatever its arguments are: it is unknown, or takes another number of them. A sentence.
std::optional<std::string> call_objection(const Call& call);

class Calls {
 public:
  /// Addresses that '...' stands for.
  struct Addresses {
    Endpoint bind;
    Endpoint connect;
  };

  Calls(SocketTable& table, Addresses addresses) : table_(table), addresses_(addresses) {}

  /// The error is a sentence: arguments of a wrong kind. The call has passed call_objection().
  std::expected<PreparedCall, std::string> prepare(const Call& call);
  /// In what the outcome differs from what is written, a line each. Gives new descriptors their names.
  std::vector<std::string> finish(const Call& call, const CallOutcome& outcome);

  /// The table's descriptor for the script's; nullopt: never opened, or closed.
  std::optional<int> descriptor(std::int64_t written) const;
  const Addresses& addresses() const { return addresses_; }

 private:
  friend class CallBuilder;

  SocketTable& table_;
  Addresses addresses_;
  std::map<std::int64_t, int> descriptors_;
};

}  // namespace tunic::script
