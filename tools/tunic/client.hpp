// What get, nc and ping share: a running stack, the command after `--` beside it on the kernel's side, patience with that
// command while it starts, and signals.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tunic/tcp_socket.hpp>

#include "child_process.hpp"
#include "running_stack.hpp"

namespace tunic::command {

/// Thread-safety: none.
class Client {
 public:
  static Outcome<std::unique_ptr<Client>> start(const StackOptions& options);
  /// Ends the command.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Stack& stack() { return running_->stack(); }
  tun::EpollDriver& driver() { return running_->driver(); }
  bool has_command() const { return !words_.empty(); }
  /// Starts the command, if there is one: a listener comes first.
  Outcome<void> start_command();
  bool command_ended() const { return command_ended_; }
  /// The command may take until then to listen; without one it is now or never.
  Instant patience_ends() const { return patience_ends_; }

  /// Turns until done(), `limit` or a signal; what done() says in the end, asked once
  /// more. After a signal it turns no more.
  bool run_until(const std::function<bool()>& done, Instant limit = kNever);
  /// The same, but ends too when `active`, which may change meanwhile, is longer ago than `idle`.
  bool run_while_active(const std::function<bool()>& done, const Instant& active, std::optional<Duration> idle);
  bool interrupted() const { return signal_ != 0; }

  /// How long to wait before a peer that was not there is asked again.
  static constexpr Duration kRetryAfter = std::chrono::milliseconds(50);
  /// Waits for the connection; a refusal is final when patience ends. After a signal the socket may not be connected.
  Outcome<TcpSocket> connect(Endpoint remote);

  /// Gives connections time to finish and ends the log. The exit code of success, or of the signal.
  int finish();

 private:
  Client(std::unique_ptr<RunningStack> running, std::vector<std::string> words);

  std::unique_ptr<RunningStack> running_;
  std::vector<std::string> words_;  // of the command
  std::optional<ChildProcess> command_;
  bool command_ended_ = false;
  Instant patience_ends_{};
  int signal_ = 0;
};

}  // namespace tunic::command
