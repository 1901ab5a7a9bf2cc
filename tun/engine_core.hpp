// What an engine and its blocking sockets share: the lock, the stack under it, the thread, and those who wait.
//
// Every use of the stack goes through an EngineCore::Access. Knows nothing of what the waiters wait for.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include <tunic/stack.hpp>
#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/null_device.hpp>

namespace tunic::tun {

class EngineCore {
 public:
  /// `device` null: a stack that only talks to itself.
  EngineCore(const Config& config, Device* device, int device_fd, Observer* observer);

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop();

  /// The stack to oneself, with its time current; what was caused meanwhile is sent in the end.
  class Access {
   public:
    explicit Access(EngineCore& core) : core_(core), lock_(core.mutex_) { core_.begin_call(); }
    ~Access() { core_.end_call(); }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    Stack& stack() { return core_.stack_; }
    bool stopped() const { return core_.stopped_; }
    /// Notified when the engine's thread has done a turn.
    std::condition_variable& turned() { return core_.turned_; }
    /// Sends what was caused so far and gives the stack away until `changed` is notified, or for no reason at all.
    /// False: `deadline` has passed, or the engine stopped.
    bool wait(std::condition_variable& changed, Instant deadline);

   private:
    EngineCore& core_;
    std::unique_lock<std::mutex> lock_;
  };

 private:
  static constexpr Instant kAwake = Instant::min();

  void run();
  void begin_call();
  void end_call();
  void wake();

  std::mutex mutex_;  // guards all members but the thread
  NullDevice null_device_;
  Device& device_;
  Stack stack_;
  EpollDriver driver_;
  bool stopped_ = false;
  Instant asleep_until_ = kAwake;  // of the engine's thread
  std::condition_variable turned_;
  std::list<std::condition_variable*> waiting_;

  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace tunic::tun
