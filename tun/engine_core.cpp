// The engine's thread and the door through which all other threads use its stack.
#include "tun/engine_core.hpp"

#include <algorithm>

#include "tunic/tun/os.hpp"

namespace tunic::tun {

namespace {

/// As std::condition_variable knows it; os_now() is the steady clock.
std::chrono::steady_clock::time_point to_steady(Instant at) {
  return std::chrono::steady_clock::time_point(at.time_since_epoch());
}

}  // namespace

EngineCore::EngineCore(const Config& config, Device* device, int device_fd, Observer* observer)
    : device_(device == nullptr ? null_device_ : *device), stack_(config), driver_(stack_, device_, device_fd) {
  stack_.observe(observer);
  stack_.advance(os_now());
}

void EngineCore::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const Instant until = driver_.work();
    turned_.notify_all();
    asleep_until_ = until;
    lock.unlock();
    driver_.wait(until);
    lock.lock();
    asleep_until_ = kAwake;
  }
}

void EngineCore::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    stack_.observe(nullptr);
    for (std::condition_variable* waiting : waiting_) waiting->notify_all();
  }
  driver_.wake();
  std::call_once(joined_, [this] { thread_.join(); });
}

void EngineCore::begin_call() {
  if (!stopped_) stack_.advance(os_now());
}

void EngineCore::end_call() {
  if (stopped_) return;
  stack_.flush(device_, Budget{.packets = EpollDriver::kSendBudget});
  const Instant deadline = std::min(stack_.next_deadline(), device_.next_deadline());
  if (deadline < asleep_until_ || stack_.wants_flush()) wake();
}

void EngineCore::wake() {
  if (asleep_until_ == kAwake) return;  // its turn comes as soon as the lock is free
  asleep_until_ = kAwake;
  driver_.wake();
}

bool EngineCore::Access::wait(std::condition_variable& changed, Instant deadline) {
  if (core_.stopped_) return false;
  core_.end_call();
  const auto place = core_.waiting_.insert(core_.waiting_.end(), &changed);
  bool in_time = true;
  if (deadline == kNever) {
    changed.wait(lock_);
  } else {
    in_time = changed.wait_until(lock_, to_steady(deadline)) == std::cv_status::no_timeout;
  }
  core_.waiting_.erase(place);
  core_.begin_call();
  return in_time && !core_.stopped_;
}

}  // namespace tunic::tun
