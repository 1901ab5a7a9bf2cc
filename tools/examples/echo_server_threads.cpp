// TCP echo server with a thread per connection, as a socket tutorial has it, on a stack of its own.
//
// Example: build/tools/examples/echo_server_threads
// It prints the command that talks to it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <thread>

#include <tunic/tun/blocking.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/private_tun.hpp>

namespace {

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Port kPort = 7;

void echo(tunic::tun::BlockingTcpSocket socket) {
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const auto count = socket.read_some(buffer);
    if (!count || *count == 0) return;  // failed, or the peer has closed; the destructor closes
    if (!socket.write_all(std::span(buffer).first(*count))) return;
  }
}

}  // namespace

int main() {
  auto device = tunic::tun::open_private_tun(kAddress);
  if (!device) {
    fmt::print(stderr, "{}\n", device.error().to_string());
    return 3;
  }
  tunic::tun::Engine engine({.seed = tunic::tun::os_seed()}, *device, device->fd());
  engine.add_address(kAddress);
  auto listener = tunic::tun::BlockingTcpListener::listen(engine, {kAddress.address, kPort});
  if (!listener) {
    fmt::print(stderr, "cannot listen: {}\n", listener.error().message());
    return 1;
  }
  fmt::print("echo: try nsenter --target {} --net curl telnet://{}:{}\n", getpid(), kAddress.address.to_string(),
             kPort);
  std::fflush(stdout);
  for (;;) {
    auto socket = listener->accept();
    if (!socket) return 1;
    std::thread(echo, std::move(*socket)).detach();
  }
}
