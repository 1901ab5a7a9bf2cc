// What a blocking socket's threads share: the engine, the socket that does not wait, and how to wait for it.
//
// Waiting: try, and while it would block, sleep until the socket's callback says that something happened. The lock is given
// up only while asleep, so no notification is missed.
#pragma once

#include <condition_variable>
#include <memory>

#include "tun/engine_core.hpp"
#include "tunic/tun/blocking.hpp"
#include "tunic/tun/os.hpp"

namespace tunic::tun {

using Access = EngineCore::Access;

inline Instant deadline_of(Timeout timeout) {
  return timeout ? later(os_now(), *timeout) : kNever;
}

/// A callback of the stack refers to it, so it stays where it is.
template <typename Socket>
struct SharedSocket {
  SharedSocket(std::shared_ptr<EngineCore> of, Socket made) : core(std::move(of)), socket(std::move(made)) {
    socket.on_ready([this](Readiness) { changed.notify_all(); });
  }

  /// For the calls of other threads that are waiting: they find no socket any more.
  void close(void (Socket::*how)()) {
    Access access(*core);
    (socket.*how)();
    changed.notify_all();
  }

  /// Tries until the result is not "would block". Access must be held by the caller throughout.
  template <typename Try>
  auto retry(Access& access, Instant deadline, Try&& attempt) -> decltype(attempt()) {
    bool waited = false;
    while (true) {
      if (access.stopped()) return fail(Error::ConnectionAborted);
      if (!socket.valid()) return fail(waited ? Error::ConnectionAborted : Error::BadHandle);
      auto result = attempt();
      if (result || result.error() != Error::WouldBlock) return result;
      if (os_now() >= deadline) return fail(Error::TimedOut);
      access.wait(changed, deadline);
      waited = true;
    }
  }

  const std::shared_ptr<EngineCore> core;
  std::condition_variable changed;
  Socket socket;
};

}  // namespace tunic::tun
