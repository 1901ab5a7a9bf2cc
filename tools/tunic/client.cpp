// See client.hpp.
#include "client.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <tunic/tun/os.hpp>

namespace tunic::command {
namespace {

/// How long the command may take until it listens.
constexpr Duration kPatience = std::chrono::seconds(2);
constexpr Duration kFinishing = std::chrono::seconds(3);

}  // namespace

Client::Client(std::unique_ptr<RunningStack> running, std::vector<std::string> words)
    : running_(std::move(running)), words_(std::move(words)) {
  const Termination& termination = running_->termination();
  driver().watch(termination.fd(), EPOLLIN, [this, &termination](std::uint32_t) { signal_ = termination.take(); });
}

Client::~Client() {
  if (command_) command_->end();
}

Outcome<std::unique_ptr<Client>> Client::start(const StackOptions& options) {
  auto running = RunningStack::start(options);
  if (!running) return std::unexpected(running.error());
  return std::unique_ptr<Client>(new Client(std::move(*running), options.command));
}

Outcome<void> Client::start_command() {
  if (!has_command()) return {};
  auto command = ChildProcess::start(words_, ChildProcess::Streams::Background);
  if (!command) return std::unexpected(command.error());
  command_.emplace(std::move(*command));
  driver().watch(command_->fd(), EPOLLIN, [this](std::uint32_t) {
    command_ended_ = true;
    driver().unwatch(command_->fd());
  });
  patience_ends_ = later(tun::os_now(), kPatience);
  return {};
}

bool Client::run_until(const std::function<bool()>& done, Instant limit) {
  if (!interrupted()) driver().run_until([&] { return done() || interrupted(); }, limit);
  return done();
}

bool Client::run_while_active(const std::function<bool()>& done, const Instant& active, std::optional<Duration> idle) {
  const auto ends = [&] { return idle ? later(active, *idle) : kNever; };
  while (!run_until(done, ends())) {
    if (interrupted() || tun::os_now() >= ends()) return false;
  }
  return true;
}

Outcome<TcpSocket> Client::connect(Endpoint remote) {
  for (;;) {
    auto socket = TcpSocket::connect(stack(), remote);
    if (!socket) {
      return usage_failure("cannot connect to " + remote.to_string(), socket.error().message(),
                           "give the address of a host and a port from 1 to 65535");
    }
    run_until([&] { return socket->readiness().writable; });
    const std::error_code error = socket->error();
    if (!error) return std::move(*socket);
    if (error != make_error_code(Error::ConnectionRefused) || tun::os_now() >= patience_ends_) {
      return peer_failure("cannot connect to " + remote.to_string(), error.message(),
                          has_command() ? "give a command that listens there within two seconds"
                                        : "start a server there, or give one after --");
    }
    run_until([] { return false; }, later(tun::os_now(), kRetryAfter));
  }
}

int Client::finish() {
  driver().unwatch(running_->termination().fd());  // the next signal, if any, is settle()'s
  running_->settle(kFinishing);
  running_->log_summary(running_->report());
  return interrupted() ? 128 + signal_ : static_cast<int>(ExitCode::Ok);
}

}  // namespace tunic::command
