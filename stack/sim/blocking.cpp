// Every call is the non-blocking one, tried again whenever the socket says that it is ready.
#include "sim/blocking.hpp"

namespace tunic::sim {

namespace {

/// Calls `attempt`, and if it would block, once more when the socket says that it is ready.
template <typename Socket, typename Attempt>
auto wait_for(Network& network, Socket& socket, bool Readiness::* ready, Instant limit, Attempt attempt)
    -> decltype(attempt()) {
  auto result = attempt();
  if (result || result.error() != Error::WouldBlock) return result;
  const auto is_ready = [&] { return socket.readiness().*ready; };
  if (network.run_until(is_ready, limit) != Outcome::Reached) return fail(Error::TimedOut);
  return attempt();
}

}  // namespace

Result<TcpSocket> connect(Network& network, Stack& stack, Endpoint remote, const ConnectOptions& options,
                          Duration patience) {
  auto socket = TcpSocket::connect(stack, remote, options);
  if (!socket) return socket;
  const auto opened = [&] { return socket->readiness().writable || socket->readiness().error; };
  if (network.run_until(opened, network.now() + patience) != Outcome::Reached) return fail(Error::TimedOut);
  if (socket->error()) return std::unexpected(socket->error());
  return socket;
}

Result<TcpSocket> accept(Network& network, TcpListener& listener, Duration patience) {
  return wait_for(network, listener, &Readiness::readable, network.now() + patience, [&] { return listener.accept(); });
}

Result<void> write_all(Network& network, TcpSocket& socket, std::span<const std::byte> data, Duration patience) {
  const Instant limit = network.now() + patience;
  while (!data.empty()) {
    const auto written =
        wait_for(network, socket, &Readiness::writable, limit, [&] { return socket.write_some(data); });
    if (!written) return std::unexpected(written.error());
    data = data.subspan(*written);
  }
  return {};
}

Result<std::vector<std::byte>> read_exactly(Network& network, TcpSocket& socket, std::size_t count, Duration patience) {
  const Instant limit = network.now() + patience;
  std::vector<std::byte> data(count);
  std::size_t filled = 0;
  while (filled < count) {
    const std::span rest = std::span(data).subspan(filled);
    const auto got = wait_for(network, socket, &Readiness::readable, limit, [&] { return socket.read_some(rest); });
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    filled += *got;
  }
  data.resize(filled);
  return data;
}

}  // namespace tunic::sim
