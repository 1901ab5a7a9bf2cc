// Replays a capture: the stack takes the place of one recorded host and must do what that host did. For tests of other projects.
//
//     TEST(Loss, IsRepairedAsRecorded) {
//       const auto run = tunic::testing::replay("loss.pcap", {.level = "strict"});
//       EXPECT_TRUE(run) << run;
//     }
//
// The sidecar NAME.json beside the capture, if there is one, says who is replayed, how, and what its application did; what nobody
// says is inferred. No test framework is needed. Thread-safety: calls are independent of each other.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace tunic::testing {

/// As the options of `tunic replay`.
struct ReplaySettings {
  /// "strict": each segment and its time; "semantic": what they mean; "outcome": the octets and the end. Empty: the sidecar's, or
  /// semantic. Another name fails.
  std::string level{};
  /// Address of the recorded host whose place the stack takes; empty: the sidecar's, or inferred.
  std::string local{};
  /// The only conversation that is read of a large capture: "10.9.0.1:40000-10.9.0.2:80"; empty: all are.
  std::string flow{};
  /// "linux" or "freebsd": what RFCs leave free is as in this system. Empty: linux. Another name fails.
  std::string profile{};
  /// Made after all others: {"net.ipv4.tcp_sack", "0"}.
  std::vector<std::pair<std::string, std::string>> settings{};
};

struct Replayed {
  bool passed = false;  ///< all hosts that are to be replayed did what was recorded
  std::string reason;   ///< one line: where they part, or why nothing can be replayed; empty if passed
  std::string story;  ///< of a difference: the conversation in two columns, recorded and live, and why the stack did so

  /// All that the stack sent, with the names of its reasons: the text of NAME.golden, which `tunic replay --update` writes.
  std::string sent;

  explicit operator bool() const { return passed; }
};

/// The story, or the reason where there is none.
std::ostream& operator<<(std::ostream& out, const Replayed& run);

/// `path` is a pcap or pcapng file of this machine.
Replayed replay(const std::string& path, const ReplaySettings& settings = {});

}  // namespace tunic::testing
