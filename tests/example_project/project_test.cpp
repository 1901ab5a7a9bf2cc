// What libtunic-testing gives to tests of other projects, one of each. Paths are relative to where the tests run;
// one-loss.pcap and its sidecar are one of pcap-fixtures/.
#include <gtest/gtest.h>
#include <tunic/testing.hpp>
#include <tunic/testing/gtest.hpp>

#include <string>

namespace {

using namespace std::chrono_literals;
using namespace tunic::testing;
using tunic::Why;

// A packet script, as `tunic drill` runs it.
TEST(Script, Passes) {
  const auto run = drill("handshake.pkt");
  EXPECT_TRUE(run) << run;
}

TEST(Script, SaysWhereItFails) {
  const auto run = drill_text("wrong.pkt",
                              "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                              "+0 bind(3, ..., ...) = 0\n"
                              "+0 listen(3, 1) = 0\n"
                              "+0 < S 0:0(0) win 65535 <mss 1000>\n"
                              "+0 > S. 0:0(0) ack 1 <mss 1461>\n");
  EXPECT_FALSE(run);
  EXPECT_NE(run.reason.find("wrong.pkt:5: options: expected <mss 1461>, live <mss 1460>"), std::string::npos) << run;
}

// A capture, as `tunic replay` plays it: the stack does what Linux did when a segment was lost.
TEST(Capture, IsRepairedAsRecorded) {
  const auto run = replay("one-loss.pcap", {.level = "strict"});
  EXPECT_TRUE(run) << run;
}

// What RFCs leave free another system does otherwise: the first difference is the order of its SYN's options.
TEST(Capture, IsNoRecordingOfAnotherSystem) {
  const auto run = replay("one-loss.pcap", {.level = "strict", .profile = "freebsd"});
  EXPECT_FALSE(run);
  EXPECT_NE(run.reason.find("options: recorded <mss 1460,sackOK,TS"), std::string::npos) << run;
}

TEST(Capture, SaysWhereItParts) {
  const auto run = replay("one-loss.pcap", {.level = "strict", .settings = {{"net.ipv4.tcp_sack", "0"}}});
  EXPECT_FALSE(run);
  EXPECT_NE(run.story.find("the stack's reason: "), std::string::npos) << run;
}

// A story: the test is the peer, and says what it expects and why.
TEST(Story, OfARetransmission) {
  Story story(fail_test);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  auto socket = story.accept();
  socket.write(100);
  story.expect("P. 1:101(100) ack 1", Why::LastBufferedData);
  story.expect_after(200ms, "P. 1:101(100) ack 1", Why::TimeoutRetransmit);
  story.inject(". 1:1(0) ack 101 win 65535");
}

TEST(Story, TellsWhatWasNotAsExpected) {
  std::string told;
  {
    Story story([&](const std::string& message, const Where&) { told += message; });
    story.listen(80);
    story.inject("S 0:0(0) win 65535 <mss 1460>");
    story.expect("R. 0:0(0) ack 1");
  }
  EXPECT_NE(told.find("S. 0:0(0) ack 1 win 65535 <mss 1460>"), std::string::npos) << told;
}

// All that a stack says of itself, compared with what it said when somebody last read it.
TEST(Story, IsAsItWas) {
  Story story(fail_test);
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1");
  story.inject("R 1:1(0) win 0");
  const auto compared = matches_golden("reset.golden", story.so_far());
  EXPECT_TRUE(compared) << compared;
}

// Two stacks and a link that loses one segment, in virtual time: the repair takes one round trip, and always the same.
TEST(Pair, RepairsALoss) {
  tunic::sim::PairSetup setup;
  setup.rightward = {.rule = tunic::link::on_nth(3, tunic::link::carries_data, tunic::link::Fate::Drop), .delay = 10ms};
  setup.leftward = {.delay = 10ms};
  tunic::sim::Pair pair(setup);
  auto& network = pair.network();
  Journal journal(network.now());
  pair.left().observe(&journal);

  auto listener = tunic::TcpListener::listen(pair.right(), {pair.right_address(), 80}).value();
  auto client = tunic::sim::connect(network, pair.left(), {pair.right_address(), 80}).value();
  auto server = tunic::sim::accept(network, listener).value();
  const auto written = network.now();
  const auto data = pattern(Stream::FromPeer, 0, 10'000);
  ASSERT_TRUE(tunic::sim::write_all(network, client, data));
  EXPECT_EQ(tunic::sim::read_exactly(network, server, data.size()).value(), data) << journal.story();
  EXPECT_EQ(network.now() - written, 30ms) << journal.story();
}

}  // namespace
