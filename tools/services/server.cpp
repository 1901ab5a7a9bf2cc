// Accepting and ending connections. See server.hpp.
#include "server.hpp"

#include <utility>

namespace tunic::services {

Result<std::unique_ptr<Server>> Server::start(Stack& stack, Endpoint local, MakeSession make_session,
                                              std::size_t max_connections) {
  Result<TcpListener> listener = TcpListener::listen(stack, local);
  if (!listener) return std::unexpected(listener.error());
  return std::unique_ptr<Server>(new Server(std::move(*listener), std::move(make_session), max_connections));
}

Server::Server(TcpListener listener, MakeSession make_session, std::size_t max_connections)
    : listener_(std::move(listener)), make_session_(std::move(make_session)), max_connections_(max_connections) {
  listener_.on_ready([this](Readiness) { accept_waiting(); });
}

void Server::accept_waiting() {
  while (connections_.size() < max_connections_) {
    Result<TcpSocket> socket = listener_.accept();
    if (!socket) return;
    const std::uint64_t number = ++last_number_;
    Connection& connection = connections_[number] = {std::move(*socket), make_session_()};
    connection.socket.on_ready([this, number](Readiness) { step(number); });
  }
}

// Ending a connection may destroy the callback that called this: from then on only parameters and `this` are used.
void Server::step(std::uint64_t number) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  switch (found->second.session->on_ready(found->second.socket)) {
    case Next::Wait:
      return;
    case Next::Close:
      found->second.socket.close();
      break;
    case Next::Abort:
      found->second.socket.abort();
      break;
  }
  connections_.erase(found);
  accept_waiting();  // one that had to wait for a place
}

void Server::close() {
  listener_.close();
  connections_.clear();  // a socket that goes away closes its connection
}

}  // namespace tunic::services
