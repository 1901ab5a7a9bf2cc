// Whole scripts: those that pass, and that each wrong expectation makes one fail.
#include "script/runner.hpp"

#include <gtest/gtest.h>

namespace tunic::script {
namespace {

constexpr std::string_view kOpening = R"(
`sysctl -w net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_sack=0`
0    socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0   bind(3, ..., ...) = 0
+0   listen(3, 1) = 0
+0   < S 0:0(0) win 65535 <mss 1000>
+0   > S. 0:0(0) ack 1 <mss 1460>
+.01 < . 1:1(0) ack 1 win 65535
+0   accept(3, ..., ...) = 4
)";

Verdict run(std::string_view events, const RunOptions& options = {}) {
  return run_text("s.pkt", std::string(kOpening) + std::string(events), {}, options);
}
void expect_pass(std::string_view events) {
  const Verdict verdict = run(events);
  EXPECT_EQ(verdict.result, Result::Passed) << verdict.story << verdict.reason;
}
void expect_failure(std::string_view events, std::string_view reason) {
  const Verdict verdict = run(events);
  EXPECT_EQ(verdict.result, Result::Failed) << events;
  EXPECT_TRUE(verdict.reason.contains(reason)) << verdict.reason;
}

TEST(Runner, PassesWhatTheStackDoes) {
  expect_pass("+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n");
}

TEST(Runner, SeesEveryWrongExpectation) {
  const std::string write = "+0 write(4, ..., 100) = 100\n";
  expect_failure(write + "+0 > . 1:101(100) ack 1\n", "flags: expected ., live P.");
  expect_failure(write + "+0 > P. 2:102(100) ack 1\n", "sequence number: expected 2, live 1");
  expect_failure(write + "+0 > P. 1:100(99) ack 1\n", "octets of payload: expected 99, live 100");
  expect_failure(write + "+0 > P. 1:101(100) ack 2\n", "acknowledgment: expected 2, live 1");
  expect_failure(write + "+0 > P. 1:101(100) ack 1 win 1\n", "window: expected 1");
  expect_failure(write + "+.1 > P. 1:101(100) ack 1\n", "time: expected 0.110000, live 0.010000");
  expect_failure(write + "+0 > P. 1:101(100) ack 1\n+0 > . 1:1(0) ack 1\n", "nothing was sent");
  expect_failure("+0 write(4, ..., 100) = 99\n", "write: result: expected 99, live 100");
  expect_failure("+0 close(5) = 0\n", "close: result: expected 0, live -1");
  expect_failure("+0 read(4, ..., 1) = 1\n+0 close(4) = 0\n", "the call");
  expect_failure("+0 %{ assert tcpi_state == 2 }%\n", "tcpi_state is 1");
  expect_failure("+0 `rm -rf /`\n", "nothing is given to a shell");
  expect_failure("+0 `sysctl -w net.ipv4.tcp_nonsense=1`\n", "there is no setting 'net.ipv4.tcp_nonsense'");
  expect_failure("+0 nonsense(4) = 0\n", "there is no call 'nonsense'");
  expect_failure("+0 setsockopt(4, SOL_SOCKET, SO_NONSENSE, [1], 4) = 0\n", "there is no constant 'SO_NONSENSE'");
}

TEST(Runner, KnowsEveryWordBeforeItBegins) {
  const auto reason = [](std::string_view text) { return run_text("s.pkt", text, {}, {}).reason; };
  const std::string good = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
  EXPECT_EQ(reason(good + "+0 nonsense(3) = 0"), "s.pkt:2:4: there is no call 'nonsense'");
  EXPECT_EQ(reason(good + "+0 listen(3) = 0"), "s.pkt:2:4: listen() takes another number of arguments");
  EXPECT_EQ(reason(good + "+0 setsockopt(3, SOL_TCP, TCP_NONSENSE, [1], 4) = 0"),
            "s.pkt:2:27: there is no constant 'TCP_NONSENSE'");
  EXPECT_EQ(reason(good + "+0 epoll_ctl(3, 1, 3, {events=EPOLLIN|EPOLLODD, fd=3}) = 0"),
            "s.pkt:2:39: there is no constant 'EPOLLODD'");
  EXPECT_EQ(reason(good + "+0 close(3) = -1 EODD"), "s.pkt:2:4: there is no error 'EODD'");
  EXPECT_EQ(reason(good + "+0 `sysctl -w net.ipv4.odd=1`"), "s.pkt:2:1: there is no setting 'net.ipv4.odd'");
  EXPECT_EQ(reason(good + "+0 splice(3, NULL, 4, NULL, 1, 0) = 1"),
            "s.pkt:2:4: splice() is not supported: this stack has no pipes");
}

TEST(Runner, FinishesBlockingCallsInVirtualTime) {
  expect_pass("+0...0.2 read(4, ..., 100) = 50\n+.2 < P. 1:51(50) ack 1 win 65535\n* > . 1:1(0) ack 51\n");
  expect_failure("+0...0.1 read(4, ..., 100) = 50\n+.2 < P. 1:51(50) ack 1 win 65535\n* > . 1:1(0) ack 51\n",
                 "return: expected at 0.110000, live at 0.210000");
}

TEST(Runner, WaitsForReadiness) {
  expect_pass(
      "+0...0.3 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000) = 1\n"
      "+.3 < P. 1:51(50) ack 1 win 65535\n* > . 1:1(0) ack 51\n");
  expect_pass("+0...0.5 poll([{fd=4, events=POLLIN, revents=0}], 1, 500) = 0\n");
  expect_pass(
      "+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n"
      "+0...0.3 epoll_wait(5, [{events=EPOLLIN, fd=4}], 1, 1000) = 1\n"
      "+.3 < P. 1:51(50) ack 1 win 65535\n* > . 1:1(0) ack 51\n");
}

TEST(Runner, DropsConnectionsThatACommandNames) {
  expect_pass("+0 `tcpdrop -a`\n+0 > R. 1:1(0) ack 1\n");
  expect_pass("+0 `tcpdrop 192.168.0.1 8080 192.0.2.1 54321`\n+0 > R. 1:1(0) ack 1\n");
  expect_failure("+0 `tcpdrop 192.168.0.1 8080 192.0.2.1 54322`\n+0 > R. 1:1(0) ack 1\n", "nothing was sent");
}

TEST(Runner, JoinsSegmentsUnlessTheyMustBeStrict) {
  const std::string events = "+0 write(4, ..., 2500) = 2500\n+0 > P. 1:2501(2500) ack 1\n";
  expect_pass(events);
  EXPECT_EQ(run(events, {.strict = true}).result, Result::Failed);
}

TEST(Runner, TellsOfPacketsThatAreLeftOver) {
  const Verdict verdict = run("+0 write(4, ..., 100) = 100\n");
  EXPECT_EQ(verdict.result, Result::Passed);
  ASSERT_EQ(verdict.left_over.size(), 1U);
  EXPECT_TRUE(verdict.left_over[0].contains("P. 1:101(100) ack 1")) << verdict.left_over[0];
}

TEST(Runner, TellsTheStoryOfAFailure) {
  const Verdict verdict = run("+0 write(4, ..., 100) = 100\n+0 > . 1:101(100) ack 1\n");
  for (const std::string_view part : {"SYN-RECEIVED", "send(100)", "expected: +0 > . 1:101(100) ack 1",
                                      "live:     0.010000 > P. 1:101(100) ack 1", "because:  "}) {
    EXPECT_TRUE(verdict.story.contains(part)) << part << " in\n" << verdict.story;
  }
  EXPECT_EQ(verdict.story, run("+0 write(4, ..., 100) = 100\n+0 > . 1:101(100) ack 1\n").story);
}

TEST(Runner, SkipsWhatIsOutsideOfTheProject) {
  EXPECT_EQ(run_text("s.pkt", "--ip_version=ipv6\n0 `true`", {}, {}).result, Result::Skipped);
  EXPECT_EQ(run_text("s.pkt", "--udp_encapsulation=tcp\n0 `true`", {}, {}).result, Result::Skipped);
  EXPECT_EQ(run_text("s.pkt", "--nonsense\n0 `true`", {}, {}).result, Result::Failed);
  EXPECT_EQ(run_text("s.pkt", "--mtu=fast\n0 `true`", {}, {}).reason, "s.pkt:1:3: --mtu cannot be 'fast'");
}

TEST(GuessProfile, KnowsTheSystemsByTheirSettings) {
  const auto profile_of = [](std::string_view text) {
    Script script;
    script.events.push_back({.time = {}, .place = {}, .text = std::string(text), .action = Command{}});
    return guess_profile(script);
  };
  EXPECT_EQ(profile_of("0 `sysctl -w net.inet.tcp.sack.enable=1`"), Profile::Freebsd);
  EXPECT_EQ(profile_of("0 `../common/defaults.sh`"), Profile::Linux);
  EXPECT_EQ(profile_of("+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 8>"), Profile::Linux);
}

}  // namespace
}  // namespace tunic::script
