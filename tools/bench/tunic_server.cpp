// The stack as a contestant. See servers.hpp.
#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/os.hpp>

#include "arena.hpp"
#include "protocol.hpp"
#include "servers.hpp"
#include "services/server.hpp"

namespace tunic::bench {
namespace {

/// As many as Linux keeps on a machine with this much memory.
constexpr std::uint32_t kMaxTimeWait = 262144;
constexpr std::uint32_t kSomeConnections = 65536;

/// Longer than a round trip.
constexpr Duration kBusyPoll = std::chrono::milliseconds(1);

/// Answers what comes first, and closes.
class FixedAnswer final : public services::Session {
 public:
  services::Next on_ready(TcpSocket& socket) override {
    std::array<std::byte, 4096> request;
    const Result<std::size_t> count = socket.read_some(request);
    if (!count) return services::would_block(count.error()) ? services::Next::Wait : services::Next::Abort;
    if (*count != 0 && !socket.write_some(std::as_bytes(std::span(kAnswer)))) return services::Next::Abort;
    return services::Next::Close;
  }
};

}  // namespace

void serve_with_tunic(tun::TunDevice& device, const TunicOptions& options, const Announce& ready) {
  Config config = Config::linux_profile();
  config.seed = tun::os_seed();
  config.mtu = device.capabilities().mtu;
  config.max_connections = static_cast<std::uint32_t>(options.connections) + kSomeConnections;
  config.tcp.max_time_wait = kMaxTimeWait;
  Stack stack(config);
  stack.advance(tun::os_now());
  stack.add_address(kServer);
  tun::EpollDriver driver(stack, device, device.fd());
  if (options.spin) driver.set_busy_poll(kBusyPoll);
  std::vector<std::unique_ptr<services::Server>> servers;
  const auto serve = [&](Port port, services::Server::MakeSession make_session) {
    auto server =
        services::Server::start(stack, {kServer.address, port}, std::move(make_session), config.max_connections);
    if (!server) throw std::runtime_error("cannot listen: " + server.error().message());
    servers.push_back(std::move(*server));
  };
  serve(kEchoPort, services::make_echo);
  serve(kDiscardPort, services::make_discard);
  serve(kSourcePort, services::chargen_sessions(stack));
  serve(kHttpPort, [] { return std::make_unique<FixedAnswer>(); });
  ready();
  driver.run();
  throw std::runtime_error("the stack has stopped");
}

}  // namespace tunic::bench
