// A port on which a service listens, and the connections it has accepted. It knows nothing of what is said on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include <tunic/tcp_socket.hpp>

#include "session.hpp"

namespace tunic::services {

/// A service on its port.
class Running {
 public:
  virtual ~Running() = default;
  /// Takes no more requests; what was accepted is finished by the stack.
  virtual void close() = 0;
};

/// Thread-safety: none, as the sockets. Must not outlive the stack.
class Server final : public Running {
 public:
  using MakeSession = std::function<std::unique_ptr<Session>()>;

  /// Connections beyond this wait in the listener's queue until one ends.
  static constexpr std::size_t kMaxConnections = 131072;

  /// Errors: those of TcpListener::listen.
  static Result<std::unique_ptr<Server>> start(Stack& stack, Endpoint local, MakeSession make_session,
                                               std::size_t max_connections = kMaxConnections);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Endpoint local() const { return listener_.local(); }
  std::size_t connections() const { return connections_.size(); }
  /// Accepts no more, and closes the connections there are: what was written is sent, then FIN.
  void close() override;

 private:
  struct Connection {
    TcpSocket socket;
    std::unique_ptr<Session> session;
  };

  Server(TcpListener listener, MakeSession make_session, std::size_t max_connections);
  void accept_waiting();
  void step(std::uint64_t number);

  TcpListener listener_;
  MakeSession make_session_;
  std::size_t max_connections_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Connection> connections_;
};

}  // namespace tunic::services
