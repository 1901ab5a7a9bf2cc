// What the command line means, and how it complains.
#include "tunic/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tunic::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::expected<Command, int> parse(const std::vector<std::string>& words) {
  std::vector<const char*> arguments{"tunic"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

ServeOptions parse_serve(const std::vector<std::string>& words) {
  std::vector<std::string> all{"serve"};
  all.insert(all.end(), words.begin(), words.end());
  auto command = parse(all);
  if (!command || !std::holds_alternative<ServeOptions>(*command)) {
    ADD_FAILURE() << "not taken for a serve command";
    return {};
  }
  return std::get<ServeOptions>(std::move(*command));
}

TEST(CommandLine, ServeHasItsDefaults) {
  const ServeOptions options = parse_serve({"http"});
  ASSERT_EQ(options.services.size(), 1U);
  EXPECT_EQ(options.services[0], (services::ServiceRequest{services::Service::Http, 80}));
  EXPECT_EQ(options.folder, ".");
  EXPECT_EQ(options.stack.network.address.to_string(), "10.9.0.2/24");
  EXPECT_FALSE(options.stack.network.existing_tun);
  EXPECT_EQ(options.stack.log, LogFormat::None);
  EXPECT_TRUE(options.stack.log_to_stdout);
  EXPECT_TRUE(options.stack.command.empty());
}

TEST(CommandLine, ServeTakesItsOptions) {
  const ServeOptions options = parse_serve({"echo",
                                            "http:8080",
                                            "--dir",
                                            "D",
                                            "--addr",
                                            "192.168.7.1/30",
                                            "--tun",
                                            "tun7",
                                            "--pcap",
                                            "F",
                                            "--trace",
                                            "--drop-chance",
                                            "5",
                                            "--duplicate-chance",
                                            "2",
                                            "--reorder-chance",
                                            "0.5",
                                            "--corrupt-chance",
                                            "1",
                                            "--delay",
                                            "20ms",
                                            "--rate",
                                            "10Mbit",
                                            "--size-limit",
                                            "1400",
                                            "--seed",
                                            "18446744073709551615"});
  EXPECT_EQ(options.services.size(), 2U);
  EXPECT_EQ(options.folder, "D");
  EXPECT_EQ(options.stack.network.address.to_string(), "192.168.7.1/30");
  EXPECT_EQ(options.stack.network.existing_tun, "tun7");
  EXPECT_EQ(options.stack.network.pcap_path, "F");
  EXPECT_EQ(options.stack.log, LogFormat::Text);
  const tun::LinkConditions& link = options.stack.network.conditions;
  EXPECT_EQ(link.drop, 500U);
  EXPECT_EQ(link.duplicate, 200U);
  EXPECT_EQ(link.reorder, 50U);
  EXPECT_EQ(link.corrupt, 100U);
  EXPECT_EQ(link.delay, std::chrono::milliseconds(20));
  EXPECT_EQ(link.bits_per_second, 10'000'000U);
  EXPECT_EQ(link.size_limit, 1400U);
  EXPECT_EQ(link.seed, 0xffffffffffffffffU);
}

// Whoever reads single segments gets them, unless he says otherwise.
TEST(CommandLine, OffloadsAreOffWhereEachSegmentIsPrinted) {
  const auto offloading = [](std::vector<std::string> words) {
    words.insert(words.begin(), "http");
    return parse_serve(words).stack.network.offloading;
  };
  EXPECT_EQ(offloading({}), tun::Offloading::Auto);
  EXPECT_EQ(offloading({"--offload", "off"}), tun::Offloading::Off);
  EXPECT_EQ(offloading({"--trace"}), tun::Offloading::Single);
  EXPECT_EQ(offloading({"--json"}), tun::Offloading::Single);
  EXPECT_EQ(offloading({"--trace", "--offload", "off"}), tun::Offloading::Single);
  EXPECT_EQ(offloading({"--trace", "--offload", "auto"}), tun::Offloading::Auto);
}

TEST(CommandLine, WhatFollowsTheDashesIsTheCommandsOwn) {
  const ServeOptions options = parse_serve({"http", "--json", "--", "curl", "--dir", "--", "x"});
  EXPECT_EQ(options.stack.command, (std::vector<std::string>{"curl", "--dir", "--", "x"}));
  EXPECT_EQ(options.services.size(), 1U);
  EXPECT_EQ(options.stack.log, LogFormat::Json);
  EXPECT_FALSE(options.stack.log_to_stdout);
}

TEST(CommandLine, GetTakesAUrl) {
  const auto command = parse({"get", "http://10.9.0.1:8000/a?b#c", "-o", "F", "--trace", "--", "server", "-o"});
  const GetOptions& options = std::get<GetOptions>(*command);
  EXPECT_EQ(options.url, (HttpUrl{{Ipv4Address(10, 9, 0, 1), 8000}, "10.9.0.1:8000", "/a?b"}));
  EXPECT_EQ(options.output, "F");
  EXPECT_EQ(options.stack.log, LogFormat::Text);
  EXPECT_FALSE(options.stack.log_to_stdout);
  EXPECT_EQ(options.stack.command, (std::vector<std::string>{"server", "-o"}));
}

TEST(CommandLine, NcTakesAPeerOrAPort) {
  const auto connecting = parse({"nc", "10.9.0.1", "7000"});
  EXPECT_EQ(std::get<NcOptions>(*connecting).peer, (Endpoint{Ipv4Address(10, 9, 0, 1), 7000}));
  EXPECT_FALSE(std::get<NcOptions>(*connecting).listen);
  const auto listening = parse({"nc", "-l", "7000"});
  EXPECT_EQ(std::get<NcOptions>(*listening).peer.port, 7000);
  EXPECT_TRUE(std::get<NcOptions>(*listening).listen);
}

TEST(CommandLine, TheOtherCommandsAreKnown) {
  EXPECT_EQ(std::get<SsOptions>(*parse({"ss", "--pid", "7"})).process, 7);
  EXPECT_TRUE(std::get<DoctorOptions>(*parse({"doctor", "--json"})).json);
  EXPECT_TRUE(std::get<DemoOptions>(*parse({"demo", "--in-memory"})).in_memory);
}

TEST(CommandLine, PingTakesItsOptions) {
  const auto usual = std::get<PingOptions>(*parse({"ping", "10.9.0.1"}));
  EXPECT_EQ(usual.host, Ipv4Address(10, 9, 0, 1));
  EXPECT_EQ(usual.count, 4U);
  EXPECT_EQ(usual.size, 56U);
  EXPECT_EQ(usual.interval, std::chrono::seconds(1));
  EXPECT_EQ(usual.echo, EchoOptions{});
  EXPECT_FALSE(usual.stack.log_to_stdout);
  const auto other = std::get<PingOptions>(*parse({"ping", "10.9.0.1", "-c", "7", "-i", "0.2", "-s", "0", "-t", "1",
                                                   "-W", "50ms", "-M", "do", "--json", "--", "sleep", "9"}));
  EXPECT_EQ(other.count, 7U);
  EXPECT_EQ(other.size, 0U);
  EXPECT_EQ(other.interval, std::chrono::milliseconds(200));
  EXPECT_EQ(other.timeout, std::chrono::milliseconds(50));
  EXPECT_EQ(other.echo.ttl, 1);
  EXPECT_EQ(other.echo.dont_fragment, DontFragment::Always);
  EXPECT_EQ(other.stack.log, LogFormat::Json);
  EXPECT_EQ(other.stack.command, (std::vector<std::string>{"sleep", "9"}));
  EXPECT_EQ(std::get<PingOptions>(*parse({"ping", "10.9.0.1", "-M", "dont"})).echo.dont_fragment, DontFragment::Never);
}

TEST(CommandLine, NcSpeaksUdpToo) {
  const auto sending = std::get<NcOptions>(*parse({"nc", "-u", "10.9.0.1", "7", "-w", "3"}));
  EXPECT_TRUE(sending.udp);
  EXPECT_EQ(sending.peer, (Endpoint{Ipv4Address(10, 9, 0, 1), 7}));
  EXPECT_EQ(sending.idle, std::chrono::seconds(3));
  const auto receiving = std::get<NcOptions>(*parse({"nc", "-u", "-l", "7"}));
  EXPECT_TRUE(receiving.udp && receiving.listen);
  EXPECT_FALSE(receiving.idle);
  EXPECT_FALSE(std::get<NcOptions>(*parse({"nc", "10.9.0.1", "7"})).udp);
}

TEST(CommandLine, HelpBeginsWithAnExample) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                                     {"serve", "--help"},
                                                                                     {"get", "--help"},
                                                                                     {"ping", "--help"},
                                                                                     {"nc", "--help"},
                                                                                     {"ss", "--help"},
                                                                                     {"doctor", "--help"},
                                                                                     {"demo", "--help"}}) {
    testing::internal::CaptureStdout();
    const auto command = parse(words);
    EXPECT_THAT(testing::internal::GetCapturedStdout(), StartsWith("Example: tunic "));
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error(), 0);
  }
}

TEST(CommandLine, AMistakeIsNamedWithAFix) {
  struct Mistake {
    std::vector<std::string> words;
    const char* named;
  };
  for (const auto& [words, named] : std::vector<Mistake>{
           {{}, "none of the commands"},
           {{"frob"}, "none of the commands"},
           {{"serve"}, "services"},
           {{"serve", "ftp"}, "'ftp'"},
           {{"serve", "http:0"}, "'0' is no port"},
           {{"serve", "http", "--addr", "10.9.0.2"}, "'10.9.0.2' is not an address"},
           {{"serve", "http", "--drop-chance", "101"}, "'101' is not a percentage"},
           {{"serve", "http", "--delay", "x"}, "'x' is not a time"},
           {{"serve", "http", "--rate", "x"}, "'x' is not a rate"},
           {{"serve", "http", "--offload", "on"}, "'on' is not 'auto' or 'off'"},
           {{"serve", "http", "--size-limit", "20"}, "20"},
           {{"serve", "http", "--frob"}, "--frob"},
           {{"serve", "http", "--"}, "no command after --"},
           {{"ss", "--", "x"}, "only serve"},
           {{"get", "https://10.9.0.1/"}, "does not begin with http://"},
           {{"get", "http://example.org/"}, "no IPv4 address"},
           {{"nc", "10.9.0.1"}, "a host and a port"},
           {{"nc", "-l", "10.9.0.1", "7"}, "a port alone"},
           {{"nc", "localhost", "7"}, "'localhost' is not an IPv4 address"},
           {{"nc", "10.9.0.1", "0"}, "'0' is no port"},
           {{"nc", "-u", "10.9.0.1", "7", "-w", "0"}, "'0' is no time"},
           {{"ping"}, "host"},
           {{"ping", "localhost"}, "'localhost' is not an IPv4 address"},
           {{"ping", "10.9.0.1", "-i", "soon"}, "'soon' is no time"},
           {{"ping", "10.9.0.1", "-W", "3601"}, "'3601' is no time"},
           {{"ping", "10.9.0.1", "-c", "0"}, "0"},
           {{"ping", "10.9.0.1", "-s", "65508"}, "65508"},
           {{"ping", "10.9.0.1", "-t", "256"}, "256"},
           {{"ping", "10.9.0.1", "-M", "maybe"}, "maybe"},
       }) {
    testing::internal::CaptureStderr();
    const auto command = parse(words);
    const std::string complaint = testing::internal::GetCapturedStderr();
    ASSERT_FALSE(command) << named;
    EXPECT_EQ(command.error(), 2) << named;
    EXPECT_THAT(complaint, StartsWith("tunic: cannot understand the command line: "));
    EXPECT_THAT(complaint, HasSubstr(named));
    EXPECT_THAT(complaint, HasSubstr("\n  Fix: see tunic "));
  }
}

TEST(CommandLine, BenchIsLimitedToWhatIsNamed) {
  const auto command = parse({"bench", "--only", "send,kernel", "--only", "null", "--quick", "--seconds", "0.5"});
  ASSERT_TRUE(command && std::holds_alternative<BenchOptions>(*command));
  const bench::Plan& plan = std::get<BenchOptions>(*command).plan;
  EXPECT_EQ(plan.measurements, std::vector{bench::Measurement::Send});
  EXPECT_EQ(plan.contestants, (std::vector{bench::Contestant::Kernel, bench::Contestant::Null}));
  EXPECT_EQ(plan.rounds, 1U);  // quick
  EXPECT_EQ(plan.load.seconds, 0.5);
}

TEST(CommandLine, BenchHasItsDefaults) {
  const auto command = parse({"bench"});
  ASSERT_TRUE(command && std::holds_alternative<BenchOptions>(*command));
  const bench::Plan& plan = std::get<BenchOptions>(*command).plan;
  EXPECT_EQ(plan.rounds, 5U);
  EXPECT_EQ(plan.load.seconds, 3);
  EXPECT_EQ(plan.load.idle, 100'000U);
  EXPECT_EQ(plan.measurements.size(), bench::kMeasurements.size());
}

TEST(CommandLine, BenchRefusesWhatItDoesNotKnowAndWhatMeasuresNothing) {
  for (const auto& words : {std::vector<std::string>{"bench", "--only", "nonsense"},
                            {"bench", "--only", "crowd,null"},
                            {"bench", "--rounds", "0"}}) {
    testing::internal::CaptureStderr();
    const auto command = parse(words);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Fix: "));
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error(), 2);
  }
}

}  // namespace
}  // namespace tunic::command
