// The door through which `tunic ss` looks at a running stack: a Unix socket in a folder that only its user can enter.
// Whoever connects is given one document and the end.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/file_descriptor.hpp>

#include "exit_code.hpp"

namespace tunic::command {

/// Where the sockets of this user's stacks are: $XDG_RUNTIME_DIR/tunic if that is set, and /tmp/tunic-UID.
std::vector<std::filesystem::path> control_folders();

/// Thread-safety: none; lives on the stack's thread.
class ControlSocket {
 public:
  /// Makes PID.sock in the first folder that can be used. To be called before the process enters a user namespace, in which
  /// it would have another user id.
  static tun::EnvironmentResult<ControlSocket> open();
  ControlSocket(ControlSocket&& other) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Removes the socket. The driver, if there is one, must be gone or no longer run.
  ~ControlSocket();

  /// From now on answers with what `describe` says. Stays where it is: must not be moved afterwards.
  void serve(tun::EpollDriver& driver, std::function<std::string()> describe);

 private:
  static constexpr std::size_t kMaxClients = 8;

  struct Client {
    tun::FileDescriptor fd;
    std::string document;
    std::size_t sent = 0;
  };

  ControlSocket(tun::FileDescriptor listener, std::string path)
      : listener_(std::move(listener)), path_(std::move(path)) {}
  void accept(tun::EpollDriver& driver);
  void send(tun::EpollDriver& driver, int client);

  tun::FileDescriptor listener_;
  std::string path_;
  std::function<std::string()> describe_;
  std::unordered_map<int, Client> clients_;
};

}  // namespace tunic::command
