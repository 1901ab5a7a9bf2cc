// See serve.hpp. Puts the parts together; each of them is somewhere else.
#include "serve.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <chrono>

#include "child_process.hpp"
#include "services/folder.hpp"
#include "services/server.hpp"

namespace tunic::command {
namespace {

using Servers = std::vector<std::unique_ptr<services::Running>>;

/// How long connections may take to finish when the command has ended, and when we close them ourselves.
constexpr Duration kFinishing = std::chrono::seconds(3);
constexpr Duration kClosing = std::chrono::seconds(2);

Outcome<services::Folder> open_folder(const std::string& path) {
  auto folder = services::Folder::open(path);
  if (folder) return std::move(*folder);
  return environment_failure(
      {"cannot serve the folder " + path, folder.error().message(), "name a folder that you may read: --dir DIR"});
}

Outcome<Servers> start_services(Stack& stack, const ServeOptions& options, const services::Folder& folder,
                                const services::WallClock& clock) {
  Servers servers;
  for (const auto& [service, port] : options.services) {
    const Endpoint local{options.stack.network.address.address, port};
    auto server = services::start_service(stack, service, local, folder, clock);
    if (!server) {
      return usage_failure(fmt::format("cannot serve {} on {}", services::name(service), local.to_string()),
                           server.error().message(),
                           fmt::format("give each service a port of its own: {}:8080", services::name(service)));
    }
    servers.push_back(std::move(*server));
  }
  return servers;
}

void announce(const ServeOptions& options, const Network& network, bool privileged) {
  const Ipv4Address address = options.stack.network.address.address;
  for (const auto& [service, port] : options.services)
    fmt::print(stderr, "tunic: {} on {}\n", services::name(service), Endpoint{address, port}.to_string());
  if (!network.kernel_address()) return;
  fmt::print(stderr,
             "tunic: the kernel is {} on {}, in a private network. To get there:\n"
             "  nsenter --target {} {}--net ping {}\n",
             network.kernel_address()->address.to_string(), network.name(), getpid(),
             privileged ? "" : "--user --preserve-credentials ", address.to_string());
}

/// Serves while the command runs; its exit status.
Outcome<int> serve_during_command(RunningStack& running, const std::vector<std::string>& command) {
  const auto child = ChildProcess::start(command);
  if (!child) return std::unexpected(child.error());
  tun::EpollDriver& driver = running.driver();
  bool ended = false;
  driver.watch(child->fd(), EPOLLIN, [&](std::uint32_t) { ended = true; });
  driver.watch(running.termination().fd(), EPOLLIN,
               [&](std::uint32_t) { child->send_signal(running.termination().take()); });
  driver.run_until([&] { return ended; });
  driver.unwatch(child->fd());
  driver.unwatch(running.termination().fd());
  return child->wait();
}

void serve_until_signal(RunningStack& running) {
  bool ended = false;
  const int signals = running.termination().fd();
  running.driver().watch(signals, EPOLLIN, [&](std::uint32_t) { ended = running.termination().take() != 0; });
  running.driver().run_until([&] { return ended; });
  running.driver().unwatch(signals);
}

Outcome<int> serve(const ServeOptions& options) {
  const bool privileged = geteuid() == 0;
  const auto folder = open_folder(options.folder);
  if (!folder) return std::unexpected(folder.error());
  const auto running = RunningStack::start(options.stack);
  if (!running) return std::unexpected(running.error());
  const services::WallClock clock = [] {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  };
  const auto servers = start_services((*running)->stack(), options, *folder, clock);
  if (!servers) return std::unexpected(servers.error());

  const std::vector<std::string>& command = options.stack.command;
  Outcome<int> status = static_cast<int>(ExitCode::Ok);
  if (command.empty()) {
    announce(options, (*running)->network(), privileged);
    serve_until_signal(**running);
  } else {
    status = serve_during_command(**running, command);
    (*running)->settle(kFinishing);
  }
  StackReport at_end = (*running)->report();  // what is open before we close it ourselves
  for (const auto& server : *servers) server->close();
  (*running)->settle(kClosing);
  at_end.counters = (*running)->report().counters;
  (*running)->log_summary(at_end);
  if (options.stack.log != LogFormat::Json && command.empty()) fmt::print(stderr, "tunic: {}\n", summary_text(at_end));
  return status;
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const Outcome<int> status = serve(options);
  return status ? *status : complain(status.error());
}

}  // namespace tunic::command
