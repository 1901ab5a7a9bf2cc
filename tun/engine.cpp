// The engine as programs see it.
#include "tunic/tun/engine.hpp"

#include <algorithm>

#include "tun/engine_core.hpp"
#include "tunic/tun/os.hpp"

namespace tunic::tun {

namespace {

bool all_finished(Stack& stack) {
  return std::ranges::all_of(stack.info().connections,
                             [](const ConnectionInfo& each) { return each.state == TcpState::TimeWait; });
}

}  // namespace

Engine::Engine(const Config& config) : core_(std::make_shared<EngineCore>(config, nullptr, -1, nullptr)) {
  core_->start();
}

Engine::Engine(const Config& config, Device& device, int device_fd, Observer* observer)
    : core_(std::make_shared<EngineCore>(config, &device, device_fd, observer)) {
  core_->start();
}

Engine::~Engine() {
  stop();
}

void Engine::stop() {
  core_->stop();
}

void Engine::add_address(Ipv4Prefix prefix) {
  run_locked([prefix](Stack& stack) { stack.add_address(prefix); });
}

bool Engine::drain(Duration limit) {
  const Instant deadline = later(os_now(), limit);
  EngineCore::Access access(*core_);
  while (!all_finished(access.stack())) {
    if (!access.wait(access.turned(), deadline)) return all_finished(access.stack());
  }
  return true;
}

void Engine::run_locked(const std::function<void(Stack&)>& work) const {
  EngineCore::Access access(*core_);
  work(access.stack());
}

Counters Engine::counters() const {
  return EngineCore::Access(*core_).stack().counters();
}

StackInfo Engine::info() const {
  return EngineCore::Access(*core_).stack().info();
}

}  // namespace tunic::tun
