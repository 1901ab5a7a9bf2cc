// An attempt is repeated when the table says that something has changed, and when the call's own time is up.
#include "script/call_runner.hpp"

#include <fmt/format.h>

namespace tunic::script {

namespace {

using namespace std::chrono_literals;

/// So long a call that is made while another one blocks waits for that.
constexpr Duration kPatience = 1s;
/// So long a call that nothing ends is given.
constexpr Duration kLongest = 3h;

}  // namespace

Step CallRunner::run(const Call& call, const Event& event) {
  auto prepared = calls_.prepare(call);
  if (!prepared) return std::unexpected(Mismatch{.reason = prepared.error(), .not_understood = true});
  conversations_.before_call(call);
  Waiting begun{.event = &event, .call = &call, .prepared = std::move(*prepared), .returns = {}};
  if (begun.prepared.patience) begun.deadline = bench_.now() + *begun.prepared.patience;
  if (call.returns) begun.returns = bench_.now() + (*call.returns - event.time.begin);
  begun.ended = bench_.now();
  begun.outcome = begun.prepared.attempt(begun.deadline <= bench_.now());
  bench_.settle();
  if (begun.outcome) return finish(begun);
  begin_waiting(std::move(begun));
  if (call.returns) return {};
  // Without a time of its return the script expects a call to be over before the next event.
  bench_.pass_until([this] { return waiting_->outcome.has_value(); }, bench_.now() + kLongest);
  return end_waiting();
}

void CallRunner::begin_waiting(Waiting waiting) {
  waiting_ = std::move(waiting);
  for (const int fd : waiting_->prepared.watched) {
    bench_.table().watch(fd, [this] { retry(); });
  }
  if (waiting_->deadline != kNever) bench_.set_alarm(waiting_->deadline, [this] { retry(); });
  bench_.settle();
}

void CallRunner::retry() {
  if (!waiting_ || waiting_->outcome) return;
  waiting_->outcome = waiting_->prepared.attempt(waiting_->deadline <= bench_.now());
  if (waiting_->outcome) waiting_->ended = bench_.now();
}

Step CallRunner::end_waiting() {
  if (!waiting_) return {};
  retry();
  bench_.pass_until([this] { return waiting_->outcome.has_value(); }, bench_.now() + kPatience);
  const Waiting ended = std::move(*waiting_);
  waiting_.reset();
  bench_.set_alarm(kNever, {});
  for (const int fd : ended.prepared.watched) {
    if (bench_.table().is_open(fd)) bench_.table().watch(fd, {});
  }
  if (!ended.outcome) return mismatch(fmt::format("the call {} has not returned yet", ended.event->text));
  return finish(ended);
}

Step CallRunner::finish(const Waiting& done) {
  std::vector<std::string> found = calls_.finish(*done.call, *done.outcome);
  if (done.returns) {
    const Duration late = done.ended - *done.returns;
    if (std::chrono::abs(late) > tolerance_of(rules_, *done.call->returns - done.event->time.begin)) {
      found.push_back(fmt::format("return: expected at {:.6f}, live at {:.6f}", Bench::seconds_at(*done.returns),
                                  Bench::seconds_at(done.ended)));
    }
  }
  if (found.empty()) {
    conversations_.after_call(*done.call, *done.outcome);
    return {};
  }
  Mismatch what{fmt::format("{}: {}", done.call->name, found.front()), {"expected: " + done.event->text}};
  what.details.insert(what.details.end(), found.begin(), found.end());
  return std::unexpected(std::move(what));
}

}  // namespace tunic::script
