// See exit_code.hpp.
#include "exit_code.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace tunic::command {

int complain(const Failure& failure) {
  fmt::print(stderr, "tunic: {}\n", failure.error.to_string());
  return static_cast<int>(failure.code);
}

}  // namespace tunic::command
