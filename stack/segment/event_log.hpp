// The one way by which events leave the stack, and the place where they are counted.
//
// With no observer attached an event costs one branch: callers ask observed() before they build one.
#pragma once

#include <tunic/counters.hpp>
#include <tunic/observer.hpp>

namespace tunic {

class EventLog {
 public:
  bool observed() const { return observer_ != nullptr; }
  void observe(Observer* observer) { observer_ = observer; }
  void emit(const Event& event) {
    if (observer_ != nullptr) observer_->on_event(event);
  }

  void count_sent(Why why) { ++counters.sends[static_cast<std::size_t>(why)]; }
  void count_dropped(Why why) { ++counters.drops[static_cast<std::size_t>(why)]; }

  Counters counters;

 private:
  Observer* observer_ = nullptr;
};

}  // namespace tunic
