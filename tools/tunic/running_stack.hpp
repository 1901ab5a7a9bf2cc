// A stack on a TUN device for the lifetime of a command: its network, its clock and loop, its log, and the door for
// `tunic ss`. What all commands with a stack share; it knows nothing of what the stack is used for.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/wrappers.hpp>

#include "control_socket.hpp"
#include "exit_code.hpp"
#include "network.hpp"
#include "report.hpp"
#include "termination.hpp"

namespace tunic::command {

enum class LogFormat : std::uint8_t { None, Text, Json };

struct StackOptions {
  NetworkOptions network;
  LogFormat log = LogFormat::None;
  std::string log_path;              ///< empty: stdout or stderr
  bool log_to_stdout = true;         ///< false: stdout belongs to somebody else
  Duration busy_poll{};              ///< see EpollDriver::set_busy_poll
  std::vector<std::string> command;  ///< runs on the kernel's side; empty: none
};

/// Thread-safety: none.
class RunningStack {
 public:
  /// Enters the private network, if there is to be one: to be called before any thread is started.
  static Outcome<std::unique_ptr<RunningStack>> start(const StackOptions& options);
  RunningStack(const RunningStack&) = delete;
  RunningStack& operator=(const RunningStack&) = delete;

  Stack& stack() { return *stack_; }
  Network& network() { return *network_; }
  tun::EpollDriver& driver() { return *driver_; }
  const Termination& termination() const { return termination_; }

  StackReport report() const;
  /// Lets connections finish, for so long at most; a signal means not to wait for them.
  void settle(Duration limit);
  /// The summary that ends a log of JSON lines; other logs have none.
  void log_summary(const StackReport& report) const;

 private:
  using OwnedFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  RunningStack(OwnedFile log, const StackOptions& options);
  static Outcome<OwnedFile> open_log(const StackOptions& options);
  Outcome<void> set_up(const StackOptions& options);

  OwnedFile log_;
  LogFormat format_;
  Ipv4Prefix address_;
  std::optional<tun::EventPrinter> printer_;
  LinkDropCounter link_drops_;
  Termination termination_;
  std::optional<Stack> stack_;  // outlives the network, which may hold packets in blocks of the stack's pool
  std::unique_ptr<Network> network_;
  std::optional<ControlSocket> control_;
  std::optional<tun::EpollDriver> driver_;
};

}  // namespace tunic::command
