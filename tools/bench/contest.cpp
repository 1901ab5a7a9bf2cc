// See contest.hpp.
#include "contest.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "arena.hpp"
#include "child.hpp"
#include "in_memory.hpp"
#include "machine.hpp"
#include "servers.hpp"

namespace tunic::bench {
namespace {

constexpr const char* kMoved = "moved";
constexpr const char* kGo = "go";
constexpr const char* kReady = "ready";
constexpr std::size_t kStreams = 8;
constexpr std::size_t kParallel = 64;
constexpr std::size_t kSpareDescriptors = 1000;

Observed measure(Measurement measurement, const Load& load, pid_t server) {
  switch (measurement) {
    case Measurement::Send:
      return measure_sending_server(load, 1, server);
    case Measurement::SendMany:
      return measure_sending_server(load, kStreams, server);
    case Measurement::Receive:
      return measure_receiving_server(load, 1, server);
    case Measurement::ReceiveMany:
      return measure_receiving_server(load, kStreams, server);
    case Measurement::RoundTrip:
      return measure_round_trips(load, server);
    case Measurement::Connections:
      return measure_connections(load, 1, server);
    case Measurement::ConnectionsMany:
      return measure_connections(load, kParallel, server);
    case Measurement::Crowd:
      return measure_crowd(load, server);
    case Measurement::Pair:
      return measure_pair(load);
    case Measurement::Beside:
      return measure_beside(load);
    case Measurement::Endpoints:
      break;
  }
  return measure_endpoints(load);
}

/// Over a TUN device, which the client's process makes and the server's inherits.
std::unique_ptr<Companion> start_on_tun(Contestant contestant, const Load& load, int processor) {
  const bool plain = contestant == Contestant::TunicPlain || contestant == Contestant::NullPlain;
  auto device = enter_tun_arena(plain ? tun::Offloading::Off : tun::Offloading::Auto);
  auto server = std::make_unique<Companion>([&](const Companion::Line& line) {
    pin_to(processor);
    const auto ready = [&line] { line.tell(kReady); };
    const bool tunic_spins = contestant == Contestant::TunicSpinning;
    if (contestant == Contestant::Tunic || contestant == Contestant::TunicPlain || tunic_spins)
      serve_with_tunic(device, {.connections = load.idle, .spin = tunic_spins}, ready);
    const bool spin = contestant == Contestant::NullSpinning;
    serve_with_nothing(device.fd(), {.offloads = !plain, .spin = spin}, ready);
  });
  server->await(kReady);
  return server;
}

std::unique_ptr<Companion> start_on_veth(int processor) {
  enter_network();
  auto server = std::make_unique<Companion>([processor](const Companion::Line& line) {
    pin_to(processor);
    enter_network();
    line.tell(kMoved);
    line.hear();
    set_up_server_veth();
    serve_with_kernel([&line] { line.tell(kReady); });
  });
  server->await(kMoved);
  make_veth_to(server->process());
  server->tell(kGo);
  server->await(kReady);
  return server;
}

/// What in_child() carries: the disturbance, then the metrics by name.
std::string written(const Observed& observed) {
  std::string text = fmt::format("{} {}", observed.disturbance.steal, observed.disturbance.foreign);
  for (const auto& [metric, value] : observed.metrics) text += fmt::format(" {} {}", metric, value);
  return text;
}

Observed read_back(const std::string& text) {
  std::istringstream words(text);
  Observed observed;
  words >> observed.disturbance.steal >> observed.disturbance.foreign;
  std::string metric;
  double value = 0;
  while (words >> metric >> value) observed.metrics[metric] = value;
  return observed;
}

}  // namespace

Run run_contest(Measurement measurement, Contestant contestant, const Load& load, const Processors& processors) {
  const auto one_run = [&] {
    if (is_in_memory(measurement)) {
      pin_to(processors.server);
      return written(measure(measurement, load, 0));
    }
    pin_to(processors.client);
    Load possible = load;
    const std::size_t descriptors = allow_descriptors(load.idle + kSpareDescriptors);
    const std::size_t room = descriptors - std::min(descriptors, kSpareDescriptors);
    possible.idle = static_cast<unsigned>(std::min<std::size_t>(load.idle, room));
    const auto server = contestant == Contestant::Kernel ? start_on_veth(processors.server)
                                                         : start_on_tun(contestant, possible, processors.server);
    Observed observed = measure(measurement, possible, server->process());
    // The kernel's connections are not in the memory of its server.
    if (contestant == Contestant::Kernel) observed.metrics.erase("octets_per_idle");
    return written(observed);
  };
  // Ten times what it should take: beside the measured time there are the connections of a crowd, a thousand a second
  // at least, and ten times as many in memory.
  const auto expected = static_cast<unsigned>(load.seconds) + (load.idle + load.time_wait) / 10'000;
  const auto limit = std::chrono::seconds(10 * expected + 30);
  Run run{.measurement = measurement, .contestant = contestant};
  const auto answer = in_child(one_run, limit);
  if (!answer) {
    run.error = answer.error();
    return run;
  }
  const Observed observed = read_back(*answer);
  run.metrics = observed.metrics;
  run.disturbance = observed.disturbance;
  return run;
}

std::expected<void, std::string> try_networks() {
  const auto tun =
      in_child([] { return std::to_string(enter_tun_arena(tun::Offloading::Auto).fd()); }, std::chrono::seconds(30));
  if (!tun) return std::unexpected(tun.error());
  return {};
}

}  // namespace tunic::bench
