// Where a failed assertion ends. Test builds only; it is the one place of the stack that writes to a stream.
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tunic {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace tunic
