// A stack with a thread of its own, for programs whose threads want to block. See blocking.hpp for the sockets.
//
// One lock guards the stack, its sockets and its device; the engine's thread holds it except while it waits for packets.
// Thread-safety: all members may be called from any thread, but not from a callback of the stack.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include <tunic/device.hpp>
#include <tunic/stack.hpp>

namespace tunic::tun {

class EngineCore;

class Engine {
 public:
  /// A stack that only talks to itself, over 127.0.0.0/8.
  explicit Engine(const Config& config);
  /// `device` must outlive the engine; it is not touched after stop(). `device_fd`: what to wait for.
  /// `observer`, if any, is called under the lock until stop().
  Engine(const Config& config, Device& device, int device_fd, Observer* observer = nullptr);
  /// stop().
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void add_address(Ipv4Prefix prefix);

  /// Ends the thread. Calls that wait return Error::ConnectionAborted at once, and so do later ones; connections are left as
  /// they are, without a word to the peers (see drain).
  void stop();

  /// Waits until the stack has finished what closed sockets left to it: no connection is open (TIME-WAIT does not count).
  /// False: `limit` came first, or the engine was stopped.
  bool drain(Duration limit);

  /// Runs `work(Stack&)` on the calling thread with the stack to itself and its time current; sends what it caused.
  template <typename Work>
  std::invoke_result_t<Work, Stack&> call(Work&& work);

  Counters counters() const;
  StackInfo info() const;

 private:
  friend class BlockingTcpSocket;
  friend class BlockingTcpListener;
  friend class BlockingUdpSocket;
  void run_locked(const std::function<void(Stack&)>& work) const;

  // Shared with the sockets, so that one that is left over finds its stack, stopped, instead of nothing.
  std::shared_ptr<EngineCore> core_;
};

template <typename Work>
std::invoke_result_t<Work, Stack&> Engine::call(Work&& work) {
  using Value = std::invoke_result_t<Work, Stack&>;
  if constexpr (std::is_void_v<Value>) {
    run_locked([&](Stack& stack) { work(stack); });
  } else {
    std::optional<Value> value;
    run_locked([&](Stack& stack) { value.emplace(work(stack)); });
    return std::move(*value);
  }
}

}  // namespace tunic::tun
