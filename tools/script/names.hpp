// The names that scripts have for numbers: constants of the socket interface, and the fields of tcp_info.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tunic/posix.hpp>

namespace tunic::script {

/// SOCK_STREAM, MSG_PEEK, TCP_NODELAY, ECONNRESET, …; nullopt: unknown.
std::optional<std::int64_t> constant_named(std::string_view name);
/// tcpi_state, tcpi_snd_cwnd, …; nullopt: no such field.
std::optional<std::int64_t> tcp_info_field(const posix::TcpInfo& info, std::string_view name);
/// The number of an errno name; nullopt: unknown.
std::optional<std::int64_t> errno_named(std::string_view name);

}  // namespace tunic::script
