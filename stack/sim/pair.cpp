// Wiring; then both stacks know what time it is.
#include "sim/pair.hpp"

namespace tunic::sim {

Pair::Pair(const PairSetup& setup)
    : left_address_(setup.left_address.address),
      right_address_(setup.right_address.address),
      left_(setup.left),
      right_(setup.right),
      rightward_(right_, setup.rightward, setup.link_observer, setup.super_segments),
      leftward_(left_, setup.leftward, setup.link_observer, setup.super_segments) {
  left_.add_address(setup.left_address);
  right_.add_address(setup.right_address);
  network_.attach(left_, rightward_);
  network_.attach(right_, leftward_);
  network_.attach(rightward_);
  network_.attach(leftward_);
  network_.settle();
}

}  // namespace tunic::sim
