// The segment-table DSL as a gtest fixture's member: failures appear at the line that expected something.
#pragma once

#include <tunic/testing/gtest.hpp>

namespace tunic::test {

using testing::StorySocket;

class Story : public testing::Story {
 public:
  explicit Story(const Config& config = testing::plain_config()) : testing::Story(testing::fail_test, config) {}
};

}  // namespace tunic::test
