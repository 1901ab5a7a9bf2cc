// TCP echo server in one thread: a loop that waits until some socket is ready, as a tutorial does with epoll.
//
// Example: build/tools/examples/echo_server_loop
// It prints the command that talks to it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>
#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/private_tun.hpp>

namespace {

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Port kPort = 7;

struct Connection {
  tunic::TcpSocket socket;
  std::vector<std::byte> unsent;  // read, and not yet written back
};

class EchoServer {
 public:
  explicit EchoServer(tunic::TcpListener listener) : listener_(std::move(listener)) {
    listener_.on_ready([this](tunic::Readiness) { accept_all(); });
  }

 private:
  void accept_all() {
    while (auto socket = listener_.accept()) {
      const int number = ++last_number_;
      Connection& connection = connections_[number];
      connection.socket = std::move(*socket);
      connection.socket.on_ready([this, number](tunic::Readiness) {
        if (!serve(connections_.at(number))) connections_.erase(number);
      });
    }
  }

  /// Does what can be done without waiting; false: the connection is over.
  static bool serve(Connection& connection) {
    for (;;) {
      while (!connection.unsent.empty()) {
        const auto count = connection.socket.write_some(connection.unsent);
        if (!count) return count.error() == tunic::make_error_code(tunic::Error::WouldBlock);
        connection.unsent.erase(connection.unsent.begin(),
                                connection.unsent.begin() + static_cast<std::ptrdiff_t>(*count));
      }
      std::array<std::byte, 4096> buffer;
      const auto count = connection.socket.read_some(buffer);
      if (!count) return count.error() == tunic::make_error_code(tunic::Error::WouldBlock);
      if (*count == 0) return false;
      connection.unsent.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    }
  }

  tunic::TcpListener listener_;
  std::map<int, Connection> connections_;
  int last_number_ = 0;
};

}  // namespace

int main() {
  auto device = tunic::tun::open_private_tun(kAddress);
  if (!device) {
    fmt::print(stderr, "{}\n", device.error().to_string());
    return 3;
  }
  tunic::Stack stack({.seed = tunic::tun::os_seed()});
  stack.add_address(kAddress);
  auto listener = tunic::TcpListener::listen(stack, {kAddress.address, kPort});
  if (!listener) {
    fmt::print(stderr, "cannot listen: {}\n", listener.error().message());
    return 1;
  }
  const EchoServer server(std::move(*listener));
  tunic::tun::EpollDriver driver(stack, *device, device->fd());
  fmt::print("echo: try nsenter --target {} --net curl telnet://{}:{}\n", getpid(), kAddress.address.to_string(),
             kPort);
  std::fflush(stdout);
  driver.run();
}
