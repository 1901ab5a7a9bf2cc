// Goldens: text as it was when somebody last looked at it, in a file beside the test.
//
//     const auto compared = tunic::testing::matches_golden("handshake.golden", story.so_far());
//     EXPECT_TRUE(compared) << compared;
//
// A difference is shown line by line, with the lines around it. With TUNIC_UPDATE_GOLDENS=1 in the environment the file is written
// instead, to be read and committed. Where CI is set that is refused: what is written there is never looked at.
// No test framework is needed. Thread-safety: calls are independent of each other, as long as their files are different ones.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace tunic::testing {

struct Compared {
  bool same = false;
  std::string report{};  ///< empty if it is the same; several lines otherwise

  explicit operator bool() const { return same; }
};

std::ostream& operator<<(std::ostream& out, const Compared& compared);

/// `path` is a file of this machine. A file that is not there, or cannot be read or written, is a difference.
Compared matches_golden(const std::string& path, std::string_view live);

/// What has to be done to `golden` to make `live` of it: lines with '-' go, lines with '+' come, others tell where. Empty: they are
/// the same. At most some hundred lines; the rest is counted.
std::string difference(std::string_view golden, std::string_view live);

}  // namespace tunic::testing
