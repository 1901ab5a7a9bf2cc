// See nc_datagrams.hpp.
#include "nc_datagrams.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include <tunic/tun/os.hpp>
#include <tunic/udp_socket.hpp>

#include "streams.hpp"

namespace tunic::command {
namespace {

/// Both directions, each as far as it goes, each time something happens.
class Exchange {
 public:
  Exchange(Client& client, UdpSocket socket, std::optional<Duration> idle)
      : client_(client),
        socket_(std::move(socket)),
        idle_(idle),
        input_(client.driver(), STDIN_FILENO, [this] { send(); }),
        output_(client.driver(), STDOUT_FILENO, [this] { receive(); }) {
    socket_.on_ready([this](Readiness) {
      receive();
      send();
    });
  }

  void run() {
    send();
    while (!over() && !client_.interrupted()) {
      const Instant until = deadline();
      client_.run_until([&] { return over() || deadline() != until; }, until);
      if (doubt_ends_ && tun::os_now() >= *doubt_ends_) settle_doubt();
    }
    constexpr Duration kLastWord = std::chrono::milliseconds(100);  // of a command that has ended
    if (client_.command_ended()) client_.run_until([] { return false; }, later(tun::os_now(), kLastWord));
    constexpr Duration kSending = std::chrono::seconds(3);
    client_.run_until([this] { return socket_.unsent() == 0 && output_.has_room(); }, later(tun::os_now(), kSending));
  }

  std::error_code error() const { return error_ ? error_ : output_.error(); }

 private:
  bool over() const {
    const bool idle = idle_ && !doubt_ends_ && tun::os_now() >= later(active_, *idle_);
    return error() || idle || client_.command_ended();
  }
  Instant deadline() const { return doubt_ends_ ? *doubt_ends_ : idle_ ? later(active_, *idle_) : kNever; }

  void receive() {
    while (!error() && output_.has_room()) {
      const auto received = socket_.receive_from(room_);
      if (!received) return note(received.error());
      active_ = tun::os_now();
      if (std::exchange(doubt_ends_, std::nullopt)) datagram_.clear();
      began_ = true;
      refused_ = false;
      if (!socket_.remote()) {
        if (const auto connected = socket_.connect(received->source); !connected) return note(connected.error());
      }
      output_.write({reinterpret_cast<const char*>(room_.data()), received->size});
    }
  }

  void send() {
    while (!error() && !input_ended_ && !doubt_ends_ && socket_.remote()) {
      if (datagram_.empty()) {
        const auto count = input_.read_some(room_);
        if (!count) return note(count.error());
        input_ended_ = *count == 0;
        if (input_ended_) return;
        datagram_.assign(room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(*count));
      }
      if (!send_datagram()) return;
      // A command that does not listen yet says so by ICMP: the first datagram waits for that, and goes again.
      if (!std::exchange(began_, true) && tun::os_now() < client_.patience_ends()) {
        doubt_ends_ = later(tun::os_now(), Client::kRetryAfter);
      } else {
        datagram_.clear();
      }
    }
  }

  bool send_datagram() {
    const auto sent = socket_.send(datagram_);
    if (!sent) note(sent.error());
    if (sent) active_ = tun::os_now();
    return sent.has_value();
  }

  void settle_doubt() {
    if (std::exchange(refused_, false)) {
      doubt_ends_ = later(tun::os_now(), Client::kRetryAfter);
      send_datagram();
    } else {
      doubt_ends_.reset();
      datagram_.clear();
      send();
    }
  }

  void note(const std::error_code& error) {
    if (error == make_error_code(Error::WouldBlock)) return;
    const Instant now = tun::os_now();
    if (doubt_ends_ && error == make_error_code(Error::ConnectionRefused) && now < client_.patience_ends()) {
      refused_ = true;
      doubt_ends_ = std::min(later(now, retry_after_), client_.patience_ends());
      retry_after_ *= 2;
    } else {
      error_ = error;
    }
  }

  Client& client_;
  UdpSocket socket_;
  std::optional<Duration> idle_;
  InputStream input_;
  OutputStream output_;
  std::vector<std::byte> room_ = std::vector<std::byte>(UdpSocket::kMaxSize);
  std::vector<std::byte> datagram_;  // the one to be sent, or in doubt
  bool input_ended_ = false;
  bool began_ = false;                 // a datagram was sent or has come
  std::optional<Instant> doubt_ends_;  // until then a refusal may come
  bool refused_ = false;
  Duration retry_after_ = Client::kRetryAfter;  // doubles: kernels soon say no more than one error a second
  Instant active_ = tun::os_now();
  std::error_code error_;
};

Outcome<UdpSocket> open(Client& client, const NcOptions& options) {
  const Endpoint local{options.stack.network.address.address, options.listen ? options.peer.port : Port{0}};
  auto socket = UdpSocket::bind(client.stack(), local);
  if (!socket) {
    return usage_failure("cannot receive datagrams on " + local.to_string(), socket.error().message(),
                         "give another port");
  }
  if (options.listen) {
    if (!client.has_command()) fmt::print(stderr, "tunic: listening on {}\n", local.to_string());
  } else if (const auto connected = socket->connect(options.peer); !connected) {
    return usage_failure("cannot send to " + options.peer.to_string(), connected.error().message(),
                         "give the address of a host and a port from 1 to 65535");
  }
  return std::move(*socket);
}

}  // namespace

Outcome<void> converse_in_datagrams(Client& client, const NcOptions& options) {
  auto socket = open(client, options);
  if (!socket) return std::unexpected(socket.error());
  if (auto started = client.start_command(); !started) return started;
  Exchange exchange(client, std::move(*socket), options.idle);
  exchange.run();
  const std::error_code error = exchange.error();
  if (!error) return {};
  if (error != make_error_code(Error::ConnectionRefused)) {
    return peer_failure("the conversation in datagrams failed", error.message(), "see --trace for the reason");
  }
  return peer_failure(options.listen ? "the peer is gone" : "cannot reach " + options.peer.to_string(),
                      "port unreachable: its host says that nobody receives there",
                      client.has_command() ? "give a command that listens there within two seconds"
                                           : "start a server there, or give one after --");
}

}  // namespace tunic::command
