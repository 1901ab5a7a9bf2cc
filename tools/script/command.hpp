// What stands between backticks in a script, understood without a shell: settings and questions.
//
//     sysctl [-q] [-w] name=value …        ../common/defaults.sh        set_sysctls.py /proc/sys/net/ipv4/tcp_sack=1 …
//     ip route change … [mtu [lock] N] [initcwnd N]        ip tcp_metrics flush …        tc qdisc …
//     sockstat … [-p PORT] … | grep … | grep -c STATE | grep N
//     tcpdrop -a        tcpdrop ADDRESS PORT ADDRESS PORT, ours first
//
// Several of them stand on lines of their own or between ';' and '&&'. It only reads: what they do is the runner's business.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/tcp_state.hpp>

namespace tunic::script {

struct SetValue {
  std::string name;
  std::string value;
};
struct LinuxSuiteDefaults {};
struct RouteChange {
  std::optional<std::uint32_t> mtu;
  std::optional<std::uint32_t> initial_window;
};
/// So many connections are in this state.
struct CountConnections {
  std::optional<Port> port;  ///< of either side
  TcpState state = TcpState::Closed;
  std::uint32_t count = 0;
};
/// tcpdrop: connections end by an operator's hand. What is not given fits every one.
struct DropConnections {
  std::optional<Endpoint> local;
  std::optional<Endpoint> remote;
  std::optional<TcpState> state;
};
/// Something that has no meaning here and does no harm: sleep 0, true.
struct DoNothing {};

using Instruction =
    std::variant<SetValue, LinuxSuiteDefaults, RouteChange, CountConnections, DropConnections, DoNothing>;

/// The error names what is not understood.
std::expected<std::vector<Instruction>, std::string> parse_command(std::string_view text);

}  // namespace tunic::script
