// RapidCheck's properties as gtest tests. Its own header wants gtest's before it.
#pragma once

// clang-format off
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
// clang-format on

namespace tunic::test {

/// Any number in [min, max). RapidCheck's own inRange begins with small ones, which leaves stories of steps short.
template <typename T>
T any_in(T min, T max) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(min, max));
}

}  // namespace tunic::test
