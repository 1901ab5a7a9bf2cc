// What a call says where a test expects it to fail.
#pragma once

#include <tunic/error.hpp>

namespace tunic::test {

/// No error where there is a value: an expectation of one fails then, and nothing worse.
template <typename Value>
std::error_code error_of(const Result<Value>& result) {
  return result ? std::error_code() : result.error();
}

}  // namespace tunic::test
