// Sidecars: all keys both ways, and errors that name the key.
#include "replay/sidecar.hpp"

#include <gtest/gtest.h>

namespace tunic::replay {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWhole = R"({
  "shows": "One loss is repaired by a fast retransmission (RFC 6675 §5).",
  "recipe": "one-loss",
  "commands": {"client": "curl -s http://10.9.0.2/", "server": "python3 -m http.server 80"},
  "kernel": "6.1.0",
  "sysctls": {"net.ipv4.tcp_sack": "0"},
  "congestion_control": "cubic",
  "link": {"seed": 7, "delay_ms": 10.5, "rate_mbit": 0, "impairments": ["drop 2nd data segment of the server"]},
  "replays": [
    {"local": "10.9.0.2", "role": "sender", "level": "strict", "set": {"net.ipv4.tcp_sack": "0"},
     "options": {"TCP_NODELAY": 1}, "flow": "10.9.0.1:40000-10.9.0.2:80",
     "calls": [{"at": -0.5, "call": "listen"}, {"at": 0.010210, "call": "accept"},
               {"at": 0.0112, "call": "write", "bytes": 1000}, {"at": 0.02, "call": "shutdown", "how": "write"},
               {"at": 0.03, "call": "sendto", "bytes": 100, "to": "10.9.0.1:7"},
               {"at": 0.035, "call": "read", "bytes": 1, "error": "ECONNRESET"},
               {"at": 0.04, "call": "close", "linger": 0}]},
    {"local": "10.9.0.1", "level": "outcome", "reason": "a sentence"}
  ]
})";

std::string error_of(const char* text) {
  const auto sidecar = parse_sidecar("x.json", text);
  return sidecar ? "" : sidecar.error();
}

TEST(Sidecar, HasAllThatIsWritten) {
  const auto sidecar = parse_sidecar("x.json", kWhole);
  ASSERT_TRUE(sidecar) << sidecar.error();
  EXPECT_EQ(sidecar->recipe, "one-loss");
  EXPECT_EQ(sidecar->commands.at(1).second, "python3 -m http.server 80");
  EXPECT_EQ(sidecar->link.seed, 7U);
  EXPECT_DOUBLE_EQ(sidecar->link.delay_ms, 10.5);
  ASSERT_EQ(sidecar->replays.size(), 2U);
  const ReplayEntry& entry = sidecar->replays[0];
  EXPECT_EQ(entry.role, Role::Sender);
  EXPECT_EQ(entry.level, Level::Strict);
  EXPECT_EQ(entry.options.at(0), (std::pair<std::string, std::int64_t>("TCP_NODELAY", 1)));
  ASSERT_EQ(entry.calls.size(), 7U);
  EXPECT_EQ(entry.calls[0].at, -500ms);
  EXPECT_EQ(entry.calls[1].at, 10210us);
  EXPECT_EQ(entry.calls[2].bytes, 1000U);
  EXPECT_EQ(entry.calls[3].how, Direction::Write);
  EXPECT_EQ(entry.calls[4].to, "10.9.0.1:7");
  EXPECT_EQ(entry.calls[5].error, "ECONNRESET");
  EXPECT_EQ(entry.calls[6].linger, 0U);
  EXPECT_EQ(sidecar->replays[1].role, Role::Both);
  EXPECT_EQ(sidecar->replays[1].reason, "a sentence");
}

TEST(Sidecar, WhatIsWrittenIsReadAgain) {
  const auto once = parse_sidecar("x.json", kWhole);
  ASSERT_TRUE(once);
  const std::string text = to_json(*once);
  const auto twice = parse_sidecar("y.json", text);
  ASSERT_TRUE(twice) << twice.error();
  EXPECT_EQ(to_json(*twice), text);
  EXPECT_EQ(twice->replays.at(0).calls.at(1).at, 10210us);
}

TEST(Sidecar, ErrorsNameTheKeyAndWhatItMayBe) {
  EXPECT_EQ(error_of(R"({"show": "x"})"),
            "x.json: 'show' is unknown here; known are commands, congestion_control, kernel, link, recipe, replays, "
            "shows, sysctls");
  EXPECT_EQ(error_of(R"({"replays": [{"local": "10.9.0.2", "level": "loose"}]})"),
            "x.json: 'replays[0].level' must be one of strict, semantic, outcome");
  EXPECT_EQ(error_of(R"({"replays": [{"local": "10.9.0.2", "stack": "freebsd"}]})"),
            "x.json: 'replays[0].stack' must be one of kernel, tunic");
  EXPECT_EQ(error_of(R"({"replays": [{"local": "10.9.0.2", "calls": [{"at": "now", "call": "close"}]}]})"),
            "x.json: 'replays[0].calls[0].at' must be a number from -31622400 to 31622400");
  EXPECT_EQ(error_of(R"({"replays": [{"local": "10.9.0.2", "calls": [{"at": 1}]}]})"),
            "x.json: 'replays[0].calls[0].call' is missing");
  EXPECT_EQ(error_of(R"({"replays": [{}]})"),
            "x.json: 'replays[0].local' is missing: the address of the host that is replayed");
  EXPECT_EQ(error_of(R"({"link": 3})"), "x.json: 'link' must be an object");
  EXPECT_TRUE(error_of("{").starts_with("x.json: parse error at line 1")) << error_of("{");
}

TEST(Sidecar, LiesBesideTheCapture) {
  EXPECT_EQ(sidecar_path("a/loss.pcap"), "a/loss.json");
  EXPECT_EQ(sidecar_path("a.b/loss.pcapng"), "a.b/loss.json");
  const auto none = read_sidecar_of("/nowhere/x.pcap");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST(Sidecar, CallsReadAsLines) {
  const auto sidecar = parse_sidecar("x.json", kWhole);
  ASSERT_TRUE(sidecar);
  std::string lines;
  for (const RecordedCall& call : sidecar->replays.at(0).calls) lines += to_line(call) + '\n';
  EXPECT_EQ(lines,
            "-0.500000 listen()\n0.010210 accept()\n0.011200 write(1000)\n0.020000 shutdown(write)\n"
            "0.030000 sendto(100, 10.9.0.1:7)\n0.035000 read(1) = ECONNRESET\n0.040000 close(linger 0)\n");
}

}  // namespace
}  // namespace tunic::replay
