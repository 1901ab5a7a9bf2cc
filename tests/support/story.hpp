// The segment-table DSL as a gtest fixture's member: failures appear at the line that expected something.
#pragma once

#include <gtest/gtest.h>

#include "testing/story.hpp"

namespace tunic::test {

using testing::StorySocket;

class Story : public testing::Story {
 public:
  explicit Story(const Config& config = testing::plain_config())
      : testing::Story(
            [](const std::string& message, const testing::Where& where) {
              ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << message;
            },
            config) {}
};

}  // namespace tunic::test
