// What a service does with one connection, and the sessions there are. RFC 862, 863, 864, 867; HTTP: RFC 9110, 9112.
//
// A session never waits: it does what can be done now and is asked again when something happens to the socket. It neither
// accepts nor closes: that is the server's part. Thread-safety: none, as the sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <tunic/tcp_socket.hpp>

namespace tunic::services {

class Folder;

/// What is to become of the connection after a call of the session.
enum class Next : std::uint8_t {
  Wait,   ///< ask again when something happens
  Close,  ///< all is said: what was written is sent, then FIN
  Abort,  ///< it failed, or the peer broke the protocol
};

class Session {
 public:
  virtual ~Session() = default;
  /// Reads and writes until the socket would block, so that nothing is left that it would not be told of again. The work
  /// of one call is bounded by the socket's two buffers: nothing arrives and nothing leaves meanwhile.
  virtual Next on_ready(TcpSocket& socket) = 0;
};

/// The time of day, which the stack does not know. Whole seconds, UTC.
using WallClock = std::function<std::chrono::sys_seconds()>;

std::unique_ptr<Session> make_echo();
std::unique_ptr<Session> make_discard();
std::unique_ptr<Session> make_daytime(const WallClock& clock);

// Where sessions share something, it goes with the function that makes them, which must outlive them; so must the stack.
std::function<std::unique_ptr<Session>()> chargen_sessions(Stack& stack);
std::function<std::unique_ptr<Session>()> http_sessions(Stack& stack, const Folder& folder, const WallClock& clock);

enum class Input : std::uint8_t { Open, Ended, Failed };

/// Reads all that is there and throws it away; says what became of the peer's direction.
Input discard_input(TcpSocket& socket);

/// A write or read failed with this: true if it only would have had to wait.
inline bool would_block(const std::error_code& error) {
  return error == make_error_code(Error::WouldBlock);
}

}  // namespace tunic::services
