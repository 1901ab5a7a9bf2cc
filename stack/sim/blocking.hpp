// Calls that wait, in virtual time: each runs the network until it is done, for at most `patience`.
//
// For tests and demonstrations that read best as straight code. Errors: those of the socket, and TimedOut where patience ends
// or nothing can happen any more.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "sim/network.hpp"

namespace tunic::sim {

inline constexpr Duration kPatience = std::chrono::minutes(5);

Result<TcpSocket> connect(Network& network, Stack& stack, Endpoint remote, const ConnectOptions& options = {},
                          Duration patience = kPatience);
Result<TcpSocket> accept(Network& network, TcpListener& listener, Duration patience = kPatience);
Result<void> write_all(Network& network, TcpSocket& socket, std::span<const std::byte> data,
                       Duration patience = kPatience);
/// Fewer octets only where the stream has ended.
Result<std::vector<std::byte>> read_exactly(Network& network, TcpSocket& socket, std::size_t count,
                                            Duration patience = kPatience);

}  // namespace tunic::sim
