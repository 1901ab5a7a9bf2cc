// TCP_INFO: a connection's or a listener's state in the layout of Linux's struct tcp_info.
#pragma once

#include <optional>

#include <tunic/config.hpp>
#include <tunic/posix.hpp>
#include <tunic/stack.hpp>

namespace tunic::tcp {
class Connection;
}

namespace tunic::socket {

posix::TcpInfo tcp_info(const tcp::Connection& connection, const Config& config, Instant now);
/// Of a listener; nullopt: of a socket that is neither.
posix::TcpInfo tcp_info(const std::optional<ListenerInfo>& listener, const Config& config);

}  // namespace tunic::socket
