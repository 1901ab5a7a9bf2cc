// See running_stack.hpp.
#include "running_stack.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <tunic/tun/os.hpp>

namespace tunic::command {
namespace {

Config config_of(Network& network) {
  Config config = Config::linux_profile();
  config.seed = tun::os_seed();
  config.mtu = network.device().capabilities().mtu;
  return config;
}

}  // namespace

Outcome<RunningStack::OwnedFile> RunningStack::open_log(const StackOptions& options) {
  const auto keep_open = [](std::FILE*) { return 0; };
  if (options.log_path.empty()) return OwnedFile(options.log_to_stdout ? stdout : stderr, keep_open);
  OwnedFile file(std::fopen(options.log_path.c_str(), "we"), &std::fclose);
  if (file == nullptr) {
    return environment_failure({"cannot write the log " + options.log_path, std::generic_category().message(errno),
                                "name a file in a folder that you may write to"});
  }
  return file;
}

RunningStack::RunningStack(OwnedFile log, const StackOptions& options)
    : log_(std::move(log)),
      format_(options.log),
      address_(options.network.address),
      printer_(options.log == LogFormat::None
                   ? std::nullopt
                   : std::optional<tun::EventPrinter>(
                         std::in_place, log_.get(),
                         options.log == LogFormat::Json ? tun::EventFormat::Json : tun::EventFormat::Text, true)),
      link_drops_(printer_ ? &*printer_ : nullptr) {}

Outcome<std::unique_ptr<RunningStack>> RunningStack::start(const StackOptions& options) {
  auto log = open_log(options);
  if (!log) return std::unexpected(log.error());
  std::unique_ptr<RunningStack> running(new RunningStack(std::move(*log), options));
  if (auto done = running->set_up(options); !done) return std::unexpected(done.error());
  return running;
}

Outcome<void> RunningStack::set_up(const StackOptions& options) {
  if (auto control = ControlSocket::open()) {
    control_.emplace(std::move(*control));
  } else {
    fmt::print(stderr, "tunic: {}\n", control.error().to_string());  // all the rest works without it
  }
  auto network = Network::open(options.network, link_drops_);
  if (!network) return std::unexpected(network.error());
  network_ = std::move(*network);
  stack_.emplace(config_of(*network_));
  stack_->advance(tun::os_now());  // so that the log does not begin at the clock's epoch
  stack_->add_address(options.network.address);
  if (printer_) stack_->observe(&*printer_);
  driver_.emplace(*stack_, network_->device(), network_->fd());
  driver_->set_busy_poll(options.busy_poll);
  if (control_) control_->serve(*driver_, [this] { return sockets_json(report()); });
  return {};
}

StackReport RunningStack::report() const {
  StackReport now{getpid(), address_.to_string(), network_->name(), stack_->info(), stack_->counters()};
  for (std::size_t why = 0; why < kWhyCount; ++why)
    now.counters.drops[why] += link_drops_.dropped(static_cast<Why>(why));
  return now;
}

void RunningStack::settle(Duration limit) {
  const auto done = [this] { return open_connections(stack_->info()) == 0 || termination_.take() != 0; };
  driver_->run_until(done, later(tun::os_now(), limit));
}

void RunningStack::log_summary(const StackReport& report) const {
  if (format_ == LogFormat::Json) fmt::print(log_.get(), "{}\n", summary_json(report));
}

}  // namespace tunic::command
