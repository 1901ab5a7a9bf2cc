// Who wants to know what the stack does and why. See event.hpp.
#pragma once

#include <tunic/event.hpp>

namespace tunic {

/// Thread-safety: called on the stack's thread, in the middle of its work. Must not call back into the stack.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace tunic
