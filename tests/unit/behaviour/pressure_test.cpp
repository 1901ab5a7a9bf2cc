// More arrives than the host can take: connections and sockets come before strangers, and some of those are heard. RFC 4987.
#include <fmt/format.h>

#include "tests/unit/behaviour/flights.hpp"

namespace tunic {
namespace {

using test::Story;

/// 63 SYNs of strangers around one segment of `40000 > 80`.
std::vector<std::string> flooded(const std::string& segment) {
  std::vector<std::string> batch;
  for (int port = 50000; port < 50063; ++port)
    batch.push_back(fmt::format("{} > 80 S 0:0(0) win 65535 <mss 1460>", port));
  batch.insert(batch.begin() + 40, segment);
  return batch;
}

// Shows: B31
TEST(Pressure, AConnectionComesBeforeStrangers) {
  Story story;
  auto socket = established(story);
  story.inject_under_pressure(flooded("40000 > 80 P. 1:101(100) ack 1 win 65535"));
  story.expect_drop(Why::DropStranger);
  socket.read(100);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 63U - 8U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 1U + 8U);
  discard_sent(story);
}

// Whoever has begun to open a connection is no stranger: what completes the handshake is taken.
// Shows: B31
TEST(Pressure, AHandshakeIsCompleted) {
  Story story;
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject_under_pressure(flooded("40000 > 80 . 1:1(0) ack 1 win 65535"));
  story.expect_drop(Why::DropStranger);
  EXPECT_EQ(story.accept().socket().state(), TcpState::Established);
  discard_sent(story);
}

// Without pressure nobody is turned away.
TEST(Pressure, IsOnlyWhereMoreWaits) {
  Story story;
  story.listen(80);
  for (const std::string& syn : flooded("40000 > 80 S 0:0(0) win 65535 <mss 1460>")) story.inject(syn);
  EXPECT_EQ(story.stack().counters().dropped(Why::DropStranger), 0U);
  EXPECT_EQ(story.stack().counters().sent(Why::PassiveOpenReply), 64U);
  discard_sent(story);
}

}  // namespace
}  // namespace tunic
