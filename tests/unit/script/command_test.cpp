// Commands and settings: what is understood, and that the rest is refused with its text.
#include "script/command.hpp"

#include <gtest/gtest.h>

#include "script/settings.hpp"

namespace tunic::script {
namespace {

std::vector<Instruction> parsed(std::string_view text) {
  auto instructions = parse_command(text);
  EXPECT_TRUE(instructions.has_value()) << instructions.error();
  return instructions.value_or(std::vector<Instruction>{});
}

TEST(ParseCommand, ReadsSettings) {
  const auto all =
      parsed("sysctl -q -w net.ipv4.tcp_sack=0 net.ipv4.tcp_rmem=\"1 2 3\" >/dev/null 2>&1; sysctl -w a=1 && true");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(std::get<SetValue>(all[0]).name, "net.ipv4.tcp_sack");
  EXPECT_EQ(std::get<SetValue>(all[1]).value, "1 2 3");
  EXPECT_EQ(std::get<SetValue>(all[2]).value, "1");
  const auto paths = parsed("../common/set_sysctls.py /proc/sys/net/ipv4/tcp_ecn=1 \\\n /proc/sys/net/ipv4/tcp_sack=0");
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(std::get<SetValue>(paths[0]).name, "net.ipv4.tcp_ecn");
}

TEST(ParseCommand, ReadsQuestionsAndRoutes) {
  const auto question = std::get<CountConnections>(
      parsed("sockstat -4 -P tcp -s -p 8080 | grep packetdril | grep -c SYN_RCVD | grep 1").at(0));
  EXPECT_EQ(question.port, Port{8080});
  EXPECT_EQ(question.state, TcpState::SynReceived);
  EXPECT_EQ(question.count, 1U);
  const auto route =
      std::get<RouteChange>(parsed("ip route change 192.0.2.1 via 192.168.0.1 dev tun0 mtu lock 1200").at(0));
  EXPECT_EQ(route.mtu, 1200U);
  EXPECT_EQ(std::get<RouteChange>(parsed("ip route change 192.0.2.0/24 dev tun0 initcwnd 4").at(0)).initial_window, 4U);
  EXPECT_TRUE(std::holds_alternative<DoNothing>(parsed("ip tcp_metrics flush all").at(0)));
}

TEST(ParseCommand, ReadsTcpdrop) {
  const auto one = std::get<DropConnections>(parsed("tcpdrop 192.168.0.1 8080 192.0.2.1 54321").at(0));
  EXPECT_EQ(one.local, (Endpoint{Ipv4Address(192, 168, 0, 1), 8080}));
  EXPECT_EQ(one.remote, (Endpoint{Ipv4Address(192, 0, 2, 1), 54321}));
  EXPECT_FALSE(one.state);
  EXPECT_FALSE(std::get<DropConnections>(parsed("tcpdrop -a").at(0)).local);
  EXPECT_EQ(std::get<DropConnections>(parsed("tcpdrop -s FIN_WAIT_2").at(0)).state, TcpState::FinWait2);
  EXPECT_FALSE(parse_command("tcpdrop 192.168.0.1 8080").has_value());
  EXPECT_FALSE(parse_command("tcpdrop -s NOWHERE").has_value());
}

TEST(ParseCommand, GivesNothingToAShell) {
  EXPECT_EQ(parse_command("rm -rf /").error(),
            "the command 'rm -rf /' is not understood, and nothing is given to a shell");
  EXPECT_FALSE(parse_command("sockstat | grep -c NOWHERE | grep 1").has_value());
  EXPECT_FALSE(parse_command("sysctl -w name").has_value());
  EXPECT_FALSE(parse_command("tcpdrop").has_value());
  EXPECT_FALSE(parse_command("tcpdrop 192.168.0.1 8080 192.0.2.1 http").has_value());
  EXPECT_FALSE(parse_command("ip route change 192.0.2.0/24 dev tun0 mtu").has_value());
  EXPECT_FALSE(parse_command("ip route change 192.0.2.0/24 dev tun0 nonsense 1").has_value());
}

TEST(Settings, ChangeTheConfiguration) {
  Config config = base_config(Profile::Linux);
  ASSERT_TRUE(apply_setting(config, "net.ipv4.tcp_rmem", "4096 540000 15728640").has_value());
  EXPECT_EQ(config.tcp.receive_buffer, 540000U);
  ASSERT_TRUE(apply_setting(config, "net.inet.tcp.rfc1323", "0").has_value());
  EXPECT_FALSE(config.tcp.timestamps);
  ASSERT_TRUE(apply_setting(config, "net.inet.tcp.rfc1323", "3").has_value());  // timestamps alone
  EXPECT_TRUE(config.tcp.timestamps && !config.tcp.window_scaling);
  ASSERT_TRUE(apply_setting(config, "net.inet.tcp.rfc1323", "2").has_value());  // window scaling alone
  EXPECT_TRUE(config.tcp.window_scaling && !config.tcp.timestamps);
  EXPECT_EQ(apply_setting(config, "net.ipv4.nonsense", "1").error(), "there is no setting 'net.ipv4.nonsense'");
  EXPECT_EQ(apply_setting(config, "net.ipv4.tcp_sack", "yes").error(),
            "the setting 'net.ipv4.tcp_sack' takes 1 number, not 'yes'");
  EXPECT_TRUE(apply_linux_suite_defaults(config).has_value());
}

}  // namespace
}  // namespace tunic::script
