// See nc.hpp.
#include "nc.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <vector>

#include <tunic/tun/os.hpp>

#include "client.hpp"
#include "nc_datagrams.hpp"
#include "streams.hpp"

namespace tunic::command {
namespace {

constexpr std::size_t kChunk = 16384;

/// Both directions of one connection, each as far as it goes, each time something happens.
class Conversation {
 public:
  Conversation(Client& client, TcpSocket socket)
      : socket_(std::move(socket)),
        input_(client.driver(), STDIN_FILENO, [this] { send(); }),
        output_(client.driver(), STDOUT_FILENO, [this] { receive(); }),
        interactive_(isatty(STDIN_FILENO) == 1) {
    socket_.on_ready([this](Readiness) {
      receive();
      send();
    });
  }

  /// Nobody types more to a peer that has hung up; from a file or a pipe all is sent.
  bool over() const { return failed() || (peer_ended_ && output_.has_room() && (input_ended_ || interactive_)); }
  bool failed() const { return error_ || output_.error(); }
  std::error_code error() const { return error_ ? error_ : output_.error(); }
  /// When something came or went.
  const Instant& active() const { return active_; }

 private:
  void receive() {
    std::array<char, kChunk> bytes;
    while (!peer_ended_ && !failed() && output_.has_room()) {
      const auto count = socket_.read_some(std::as_writable_bytes(std::span(bytes)));
      if (!count) return note(count.error());
      active_ = tun::os_now();
      peer_ended_ = *count == 0;
      output_.write({bytes.data(), *count});
    }
  }

  void send() {
    while (!input_ended_ && !failed()) {
      if (unsent_.empty()) {
        std::array<std::byte, kChunk> bytes;
        const auto count = input_.read_some(bytes);
        if (!count) return note(count.error());
        unsent_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*count));
        input_ended_ = *count == 0;
        if (input_ended_ && !socket_.shutdown_send()) return;  // all is over anyway
      } else {
        const auto count = socket_.write_some(unsent_);
        if (!count) return note(count.error());
        active_ = tun::os_now();
        unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(*count));
      }
    }
  }

  void note(const std::error_code& error) {
    if (error != make_error_code(Error::WouldBlock)) error_ = error;
  }

  TcpSocket socket_;
  InputStream input_;
  OutputStream output_;
  bool interactive_;
  std::vector<std::byte> unsent_;
  bool input_ended_ = false;
  bool peer_ended_ = false;
  Instant active_ = tun::os_now();
  std::error_code error_;
};

/// Waits for one connection. After a signal the socket is empty.
Outcome<TcpSocket> accept_one(Client& client, Endpoint local) {
  auto listener = TcpListener::listen(client.stack(), local, {.backlog = 1});
  if (!listener)
    return usage_failure("cannot listen on " + local.to_string(), listener.error().message(), "give another port");
  if (!client.has_command()) fmt::print(stderr, "tunic: listening on {}\n", local.to_string());
  if (auto started = client.start_command(); !started) return std::unexpected(started.error());
  Result<TcpSocket> socket = std::unexpected(make_error_code(Error::WouldBlock));
  client.run_until([&] {
    if (!socket) socket = listener->accept();
    return socket || client.command_ended();
  });
  if (socket) return std::move(*socket);
  if (client.interrupted()) return TcpSocket();
  return peer_failure("nobody connected to " + local.to_string(), "the command has ended",
                      "give one that connects, after --");
}

Outcome<TcpSocket> connect_one(Client& client, Endpoint peer) {
  if (auto started = client.start_command(); !started) return std::unexpected(started.error());
  return client.connect(peer);
}

Outcome<void> converse(Client& client, const NcOptions& options) {
  const Endpoint local{options.stack.network.address.address, options.peer.port};
  auto socket = options.listen ? accept_one(client, local) : connect_one(client, options.peer);
  if (!socket) return std::unexpected(socket.error());
  if (client.interrupted()) return {};
  const Endpoint peer = socket->remote();
  Conversation conversation(client, std::move(*socket));
  client.run_while_active([&] { return conversation.over(); }, conversation.active(), options.idle);
  // A peer that has just heard the end may still have a last word for the user.
  constexpr Duration kLastWord = std::chrono::milliseconds(500);
  if (client.has_command()) client.run_until([&] { return client.command_ended(); }, later(tun::os_now(), kLastWord));
  if (!conversation.failed()) return {};
  return peer_failure("the connection with " + peer.to_string() + " failed", conversation.error().message(),
                      "see --trace for the reason");
}

Outcome<int> nc(const NcOptions& options) {
  const auto client = Client::start(options.stack);
  if (!client) return std::unexpected(client.error());
  const Outcome<void> conversed = options.udp ? converse_in_datagrams(**client, options) : converse(**client, options);
  const int status = (*client)->finish();
  if (!conversed) return std::unexpected(conversed.error());
  return status;
}

}  // namespace

int run_nc(const NcOptions& options) {
  const Outcome<int> status = nc(options);
  return status ? *status : complain(status.error());
}

}  // namespace tunic::command
