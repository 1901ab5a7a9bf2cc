// See serve.hpp. Puts the parts together; each of them is somewhere else.
#include "serve.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>

#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/os.hpp>

#include "child_process.hpp"
#include "control_socket.hpp"
#include "report.hpp"
#include "services/folder.hpp"
#include "termination.hpp"

namespace tunic::command {
namespace {

using Servers = std::vector<std::unique_ptr<services::Server>>;
using OwnedFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// How long connections may take to finish when the command has ended, and when we close them ourselves.
constexpr Duration kFinishing = std::chrono::seconds(3);
constexpr Duration kClosing = std::chrono::seconds(2);

Outcome<OwnedFile> open_log(const ServeOptions& options) {
  const auto keep_open = [](std::FILE*) { return 0; };
  if (options.log_path.empty()) return OwnedFile(options.log_to_stdout ? stdout : stderr, keep_open);
  OwnedFile file(std::fopen(options.log_path.c_str(), "we"), &std::fclose);
  if (file == nullptr) {
    return environment_failure({"cannot write the log " + options.log_path, std::generic_category().message(errno),
                                "name a file in a folder that you may write to"});
  }
  return file;
}

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
    const Endpoint local{options.network.address.address, port};
    auto server = services::Server::start(stack, local, services::sessions_of(service, folder, clock));
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
  for (const auto& [service, port] : options.services) {
    fmt::print(stderr, "tunic: {} on {}\n", services::name(service),
               Endpoint{options.network.address.address, port}.to_string());
  }
  if (!network.kernel_address()) return;
  fmt::print(stderr,
             "tunic: the kernel is {} on {}, in a private network. To get there:\n"
             "  nsenter --target {} {}--net ping {}\n",
             network.kernel_address()->address.to_string(), network.name(), getpid(),
             privileged ? "" : "--user --preserve-credentials ", options.network.address.address.to_string());
}

/// Serves while the command runs; its exit status.
Outcome<int> serve_during_command(tun::EpollDriver& driver, const std::vector<std::string>& command,
                                  const Termination& termination) {
  const auto child = ChildProcess::start(command);
  if (!child) return std::unexpected(child.error());
  bool ended = false;
  driver.watch(child->fd(), EPOLLIN, [&](std::uint32_t) { ended = true; });
  driver.watch(termination.fd(), EPOLLIN, [&](std::uint32_t) { child->send_signal(termination.take()); });
  driver.run_until([&] { return ended; });
  driver.unwatch(child->fd());
  driver.unwatch(termination.fd());
  return child->wait();
}

void serve_until_signal(tun::EpollDriver& driver, const Termination& termination) {
  bool ended = false;
  driver.watch(termination.fd(), EPOLLIN, [&](std::uint32_t) { ended = termination.take() != 0; });
  driver.run_until([&] { return ended; });
  driver.unwatch(termination.fd());
}

/// Lets the connections finish; another signal means not to wait for them.
void settle(tun::EpollDriver& driver, const Stack& stack, const Termination& termination, Duration limit) {
  const auto done = [&] { return open_connections(stack.info()) == 0 || termination.take() != 0; };
  driver.run_until(done, later(tun::os_now(), limit));
}

Config config_of(Network& network) {
  Config config = Config::linux_profile();
  config.seed = tun::os_seed();
  config.mtu = network.device().capabilities().mtu;
  return config;
}

Outcome<int> serve(const ServeOptions& options) {
  const bool privileged = geteuid() == 0;
  const auto log = open_log(options);
  if (!log) return std::unexpected(log.error());
  const auto folder = open_folder(options.folder);
  if (!folder) return std::unexpected(folder.error());
  std::optional<tun::EventPrinter> printer;
  if (options.log != LogFormat::None) {
    printer.emplace(log->get(), options.log == LogFormat::Json ? tun::EventFormat::Json : tun::EventFormat::Text, true);
  }
  LinkDropCounter link_drops(printer ? &*printer : nullptr);
  auto control = ControlSocket::open();
  if (!control) fmt::print(stderr, "tunic: {}\n", control.error().to_string());  // it is served all the same
  const Termination termination;

  std::optional<Stack> stack;  // outlives the network, which may hold packets in blocks of the stack's pool
  const auto network = Network::open(options.network, link_drops);
  if (!network) return std::unexpected(network.error());
  stack.emplace(config_of(**network));
  stack->advance(tun::os_now());  // so that the log does not begin at the clock's epoch
  stack->add_address(options.network.address);
  if (printer) stack->observe(&*printer);
  const services::WallClock clock = [] {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  };
  const auto servers = start_services(*stack, options, *folder, clock);
  if (!servers) return std::unexpected(servers.error());

  tun::EpollDriver driver(*stack, (*network)->device(), (*network)->fd());
  const auto report = [&] {
    StackReport now{getpid(), options.network.address.to_string(), (*network)->name(), stack->info(),
                    stack->counters()};
    for (std::size_t why = 0; why < kWhyCount; ++why)
      now.counters.drops[why] += link_drops.dropped(static_cast<Why>(why));
    return now;
  };
  if (control) control->serve(driver, [&] { return sockets_json(report()); });

  Outcome<int> status = static_cast<int>(ExitCode::Ok);
  if (options.command.empty()) {
    announce(options, **network, privileged);
    serve_until_signal(driver, termination);
  } else {
    status = serve_during_command(driver, options.command, termination);
    settle(driver, *stack, termination, kFinishing);
  }
  StackReport at_end = report();  // what is open before we close it ourselves
  for (const auto& server : *servers) server->close();
  settle(driver, *stack, termination, kClosing);
  at_end.counters = report().counters;
  if (options.log == LogFormat::Json) fmt::print(log->get(), "{}\n", summary_json(at_end));
  if (options.log != LogFormat::Json && options.command.empty())
    fmt::print(stderr, "tunic: {}\n", summary_text(at_end));
  return status;
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const Outcome<int> status = serve(options);
  return status ? *status : complain(status.error());
}

}  // namespace tunic::command
