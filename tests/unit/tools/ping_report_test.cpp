// What ping says: the words that its users know, exact sums, one JSON object a line.
#include "tunic/ping_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tunic::command {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;

constexpr Ipv4Address kHost(10, 9, 0, 1);

EchoAnswer answer() {
  return {.source = kHost, .destination = kHost, .sequence = 7, .ttl = 64, .size = 56};
}
EchoAnswer error(std::uint8_t type, std::uint8_t code) {
  return {.source = Ipv4Address(10, 9, 0, 254),
          .destination = kHost,
          .sequence = 3,
          .type = type,
          .code = code,
          .next_hop_mtu = 1400};
}

TEST(PingReport, AReplyIsALine) {
  EXPECT_EQ(reply_line({.answer = answer(), .round_trip = 431us}),
            "64 bytes from 10.9.0.1: icmp_seq=7 ttl=64 time=0.431 ms\n");
  EXPECT_EQ(reply_line({.answer = answer(), .round_trip = 431us, .duplicate = true, .other_data = true}),
            "64 bytes from 10.9.0.1: icmp_seq=7 ttl=64 time=0.431 ms (DUP!) (OTHER DATA than was sent)\n");
  EXPECT_EQ(reply_line({.answer = answer(), .round_trip = {}}), "64 bytes from 10.9.0.1: icmp_seq=7 ttl=64\n");
}

TEST(PingReport, TimesHaveTheDigitsThatAreWorthReading) {
  for (const auto& [time, text] : std::initializer_list<std::pair<Duration, const char*>>{
           {0us, "0.000"}, {999us, "0.999"}, {1234us, "1.23"}, {12345us, "12.3"}, {123456us, "123"}}) {
    EXPECT_THAT(reply_line({.answer = answer(), .round_trip = time}), EndsWith(std::string(text) + " ms\n"));
  }
}

TEST(PingReport, AnErrorSaysWhoAndWhat) {
  EXPECT_EQ(error_line(error(3, 1)), "From 10.9.0.254 icmp_seq=3 Destination Host Unreachable\n");
  for (const auto& [type, code, text] :
       std::initializer_list<std::tuple<int, int, const char*>>{{3, 0, "Destination Net Unreachable"},
                                                                {3, 3, "Destination Port Unreachable"},
                                                                {3, 4, "Frag needed and DF set (mtu = 1400)"},
                                                                {3, 13, "Packet filtered"},
                                                                {3, 16, "Destination Unreachable, code 16"},
                                                                {11, 0, "Time to live exceeded"},
                                                                {11, 1, "Fragment reassembly time exceeded"},
                                                                {12, 0, "Parameter problem"}}) {
    EXPECT_EQ(icmp_meaning(error(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code))), text);
  }
}

TEST(PingReport, TheSummarySumsUp) {
  PingStatistics statistics;
  statistics.sent = 3;
  for (const Duration time : {1ms, 3ms}) statistics.add(time);
  statistics.received = 2;
  EXPECT_EQ(ping_summary(kHost, statistics, 2004ms),
            "\n--- 10.9.0.1 ping statistics ---\n"
            "3 packets transmitted, 2 received, 33.33% packet loss, time 2004ms\n"
            "rtt min/avg/max/mdev = 1.000/2.000/3.000/1.000 ms\n");
  statistics.duplicates = 1;
  statistics.errors = 1;
  EXPECT_THAT(ping_summary(kHost, statistics, 1s), testing::HasSubstr("2 received, +1 duplicates, +1 errors, "));
}

TEST(PingReport, WithoutAnAnswerThereAreNoTimes) {
  PingStatistics statistics;
  statistics.sent = 4;
  EXPECT_THAT(ping_summary(kHost, statistics, 3s),
              EndsWith("4 packets transmitted, 0 received, 100% packet loss, time 3000ms\n"));
  EXPECT_EQ(nlohmann::json::parse(ping_summary_json(kHost, statistics, 3s)).count("rtt_us"), 0U);
}

TEST(PingReport, JsonSaysTheSame) {
  const auto reply = nlohmann::json::parse(reply_json({.answer = answer(), .round_trip = 431us}));
  EXPECT_EQ(reply["ev"], "reply");
  EXPECT_EQ(reply["from"], "10.9.0.1");
  EXPECT_EQ(reply["seq"], 7);
  EXPECT_EQ(reply["bytes"], 64);
  EXPECT_EQ(reply["rtt_us"], 431);
  EXPECT_EQ(reply["duplicate"], false);
  const auto failed = nlohmann::json::parse(error_json(error(3, 4)));
  EXPECT_EQ(failed["ev"], "error");
  EXPECT_EQ(failed["from"], "10.9.0.254");
  EXPECT_EQ(failed["mtu"], 1400);
  EXPECT_EQ(failed["text"], "Frag needed and DF set (mtu = 1400)");
  PingStatistics statistics;
  statistics.sent = 4;
  statistics.received = 1;
  statistics.add(1500us);
  const auto summary = nlohmann::json::parse(ping_summary_json(kHost, statistics, 3s));
  EXPECT_EQ(summary["sent"], 4);
  EXPECT_EQ(summary["received"], 1);
  EXPECT_EQ(summary["loss_percent"], 75);
  EXPECT_EQ(summary["rtt_us"]["mdev"], 0);
  EXPECT_EQ(summary["rtt_us"]["max"], 1500);
}

}  // namespace
}  // namespace tunic::command
