// Failures of a story as those of the GoogleTest that runs, at the line that expected something.
//
//     TEST(Server, AnswersASyn) {
//       Story story(fail_test);
//       story.listen(80);
//       story.inject("S 0:0(0) win 65535 <mss 1460>");
//       story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>");
//     }
//
// The only header here that needs GoogleTest. For another framework, give a Story a function like this one.
#pragma once

#include <gtest/gtest.h>

#include "testing/story.hpp"

namespace tunic::testing {

inline void fail_test(const std::string& message, const Where& where) {
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << message;
}

}  // namespace tunic::testing
