// Calls in virtual time: one that would block waits, while packets come and go, until it is done or its time is up.
//
// One call waits at a time, as the threads of a script are one. It must not know what calls do.
#pragma once

#include <optional>

#include "script/bench.hpp"
#include "script/calls.hpp"
#include "script/conversations.hpp"
#include "script/matcher.hpp"
#include "script/step.hpp"

namespace tunic::script {

class CallRunner {
 public:
  CallRunner(Bench& bench, Calls& calls, Conversations& conversations, const MatchRules& rules)
      : bench_(bench), calls_(calls), conversations_(conversations), rules_(rules) {}

  /// Makes the call of `event`; none is waiting. One that is written to block is left waiting.
  Step run(const Call& call, const Event& event);
  /// Waits for the call that blocks, if there is one.
  Step end_waiting();

 private:
  struct Waiting {
    const Event* event;
    const Call* call;
    PreparedCall prepared;
    Instant deadline = kNever;       // of poll and its like
    std::optional<Instant> returns;  // when the script says that it does
    std::optional<CallOutcome> outcome{};
    Instant ended{};
  };

  void begin_waiting(Waiting waiting);
  void retry();
  Step finish(const Waiting& done);

  Bench& bench_;
  Calls& calls_;
  Conversations& conversations_;
  const MatchRules& rules_;
  std::optional<Waiting> waiting_;
};

}  // namespace tunic::script
